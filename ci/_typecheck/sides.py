"""The two sides as type checkers see them: an interpreter that has the package installed."""

from __future__ import annotations

import os
import re
import shutil
import subprocess
from pathlib import Path
from typing import Dict, NamedTuple

from lib import ROOT
from lib.interpreter import Interpreter

PROGRAMS = ROOT / "tests" / "typing" / "programs"


class Side(NamedTuple):
    """What is checked.

    Attributes:
        package: The package's name.
        python: An interpreter that finds it, with what it needs.
        programs: The folder of programs that import it.
        path: What `PYTHONPATH` adds when the package itself is verified.
    """

    package: str
    python: Path
    programs: Path
    path: str = ""

    def variables(self) -> Dict[str, str]:
        """The environment of a checker: it takes the interpreter that comes first."""
        path = os.pathsep.join([str(self.python.parent), os.environ.get("PATH", "")])
        return dict(os.environ, PATH=path, PYTHONPATH=self.path)


def lay_out_upstream(python: Path, folder: Path) -> Side:
    """LangGraph, with the programs as they are."""
    programs = folder / "programs"
    shutil.copytree(str(PROGRAMS), str(programs))
    # A checker verifies packages, and LangGraph's root is none: its distributions share it.
    package = folder / "site" / "langgraph"
    shutil.copytree(str(_site_of(python) / "langgraph"), str(package))
    for guest in ("checkpoint/postgres", "checkpoint/sqlite", "store/postgres", "store/sqlite"):
        shutil.rmtree(str(package / guest), ignore_errors=True)
    shutil.rmtree(str(package / "checkpoint" / "conformance"), ignore_errors=True)
    for shared in (".", "cache", "checkpoint", "store"):
        (package / shared / "__init__.py").touch()
    return Side("langgraph", python, programs, str(package.parent))


def lay_out_ours(interpreter: Interpreter, guests: Path, source: Path, folder: Path) -> Side:
    """This package, and the programs with its name in their imports."""
    programs = folder / "programs"
    programs.mkdir(parents=True)
    for program in PROGRAMS.glob("*.py"):
        text = re.sub(r"\bfrom langgraph\b", "from langgraph_rust", program.read_text())
        (programs / program.name).write_text(text)
    home = folder / "environment"
    command = [interpreter.path, "-m", "venv", "--without-pip", str(home)]
    subprocess.run(command, check=True)
    python = home / ("Scripts/python.exe" if os.name == "nt" else "bin/python")
    # Installed, as checkers see it, and not a folder of somebody's own sources.
    (_site_of(python) / "installed.pth").write_text(f"{_site_of(guests)}\n{source}\n")
    return Side("langgraph_rust", python, programs)


def _site_of(python: Path) -> Path:
    code = "import sysconfig; print(sysconfig.get_path('purelib'))"
    done = subprocess.run([str(python), "-c", code], stdout=subprocess.PIPE, check=True)
    return Path(done.stdout.decode().strip())
