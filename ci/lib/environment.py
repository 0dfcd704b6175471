"""Virtual environments, made once for each set of pins and kept in the cache."""

from __future__ import annotations

import hashlib
import os
import shutil
import subprocess
import sys
from pathlib import Path
from typing import Iterable

from . import CACHE, PINS
from .interpreter import Interpreter

# Pins of LangGraph's own distributions: their dependencies stand in other pins, or are left out.
WITHOUT_DEPENDENCIES = ("guests", "upstream")


def make_environment(interpreter: Interpreter, pins: Iterable[str], purpose: str = "") -> Path:
    """Make, or find in the cache, an environment with these pins installed.

    Args:
        interpreter: What the environment runs.
        pins: Names of files in `ci/pins`, without suffix, in the order of their installation.
        purpose: A word for an environment of its own, which more is installed into.

    Returns:
        The environment's Python.

    Raises:
        subprocess.CalledProcessError: If pip fails; what it said is on stderr.
    """
    names = list(pins)
    texts = [(PINS / (name + ".txt")).read_bytes() for name in names]
    key = hashlib.sha256(b"\0".join(texts)).hexdigest()[:10]
    stem = "-".join([purpose] * bool(purpose) + names)
    folder = CACHE / "environments" / f"{stem}-py{interpreter.name}-{key}"
    python = folder / ("Scripts/python.exe" if os.name == "nt" else "bin/python")
    complete = folder / "complete"
    if complete.exists():
        return python
    print(f"making the environment {folder.name} …", file=sys.stderr, flush=True)
    shutil.rmtree(str(folder), ignore_errors=True)
    subprocess.run([interpreter.path, "-m", "venv", str(folder)], check=True)
    for name in names:
        extra = ["--no-deps"] if name in WITHOUT_DEPENDENCIES else []
        command = [str(python), "-m", "pip", "install", "--quiet", "--disable-pip-version-check"]
        subprocess.run(
            command + extra + ["--requirement", str(PINS / (name + ".txt"))],
            check=True,
            stdout=sys.stderr,
        )
    complete.touch()
    return python
