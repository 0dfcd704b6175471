"""Try the installed wheel as cibuildwheel does: the smoke test, the import gate, our own tests.

Run by the Python that has the wheel installed, with pytest. The tests run from a copy without the
sources, so that only the wheel can be what they import.
"""

import os
import shutil
import subprocess
import sys
import tempfile
from pathlib import Path

ROOT = Path(__file__).resolve().parents[1]
COPIED = ("ci", "tests", "wheels", "pyproject.toml")


def main():
    for name in [name for name in os.environ if name.startswith("PYTHON")]:
        del os.environ[name]
    run("-m", "langgraph_rust", str(ROOT / "wheels" / "smoke.py"))
    run(str(ROOT / "ci" / "gates"), "--python", sys.executable, "imports")
    with tempfile.TemporaryDirectory() as name:
        leave = shutil.ignore_patterns("__pycache__", ".*")
        for part in COPIED:
            copy = shutil.copytree if (ROOT / part).is_dir() else shutil.copy
            options = {"ignore": leave} if copy is shutil.copytree else {}
            copy(str(ROOT / part), str(Path(name) / part), **options)
        run(
            "-m",
            "pytest",
            "-q",
            "-o",
            "pythonpath=",
            "-p",
            "no:cacheprovider",
            "tests/unit",
            at=name,
        )


def run(*arguments, at=None):
    """Run this Python; what fails ends the test."""
    done = subprocess.run([sys.executable, *arguments], cwd=at or tempfile.gettempdir())
    if done.returncode:
        sys.exit(done.returncode)


main()
