"""One run of pytest over one of upstream's suites, and what came of each test."""

from __future__ import annotations

import json
import os
import signal
import subprocess
import sys
import time
from pathlib import Path
from typing import Dict, List, NamedTuple, Optional, Sequence

from lib import ROOT, SOURCE
from lib.environment import make_environment
from lib.interpreter import Interpreter
from lib.sdist import unpack
from lib.wheel import install_wheel

from .packages import Package

# What of LangGraph's is in the environment: with ours only what we do not replace, so that
# none of upstream's engine can run, whatever a test imports.
PINS = {"ours": ("suite", "guests"), "upstream": ("suite", "guests", "upstream")}
PLUGINS = {"ours": "suite_recorder,langgraph_rust._pytest_plugin", "upstream": "suite_recorder"}

# The suites' own options, less those that slow a run with many failures.
OPTIONS = ("--strict-markers", "--strict-config", "--tb=short", "-p", "no:cacheprovider")
TEST_SECONDS = 60
HANG_SECONDS = 90


class Outcome(NamedTuple):
    """What came of a test.

    Attributes:
        kind: "passed", "failed" or "skipped"; a test with a failed setup or teardown failed.
        reason: For a failure, the first line of what was raised.
    """

    kind: str
    reason: str = ""


class Result(NamedTuple):
    """What came of a run.

    Attributes:
        tests: Outcomes by test id (`tests/test_x.py::test_y[z]`).
        broken: Files that failed to be collected, with the reason.
        skipped_files: Files that skipped themselves as a whole.
        seconds: The run's wall time.
        exit_code: pytest's.
        log: The file with what pytest printed, empty if it was shown.
    """

    tests: Dict[str, Outcome]
    broken: Dict[str, str]
    skipped_files: List[str]
    seconds: float
    exit_code: int
    log: Path


class Session:
    """Runs a package's suite on one engine, with one interpreter.

    With a wheel, that is what is tested; without one, the sources and the engine beside them. With
    `services`, the tests that need servers take part; they are to be running then.
    """

    def __init__(
        self,
        package: Package,
        engine: str,
        interpreter: Interpreter,
        wheel: Optional[Path] = None,
        services: bool = False,
    ) -> None:
        self._package = package
        self._suffix = f"-{interpreter.name}" if wheel else ""
        self._engine = engine
        self._services = services
        self._has_sources = engine == "ours" and wheel is None
        self.python = make_environment(interpreter, PINS[engine], "wheel" if wheel else "")
        if wheel is not None:
            install_wheel(wheel, self.python)
        self._folder = unpack(package.distribution, ("tests", "pyproject.toml"), self.python)
        self._out = ROOT / ".cache" / "suite"
        self._out.mkdir(parents=True, exist_ok=True)

    def run(self, arguments: Sequence[str], workers: int, show: bool) -> Result:
        """Run pytest.

        Args:
            arguments: Tests to select and options, as pytest takes them. Empty: everything.
            workers: Processes to run tests in; 0 for this one run's process alone.
            show: Whether pytest's output goes to the terminal, and not to a file.
        """
        stem = f"{self._package.name}-{self._engine}{self._suffix}"
        record = self._out / (stem + ".jsonl")
        log = self._out / (stem + ".log")
        record.write_text("")
        begun = time.monotonic()
        with log.open("w") as file:
            process = subprocess.Popen(
                self._command(arguments, workers),
                cwd=str(self._folder),
                env=self._variables(record),
                stdout=None if show else file,
                stderr=None if show else subprocess.STDOUT,
                start_new_session=True,
            )
            try:
                process.wait()
            finally:
                _end_group(process)
        seconds = time.monotonic() - begun
        tests, broken, skipped_files = _read(record)
        return Result(tests, broken, skipped_files, seconds, process.returncode, log)

    def _command(self, arguments: Sequence[str], workers: int) -> List[str]:
        command = [str(self.python), "-m", "pytest", "-o", "addopts=", *OPTIONS]
        command += ["--continue-on-collection-errors", f"--timeout={TEST_SECONDS}"]
        if workers:
            # A test that ends its worker is a failure; the worker is replaced, however often.
            command += ["-n", str(workers), "--dist=worksteal", "--max-worker-restart=500"]
        selects = any(not argument.startswith("-") for argument in arguments)
        return command + list(arguments) + ([] if selects else ["tests"])

    def _variables(self, record: Path) -> Dict[str, str]:
        # Tracing and model services are asked for by variables: a developer's must not decide.
        foreign = ("LANGSMITH_", "LANGCHAIN_", "LANGGRAPH_", "PYTEST_")
        variables = {
            name: value
            for name, value in os.environ.items()
            if not name.startswith(foreign) or name.startswith("LANGGRAPH_RUST_")
        }
        path = [str(Path(__file__).parent / "plugins")]
        if self._has_sources:
            path.append(str(SOURCE))
        variables.update(
            NO_DOCKER="false" if self._services else "true",
            PYTEST_PLUGINS=PLUGINS[self._engine],
            PYTHONPATH=os.pathsep.join(path),
            SUITE_HANG_SECONDS=str(HANG_SECONDS),
            SUITE_RECORD=str(record),
        )
        return variables


def _end_group(process: subprocess.Popen[bytes]) -> None:
    """End pytest's workers, and what tests started, if any are left: a run may be interrupted."""
    try:
        os.killpg(process.pid, signal.SIGKILL)
    except (AttributeError, ProcessLookupError):
        process.kill()
    process.wait()


def _read(record: Path) -> tuple[Dict[str, Outcome], Dict[str, str], List[str]]:
    tests: Dict[str, Outcome] = {}
    broken: Dict[str, str] = {}
    skipped_files: List[str] = []
    with record.open(encoding="utf-8") as lines:
        for line in lines:
            entry = json.loads(line)
            if "file" in entry:
                if entry["outcome"] == "failed":
                    broken[entry["file"]] = entry["reason"]
                else:
                    skipped_files.append(entry["file"])
                continue
            # A test that passed and then failed in teardown failed.
            known = tests.get(entry["test"])
            if known is None or known.kind != "failed":
                tests[entry["test"]] = Outcome(entry["outcome"], entry["reason"])
    return tests, broken, skipped_files


def print_log_tail(log: Path, lines: int = 30) -> None:
    """Print the end of pytest's output, for a run that ended before it began."""
    for line in log.read_text(errors="replace").splitlines()[-lines:]:
        print("  " + line, file=sys.stderr)
