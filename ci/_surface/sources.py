"""Taking the inventory of LangGraph as it is installed, and of this package in its place."""

from __future__ import annotations

import os
import subprocess
from pathlib import Path
from typing import Dict, Iterable, List

from lib import SOURCE
from lib.environment import make_environment
from lib.interpreter import Interpreter

INVENTORY = Path(__file__).resolve().parent / "inventory.py"
PACKAGE = SOURCE / "langgraph_rust"
DISTRIBUTIONS = ("langgraph", "langgraph-checkpoint", "langgraph-prebuilt")

_LIST_FILES = "import importlib.metadata as m, sys\n" + (
    "for name in sys.argv[1:]: print(*m.files(name), sep='\\n')"
)

Surface = Dict[str, str]


def take_upstream(interpreter: Interpreter) -> Surface:
    """The inventory of the pinned LangGraph."""
    python = make_environment(interpreter, ("suite", "guests", "upstream"))
    files = _run([str(python), "-c", _LIST_FILES, *DISTRIBUTIONS]).splitlines()
    modules = _public_modules(file for file in files if file.startswith("langgraph/"))
    return parse(_run([str(python), str(INVENTORY)], [m + ":" for m in modules]))


def take_ours(interpreter: Interpreter, upstream: Surface) -> Surface:
    """The inventory of this package under LangGraph's names, asked for all that upstream has."""
    python = make_environment(interpreter, ("suite", "guests"))
    files = (path.relative_to(PACKAGE).as_posix() for path in PACKAGE.rglob("*.py"))
    modules = _public_modules("langgraph/" + file for file in files)
    # A member of a class belongs to its class, and is not asked for of the module.
    names = [key for key in upstream if "." not in key.partition(":")[2]]
    names += [module + ":" for module in modules]
    command = [str(python), "-m", "langgraph_rust", str(INVENTORY)]
    return parse(_run(command, sorted(set(names))))


def parse(text: str) -> Surface:
    """What the lines of an inventory say, by name."""
    lines = (line.partition("  ") for line in text.splitlines() if not line.startswith("#"))
    return {key: said for key, _, said in lines if key}


def _public_modules(files: Iterable[str]) -> List[str]:
    """The modules in these files, but for the private ones and the root."""
    modules = set()
    for file in files:
        parts = file[: -len(".py")].split("/") if file.endswith(".py") else ["_"]
        if parts[-1] == "__init__":
            parts.pop()
        if len(parts) > 1 and not any(part.startswith("_") for part in parts):
            modules.add(".".join(parts))
    return sorted(modules)


def _run(command: List[str], lines: Iterable[str] = ()) -> str:
    foreign = ("LANGSMITH_", "LANGCHAIN_", "LANGGRAPH_", "PYTHON")
    variables = {name: value for name, value in os.environ.items() if not name.startswith(foreign)}
    variables["PYTHONPATH"] = str(SOURCE)
    done = subprocess.run(
        command,
        input="\n".join(lines),
        stdout=subprocess.PIPE,
        env=variables,
        check=True,
        encoding="utf-8",
    )
    return done.stdout
