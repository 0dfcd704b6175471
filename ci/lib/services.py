"""The servers that upstream's suites need, started on loopback for as long as tests run.

Ports belong to the machine, so do these servers: checkouts share them, and their data lies in one
folder under the machine's temporary ones. Nothing in it is meant to outlive a `stop`.
"""

from __future__ import annotations

import os
import shutil
import socket
import subprocess
import sys
import tempfile
import time
from contextlib import contextmanager
from pathlib import Path
from typing import Iterable, Iterator, List, Optional, Tuple

FOLDER = Path(tempfile.gettempdir()) / "langgraph_rust-services"
HOST = "localhost"
START_SECONDS = 60

# As whom the suites log in. Any password will do.
POSTGRES_USER = "postgres"


class ServiceError(Exception):
    """A server that cannot be had, and why."""


class Service:
    """A server on a port of its own.

    Attributes:
        name: What the command line calls it.
        port: The TCP port, on loopback.
    """

    # Debian's packages that bring it.
    packages: Tuple[str, ...] = ()

    def __init__(self, name: str, port: int) -> None:
        self.name = name
        self.port = port
        self._folder = FOLDER / name

    def answers(self) -> bool:
        """Whether somebody listens on the port, be it ours or not."""
        try:
            socket.create_connection((HOST, self.port), timeout=5).close()
        except OSError:
            return False
        return True

    def is_ours(self) -> bool:
        """Whether `start` began it and it was not stopped since."""
        return self._folder.exists()

    def start(self) -> None:
        """Start the server and wait until it answers; nothing if one does.

        Raises:
            ServiceError: If it is neither installed nor installable, or does not start.
        """
        if self.answers():
            return
        self._install()
        # What a machine that went down left behind is of no use.
        shutil.rmtree(str(self._folder), ignore_errors=True)
        self._folder.mkdir(parents=True)
        if _is_root():
            shutil.chown(str(self._folder), "nobody")
        try:
            self._launch()
            self._await()
        except (subprocess.CalledProcessError, ServiceError) as error:
            log = self._folder / "log"
            said = log.read_text(errors="replace")[-2000:] if log.exists() else ""
            self.stop()
            raise ServiceError(f"{self.name} does not start: {error}\n{said}") from error

    def stop(self) -> None:
        """End the server if `start` began it, and delete its data."""
        if self.is_ours():
            self._end()
            shutil.rmtree(str(self._folder), ignore_errors=True)

    def describe(self) -> str:
        """One line: the state and the address."""
        state = "stopped"
        if self.answers():
            state = "running" if self.is_ours() else "running, not started by ci/services"
        return f"{self.name}: {state} ({HOST}:{self.port})"

    def _await(self) -> None:
        until = time.monotonic() + START_SECONDS
        while not self.answers():
            if time.monotonic() > until:
                raise ServiceError(f"no answer within {START_SECONDS} s")
            time.sleep(0.05)

    def _install(self) -> None:
        if not self.is_installed():
            _install_packages(self.packages)
        if not self.is_installed():
            raise ServiceError(f"{self.packages[0]} not found after its installation")

    def is_installed(self) -> bool:
        raise NotImplementedError

    def _launch(self) -> None:
        raise NotImplementedError

    def _end(self) -> None:
        raise NotImplementedError


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
            _install_packages((vectors,))

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
                if not service.answers():
                    service.start()
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


def _install_packages(names: Iterable[str]) -> None:
    wanted = list(names)
    privileged = [] if _is_root() else ["sudo", "-n"]
    if shutil.which("apt-get") is None or (privileged and shutil.which("sudo") is None):
        raise ServiceError("install {} (it takes root and apt-get)".format(" ".join(wanted)))
    print("installing {} …".format(" ".join(wanted)), file=sys.stderr, flush=True)
    variables = ["env", "DEBIAN_FRONTEND=noninteractive"]
    apt = privileged + variables + ["apt-get", "-qq"]
    for command in (["update"], ["install", "--yes", "--no-install-recommends", *wanted]):
        # An index that cannot be refreshed may still know the package.
        done = subprocess.run(apt + command, stdout=sys.stderr)
        if done.returncode != 0 and command[0] == "install":
            raise ServiceError("apt-get cannot install {}".format(" ".join(wanted)))


def _is_in_distribution(package: str) -> bool:
    if shutil.which("apt-cache") is None:
        return False
    quiet = subprocess.DEVNULL
    return (
        subprocess.run(["apt-cache", "show", package], stdout=quiet, stderr=quiet).returncode == 0
    )


def _unprivileged(command: List[str]) -> List[str]:
    """The command as an account without rights: PostgreSQL refuses to run as root."""
    return (
        ["setpriv", "--reuid=nobody", "--clear-groups", "--", *command] if _is_root() else command
    )


def _run(command: List[str]) -> None:
    # A server that is left behind must hold none of our pipes, or a caller waits for it forever.
    done = subprocess.run(
        _unprivileged(command), stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL, cwd="/"
    )
    if done.returncode != 0:
        raise ServiceError(f"{Path(command[0]).name} ended with {done.returncode}")


def _is_root() -> bool:
    return os.geteuid() == 0
