"""The example programs, which import `langgraph` and know nothing of us, run on this engine."""

from __future__ import annotations

import os
import re
import subprocess
import sys
from pathlib import Path

import pytest

import langgraph_rust

ROOT = Path(__file__).resolve().parents[2]
SOURCE = Path(langgraph_rust.__file__).resolve().parents[1]
LAUNCHER = [sys.executable, "-W", "error::RuntimeWarning", "-m", "langgraph_rust"]

FUNCTION = """\
def careless(a=[]):
    try:
        pass
    except:
        pass
"""

pytest.importorskip("langchain_core")


class Audit:
    """Starts `examples/audit.py` on a folder of small files."""

    def __init__(self, folder: Path) -> None:
        pytest.importorskip("aiosqlite", reason="needs langgraph-checkpoint-sqlite")
        self.folder = folder
        (folder / "source").mkdir()
        for number in range(120):
            text = FUNCTION * (number + 1)
            (folder / "source" / f"file{number:03}.py").write_text(text)

    def start(self, *arguments: str) -> subprocess.Popen[str]:
        return subprocess.Popen(
            [*LAUNCHER, str(ROOT / "examples" / "audit.py"), "source", *arguments],
            cwd=str(self.folder),
            env=dict(os.environ, PYTHONPATH=str(SOURCE)),
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            universal_newlines=True,
        )

    def run(self, *arguments: str, answer: str = "") -> subprocess.CompletedProcess[str]:
        process = self.start(*arguments)
        out, err = process.communicate(answer, timeout=60)
        return subprocess.CompletedProcess(process.args, process.returncode, out, err)

    def report(self) -> str:
        return (self.folder / "audit.txt").read_text()


@pytest.fixture()
def audit(tmp_path: Path) -> Audit:
    return Audit(tmp_path)


@pytest.mark.needs("langgraph-checkpoint-sqlite")
def test_the_audit_reports(audit: Audit) -> None:
    done = audit.run("--yes")
    assert done.returncode == 0, done.stderr
    assert done.stdout.startswith(audit.report())
    assert "   7260  bare except\n" in audit.report()
    assert re.search(r"\d s on the engine of langgraph_rust$", done.stdout.strip())
    assert "inspected 120 of 120" in done.stderr


@pytest.mark.needs("langgraph-checkpoint-sqlite")
def test_the_audit_asks_and_waits_for_an_answer(audit: Audit) -> None:
    waiting = audit.run()
    assert waiting.returncode == 1, waiting.stderr
    assert "21780 findings. Write the report? [y/n]" in waiting.stdout
    answered = audit.run(answer="y\n")
    assert answered.returncode == 0, answered.stderr
    assert "going on after 120 files" in answered.stderr
    assert "inspected" not in answered.stderr.partition("inspected before")[2]
    assert audit.report()


@pytest.mark.needs("langgraph-checkpoint-sqlite")
def test_a_refused_audit_writes_nothing(audit: Audit) -> None:
    refused = audit.run(answer="n\n")
    assert "No report was written." in refused.stdout
    assert not (audit.folder / "audit.txt").exists()


@pytest.mark.needs("langgraph-checkpoint-sqlite")
def test_a_killed_audit_goes_on(audit: Audit) -> None:
    process = audit.start("--yes")
    for line in process.stderr:
        if line.startswith("inspected 60 of"):
            break
    process.kill()
    process.communicate()
    resumed = audit.run("--yes")
    assert resumed.returncode == 0, resumed.stderr
    before = re.search(r"going on after (\d+) files", resumed.stderr)
    assert before and int(before.group(1)) >= 50, resumed.stderr
    interrupted = audit.report()
    assert audit.run("--yes").returncode == 0
    assert audit.report() == interrupted


def test_the_agent_streams_its_answer() -> None:
    done = subprocess.run(
        [*LAUNCHER, str(ROOT / "examples" / "agent.py")],
        env=dict(os.environ, PYTHONPATH=str(SOURCE)),
        capture_output=True,
        text=True,
        timeout=60,
    )
    assert done.returncode == 0, done.stderr
    assert "model: First the distance.\ntools: 398\nmodel: Now the walk.\n" in done.stdout
    assert done.stdout.endswith("6 messages: human, ai, tool, ai, tool, ai\n")
