"""What a server is to the suites: something on a port of its own, to be started and stopped."""

from __future__ import annotations

import os
import shutil
import socket
import subprocess
import sys
import tempfile
import time
from pathlib import Path
from typing import Iterable, Tuple

FOLDER = Path(tempfile.gettempdir()) / "langgraph_rust-services"
HOST = "localhost"
START_SECONDS = 60


class ServiceError(Exception):
    """A server that cannot be had, and why."""


class Service:
    """A server on a port of its own.

    Attributes:
        name: What the command line calls it.
        port: The TCP port, on loopback.
        is_optional: Whether suites run without it where it cannot be had.
    """

    is_optional = False

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
        if is_root():
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
            install_packages(self.packages)
        if not self.is_installed():
            raise ServiceError(f"{self.packages[0]} not found after its installation")

    def is_installed(self) -> bool:
        raise NotImplementedError

    def _launch(self) -> None:
        raise NotImplementedError

    def _end(self) -> None:
        raise NotImplementedError


def install_packages(names: Iterable[str]) -> None:
    wanted = list(names)
    privileged = [] if is_root() else ["sudo", "-n"]
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


def is_root() -> bool:
    return os.geteuid() == 0
