"""Threads that LangGraph's releases left behind are read and resumed as LangGraph does it now.

tests/vectors/record_threads.py recorded them, and what LangGraph makes of them.
"""

from __future__ import annotations

import json
import os
import sqlite3
import subprocess
import sys
from pathlib import Path

import pytest

from langgraph_rust.checkpoint.serde.jsonplus import JsonPlusSerializer

VECTORS = Path(__file__).parent.parent / "vectors"
THREADS = sorted((VECTORS / "threads").glob("*.sql"))


def read(file: Path) -> dict:
    command = [sys.executable, "-W", "ignore", "-m", "langgraph_rust"]
    done = subprocess.run(
        [*command, str(VECTORS / "read_threads.py"), str(file)],
        capture_output=True,
        env=dict(os.environ, PYTHONPATH=os.pathsep.join([*filter(None, sys.path), str(VECTORS)])),
    )
    assert done.returncode == 0, done.stderr.decode()[-3000:]
    return json.loads(done.stdout)


@pytest.mark.needs("langgraph-checkpoint-sqlite")
@pytest.mark.parametrize("file", THREADS, ids=lambda file: file.stem)
def test_recorded_threads_are_read_and_resumed_as_langgraph_does_it(file):
    expected = json.loads(file.with_suffix(".json").read_text(encoding="utf-8"))
    found = read(file)
    assert sorted(found) == sorted(expected)
    for thread, outcome in expected.items():
        assert found[thread] == outcome, thread


def test_every_version_of_the_format_is_recorded():
    serde, formats = JsonPlusSerializer(), set()
    for file in THREADS:
        with sqlite3.connect(":memory:") as connection:
            connection.executescript(file.read_text(encoding="utf-8"))
            for kind, content in connection.execute("SELECT type, checkpoint FROM checkpoints"):
                formats.add((kind, serde.loads_typed((kind, content))["v"]))
    assert formats == {("json", 1), ("msgpack", 1), ("msgpack", 2), ("msgpack", 3), ("msgpack", 4)}
