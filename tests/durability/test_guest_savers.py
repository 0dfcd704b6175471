"""Runs `guest_savers.py` in a process where `langgraph` is this package."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

import pytest

HERE = Path(__file__).resolve().parent


@pytest.mark.needs("langgraph-checkpoint-sqlite")
def test_what_guest_savers_store_and_cannot_be_read_is_named():
    command = [sys.executable, "-m", "pytest", "-q", "-p", "no:cacheprovider"]
    done = subprocess.run(
        [*command, "-p", "langgraph_rust._pytest_plugin", str(HERE / "guest_savers.py")],
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        env=dict(os.environ, PYTHONPATH=os.pathsep.join([*filter(None, sys.path), str(HERE)])),
    )
    assert done.returncode == 0, done.stdout.decode()[-5000:]
