"""LangGraph's development server, with the graph that two of upstream's tests talk to."""

from __future__ import annotations

import json
import os
import shutil
import signal
import subprocess
from urllib.error import URLError
from urllib.request import ProxyHandler, build_opener

from .environment import make_environment
from .interpreter import find_interpreter
from .sdist import unpack
from .service import HOST, Service, ServiceError

# Of the server's own packages.
MINIMUM = (3, 11)


class DevelopmentServer(Service):
    """`langgraph dev`, which keeps what it holds in memory. It runs on LangGraph itself."""

    is_optional = True

    def answers(self) -> bool:
        """Whether it is a LangGraph server that listens on the port."""
        # never by way of a proxy: it is this machine that is asked
        opener = build_opener(ProxyHandler({}))
        try:
            with opener.open(f"http://{HOST}:{self.port}/ok", timeout=5) as answer:
                said = json.loads(answer.read().decode())
        except (URLError, OSError, ValueError):
            return False
        return isinstance(said, dict) and bool(said.get("ok"))

    def start(self) -> None:
        if not self.answers() and super().answers():
            raise ServiceError(f"port {self.port} belongs to another program")
        super().start()

    def is_installed(self) -> bool:
        return find_interpreter(MINIMUM) is not None

    def _install(self) -> None:
        if not self.is_installed():
            raise ServiceError("the server needs Python {}.{} or later".format(*MINIMUM))

    def _launch(self) -> None:
        interpreter = find_interpreter(MINIMUM)
        assert interpreter is not None
        python = make_environment(interpreter, ("server",))
        source = unpack("langgraph", ("tests", "pyproject.toml"), python)
        shutil.copytree(str(source / "tests"), str(self._folder / "tests"))
        shutil.copy(str(source / "tests" / "example_app" / "langgraph.json"), str(self._folder))
        foreign = ("LANGSMITH_", "LANGCHAIN_", "LANGGRAPH_")
        variables = {n: v for n, v in os.environ.items() if not n.startswith(foreign)}
        variables.update(PYTHONPATH=str(self._folder), LANGGRAPH_CLI_NO_ANALYTICS="1")
        command = [str(python.parent / "langgraph"), "dev", "--no-browser", "--no-reload"]
        with (self._folder / "log").open("w") as log:
            process = subprocess.Popen(
                [*command, "--host", "127.0.0.1", "--port", str(self.port)],
                cwd=str(self._folder),
                env=variables,
                stdin=subprocess.DEVNULL,
                stdout=log,
                stderr=log,
                start_new_session=True,
            )
        (self._folder / "pid").write_text(str(process.pid))

    def _end(self) -> None:
        pid = self._folder / "pid"
        if not pid.exists():
            return
        try:
            os.killpg(int(pid.read_text()), signal.SIGTERM)
        except ProcessLookupError:
            return
