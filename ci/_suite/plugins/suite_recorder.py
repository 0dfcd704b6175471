"""A pytest plugin that writes every outcome down, and ends tests that hang.

It is loaded into the run by name (`PYTEST_PLUGINS=suite_recorder`), in pytest-xdist's workers
too, so it must import nothing of ours. `SUITE_RECORD` names the file that gets one JSON object
a line; `SUITE_HANG_SECONDS` is the time after which a test's process is ended.
"""

from __future__ import annotations

import faulthandler
import json
import os
import re
import sys

import pytest

_RECORD = os.environ["SUITE_RECORD"]
_HANG_SECONDS = float(os.environ["SUITE_HANG_SECONDS"])
_REASON_LENGTH = 300


class _Recorder:
    """Writes outcomes; lives in the controlling process only."""

    def __init__(self) -> None:
        self._file = open(_RECORD, "a", encoding="utf-8")

    def _write(self, **record: object) -> None:
        self._file.write(json.dumps(record) + "\n")
        self._file.flush()

    def pytest_runtest_logreport(self, report: pytest.TestReport) -> None:
        if report.when == "call" or report.outcome != "passed":
            self._write(
                test=report.nodeid,
                outcome=report.outcome,
                reason=_describe(report) if report.failed else "",
                seconds=round(report.duration, 3),
            )

    def pytest_collectreport(self, report: pytest.CollectReport) -> None:
        if report.failed or (report.skipped and report.nodeid.endswith(".py")):
            self._write(
                file=report.nodeid.partition("::")[0],
                outcome=report.outcome,
                reason=_describe(report) if report.failed else "",
            )


def _describe(report: pytest.TestReport | pytest.CollectReport) -> str:
    crash = getattr(report.longrepr, "reprcrash", None)
    text = report.longreprtext if crash is None else crash.message
    lines = [line.strip() for line in text.splitlines() if line.strip()] or [""]
    # A collection error is a traceback as text, whose last line names the error after an "E".
    line = lines[0] if crash is not None else re.sub(r"^E +", "", lines[-1])
    return line[:_REASON_LENGTH]


def pytest_configure(config: pytest.Config) -> None:
    if not hasattr(config, "workerinput"):
        config.pluginmanager.register(_Recorder(), "suite-recorder")


@pytest.hookimpl(wrapper=True)
def pytest_runtest_protocol(item: pytest.Item):  # type: ignore[no-untyped-def]
    # pytest-timeout raises in the main thread, which native code that waits may never notice.
    # This thread needs no interpreter: it prints all stacks and ends the process, which
    # pytest-xdist then counts as a failure of the test, and replaces.
    faulthandler.dump_traceback_later(_HANG_SECONDS, exit=True, file=sys.__stderr__)
    try:
        return (yield)
    finally:
        faulthandler.cancel_dump_traceback_later()
