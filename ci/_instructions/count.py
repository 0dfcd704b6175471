"""Counts instructions with valgrind's callgrind: those of the engine, and all."""

from __future__ import annotations

import os
import re
import resource
import shutil
import subprocess
import tempfile
from pathlib import Path
from typing import Dict, NamedTuple

from lib import SOURCE

from .workload import CASES, FEW, MANY

ENGINE = "_engine"
# Of processor time, of which ten seconds are needed; the clock may show five times as much.
LIMIT_S = 120


class Count(NamedTuple):
    """Instructions for a task and its share of the superstep: in the engine's code, and in all."""

    engine: int
    total: int


class CannotCountError(Exception):
    """Valgrind is not there and cannot be installed, or did not get to the end."""


def install_valgrind() -> None:
    """Install valgrind with apt-get where it is missing.

    Raises:
        CannotCountError: That did not work.
    """
    if shutil.which("valgrind") is None:
        command = ["apt-get", "install", "--yes", "--no-install-recommends", "valgrind"]
        try:
            subprocess.run(command, check=True, stdout=subprocess.DEVNULL)
        except (OSError, subprocess.CalledProcessError) as error:
            raise CannotCountError(f"valgrind is missing, and apt-get failed: {error}") from error


def count(python: Path) -> Dict[str, Count]:
    """Count each case once.

    Raises:
        CannotCountError: See there.
    """
    install_valgrind()
    with tempfile.TemporaryDirectory() as folder:
        out = Path(folder) / "counts"
        command = ["valgrind", "--tool=callgrind", f"--callgrind-out-file={out}"]
        command += ["--dump-before=getppid", str(python), "-m", "_instructions.workload"]
        here = str(Path(__file__).resolve().parents[1])
        # Nothing but what is named here: the length of the environment is work for libc too.
        variables = {
            "PATH": os.environ.get("PATH", ""),
            "PYTHONHASHSEED": "0",
            "PYTHONPATH": os.pathsep.join([str(SOURCE), here]),
        }
        try:
            done = subprocess.run(
                command,
                env=variables,
                stderr=subprocess.PIPE,
                timeout=5 * LIMIT_S,
                cwd=folder,
                preexec_fn=_limit,
            )
        except subprocess.TimeoutExpired as error:
            raise CannotCountError(
                f"not done after {5 * LIMIT_S} s: is the machine busy?"
            ) from error
        if done.returncode != 0:
            raise CannotCountError(done.stderr.decode(errors="replace")[-2000:])
        # The dumps are numbered; the first is what came before the first mark.
        parts = [_read(Path(f"{out}.{number}")) for number in range(2, 2 * len(CASES) + 2)]
    return {
        case: Count(*((many - few) // ((MANY - FEW) * tasks) for few, many in zip(*pair)))
        for (case, tasks), pair in zip(CASES.items(), zip(parts[::2], parts[1::2]))
    }


def _limit() -> None:
    resource.setrlimit(resource.RLIMIT_CPU, (LIMIT_S, LIMIT_S))


def _read(dump: Path) -> Count:
    """Sum a dump up, by the object file that the code is in."""
    names: Dict[str, str] = {}
    engine = total = 0
    in_engine = called = False
    with dump.open(encoding="utf-8", errors="replace") as lines:
        for line in lines:
            if line.startswith(("ob=", "cob=")):
                kind, _, value = line.partition("=")
                number, _, name = value.strip().partition(" ")
                is_engine = ENGINE in names.setdefault(number, name)
                in_engine = is_engine if kind == "ob" else in_engine
            elif line.startswith("calls="):
                called = True
            elif re.match(r"[0-9+*-]", line):
                # What follows a call is the cost of what was called, which has lines of its own.
                if not called:
                    cost = int(line.split()[1])
                    total += cost
                    engine += cost * in_engine
                called = False
    return Count(engine, total)
