"""The servers that upstream's suites need, started on loopback for as long as tests run.

Ports belong to the machine, so do these servers: checkouts share them, and their data lies in one
folder under the machine's temporary ones. Nothing in it is meant to outlive a `stop`.
"""

from __future__ import annotations

import shutil
import subprocess
import sys
import time
from contextlib import contextmanager
from pathlib import Path
from typing import Iterable, Iterator, List, Optional, Tuple

from .server import DevelopmentServer
from .service import FOLDER, HOST, START_SECONDS, Service, ServiceError, install_packages, is_root

# As whom the suites log in. Any password will do.
POSTGRES_USER = "postgres"


class Postgres(Service):
    """A cluster of PostgreSQL: one for each port, since a server listens on one alone."""

    packages = ("postgresql",)

    def is_installed(self) -> bool:
        return _postgres_programs() is not None

    def _install(self) -> None:
        super()._install()
        programs = _postgres_programs()
        assert programs is not None
        # Vector search is an extension with a package of its own, which older releases of the
        # distribution lack.
        version = programs.parent.name
        control = Path("/usr/share/postgresql") / version / "extension" / "vector.control"
        vectors = f"postgresql-{version}-pgvector"
        if not control.exists() and _is_in_distribution(vectors):
            install_packages((vectors,))

    def _launch(self) -> None:
        create = [self._program("initdb"), "-D", self._data, "-U", POSTGRES_USER]
        _run(create + ["--auth=trust", "--encoding=UTF8", "--no-sync"])
        # Nothing here outlives the machine, so nothing has to reach its disks.
        settings = f"listen_addresses={HOST} unix_socket_directories={self._folder} fsync=off"
        settings += " synchronous_commit=off full_page_writes=off max_connections=300"
        options = f"-p {self.port} " + " ".join(f"-c {setting}" for setting in settings.split())
        _run([*self._control, "-w", "-l", f"{self._folder}/log", "-o", options, "start"])

    def _end(self) -> None:
        subprocess.run(
            _unprivileged([*self._control, "-w", "-m", "immediate", "stop"]),
            stdout=subprocess.DEVNULL,
            stderr=subprocess.DEVNULL,
            cwd="/",
        )

    @property
    def _data(self) -> str:
        return str(self._folder / "data")

    @property
    def _control(self) -> List[str]:
        return [self._program("pg_ctl"), "-D", self._data]

    def _program(self, name: str) -> str:
        programs = _postgres_programs()
        if programs is None:
            raise ServiceError("PostgreSQL is not installed")
        return str(programs / name)


class Redis(Service):
    """A Redis that keeps what it holds in memory alone."""

    packages = ("redis-server",)

    def is_installed(self) -> bool:
        return shutil.which("redis-server") is not None

    def _launch(self) -> None:
        folder = str(self._folder)
        command = ["redis-server", "--port", str(self.port), "--bind", "127.0.0.1", "-::1"]
        command += [
            "--daemonize",
            "yes",
            "--pidfile",
            f"{folder}/pid",
            "--logfile",
            f"{folder}/log",
        ]
        command += ["--dir", folder, "--save", "", "--appendonly", "no"]
        _run([*command, "--maxmemory", "256mb", "--maxmemory-policy", "allkeys-lru"])

    def _end(self) -> None:
        command = ["redis-cli", "-h", HOST, "-p", str(self.port), "shutdown", "nosave"]
        subprocess.run(command, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
        until = time.monotonic() + START_SECONDS
        while self.answers() and time.monotonic() < until:
            time.sleep(0.05)


SERVICES: Tuple[Service, ...] = (
    # The suite of langgraph-checkpoint-postgres, which empties its tables before each test.
    Postgres("postgres-checkpoint", 5441),
    # Those of langgraph and langgraph-prebuilt, which make a database for each test.
    Postgres("postgres", 5442),
    Redis("redis", 6379),
    DevelopmentServer("langgraph", 2024),
)


def select(names: Iterable[str] = ()) -> List[Service]:
    """The services of these names; all without any.

    Raises:
        ServiceError: If there is none of a name.
    """
    wanted = list(names)
    unknown = set(wanted) - {service.name for service in SERVICES}
    if unknown:
        raise ServiceError("no service {}".format(", ".join(sorted(unknown))))
    return [service for service in SERVICES if not wanted or service.name in wanted]


@contextmanager
def running(*names: str) -> Iterator[None]:
    """Have these services run inside the block. What was running before is left running.

    Raises:
        ServiceError: If one cannot be started.
    """
    begun = []
    try:
        for service in select(names):
            with lock():
                if service.answers():
                    continue
                try:
                    service.start()
                except ServiceError as error:
                    if not service.is_optional:
                        raise
                    print(f"without {service.name}: {error}", file=sys.stderr, flush=True)
                else:
                    begun.append(service)
        yield
    finally:
        with lock():
            for service in begun:
                service.stop()


@contextmanager
def lock() -> Iterator[None]:
    """Keep others on this machine from starting or stopping services meanwhile."""
    import fcntl

    FOLDER.mkdir(parents=True, exist_ok=True)
    with (FOLDER / "lock").open("w") as file:
        fcntl.flock(file, fcntl.LOCK_EX)
        yield


def _postgres_programs() -> Optional[Path]:
    known = sorted(Path("/usr/lib/postgresql").glob("*/bin"), reverse=True)
    in_path = shutil.which("initdb")
    for folder in ([Path(in_path).resolve().parent] if in_path else []) + known:
        if (folder / "initdb").exists() and (folder / "pg_ctl").exists():
            return folder
    return None


def _is_in_distribution(package: str) -> bool:
    if shutil.which("apt-cache") is None:
        return False
    quiet = subprocess.DEVNULL
    return (
        subprocess.run(["apt-cache", "show", package], stdout=quiet, stderr=quiet).returncode == 0
    )


def _unprivileged(command: List[str]) -> List[str]:
    """The command as an account without rights: PostgreSQL refuses to run as root."""
    return ["setpriv", "--reuid=nobody", "--clear-groups", "--", *command] if is_root() else command


def _run(command: List[str]) -> None:
    # A server that is left behind must hold none of our pipes, or a caller waits for it forever.
    done = subprocess.run(
        _unprivileged(command), stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL, cwd="/"
    )
    if done.returncode != 0:
        raise ServiceError(f"{Path(command[0]).name} ended with {done.returncode}")
