"""The PostgreSQL server that a suite needs: started for a run, thrown away after it."""

from __future__ import annotations

import os
import shutil
import subprocess
import tempfile
from contextlib import contextmanager
from pathlib import Path
from typing import Iterator, List

# Where the suite looks for it, and as whom it logs in.
PORT = 5441
USER = "postgres"


@contextmanager
def running_postgres() -> Iterator[None]:
    """Run a server on the suite's port, with its data in a temporary folder.

    Raises:
        FileNotFoundError: If PostgreSQL is not installed.
        subprocess.CalledProcessError: If the server does not start, as when the port is taken.
    """
    programs = _find_programs()
    with tempfile.TemporaryDirectory() as folder:
        # The server refuses to run as root; then it runs as an account without rights.
        run_as = _unprivileged(folder)
        data = str(Path(folder) / "data")
        initialise = [
            str(programs / "initdb"),
            "-D",
            data,
            "-U",
            USER,
            "--auth=trust",
            "-E",
            "UTF8",
        ]
        _run(run_as + initialise)
        options = f"-p {PORT} -k {folder} -c listen_addresses=localhost -c fsync=off"
        control = [str(programs / "pg_ctl"), "-D", data, "-w", "-l", f"{folder}/log"]
        _run([*run_as, *control, "-o", options, "start"])
        try:
            yield
        finally:
            _run([*run_as, *control, "-m", "immediate", "stop"])


def _find_programs() -> Path:
    known = sorted(Path("/usr/lib/postgresql").glob("*/bin"), reverse=True)
    in_path = shutil.which("initdb")
    for folder in ([Path(in_path).resolve().parent] if in_path else []) + known:
        if (folder / "initdb").exists() and (folder / "pg_ctl").exists():
            return folder
    raise FileNotFoundError("the suite needs PostgreSQL (initdb and pg_ctl)")


def _unprivileged(folder: str) -> List[str]:
    if os.name == "nt" or os.geteuid() != 0:
        return []
    shutil.chown(folder, "nobody")
    return ["setpriv", "--reuid=nobody", "--clear-groups", "--"]


def _run(command: List[str]) -> None:
    subprocess.run(command, check=True, stdout=subprocess.DEVNULL, cwd="/")
