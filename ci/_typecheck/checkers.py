"""mypy and pyright: their verdicts on a side, in words that do not depend on it.

A verdict is what is refused, by which rule, and what is revealed. How a refusal is explained is not
part of it: that names inner classes.
"""

from __future__ import annotations

import json
import re
import subprocess
from pathlib import Path
from typing import Any, List

from .sides import Side

# Where a class is defined is nobody's business, nor is `Dict` for `dict`.
_MODULE = re.compile(r"\b(?:[A-Za-z_]\w*\.)+(?=[A-Za-z_])")
_ALIAS = re.compile(r"\b(Dict|List|Tuple|Set|Type)\[")
# How much of a TypedDict is shown depends on what was in mypy's cache.
_SHAPE = re.compile(r"TypedDict\((\w+), \{[^{}]*\}\)")


class Checkers:
    """The checkers of an environment.

    Args:
        python: The environment's interpreter.
    """

    def __init__(self, python: Path) -> None:
        self._bin = python.parent

    def pyright(self, side: Side) -> List[str]:
        """Pyright's verdicts on the side's programs: place, severity, message and rule."""
        command = ["pyright", "--pythonpath", str(side.python), "--outputjson", str(side.programs)]
        report: Any = json.loads(self._run(command, side))
        verdicts = []
        for found in report["generalDiagnostics"]:
            place = "{}:{}".format(Path(found["file"]).name, found["range"]["start"]["line"] + 1)
            refused = found["severity"] == "error"
            said = found.get("rule", "") if refused else _in_one_line(found["message"])
            verdicts.append(f"{place}: {found['severity']}: {said}")
        return sorted(verdicts)

    def mypy(self, side: Side) -> List[str]:
        """mypy's verdicts on the side's programs."""
        cache = side.programs.parent / "mypy"
        command = ["mypy", "--check-untyped-defs", "--cache-dir", str(cache), "--no-error-summary"]
        command += ["--python-executable", str(side.python)]
        command += sorted(str(program) for program in side.programs.glob("*.py"))
        lines = self._run(command, side).splitlines()
        verdicts = []
        for shown in lines:
            file, line, said = shown.split(":", 2)
            refused = re.search(r"^ error: .*\[([a-z-]+)\]$", said)
            if refused:
                verdicts.append(f"{Path(file).name}:{line}: error: {refused.group(1)}")
            elif "Revealed type" in said:
                verdicts.append(f"{Path(file).name}:{line}:{_in_one_line(said)}")
        return sorted(verdicts)

    def completeness(self, side: Side) -> float:
        """How much of the package's public types pyright knows, in percent."""
        command = ["pyright", "--verifytypes", side.package, "--ignoreexternal", "--outputjson"]
        report: Any = json.loads(self._run(command, side))
        return 100 * report["typeCompleteness"]["completenessScore"]

    def _run(self, command: List[str], side: Side) -> str:
        program = [str(self._bin / command[0]), *command[1:]]
        done = subprocess.run(
            program, cwd=str(side.programs), env=side.variables(), stdout=subprocess.PIPE
        )
        if not done.stdout:
            raise RuntimeError(f"{command[0]} said nothing (exit code {done.returncode})")
        return done.stdout.decode()


def _in_one_line(text: str) -> str:
    text = " | ".join(text.replace("\xa0", " ").replace("langgraph_rust", "langgraph").split("\n"))
    text = _MODULE.sub("", text)
    text = text.replace("Unknown", "Any")
    text = _ALIAS.sub(lambda found: found.group(1).lower() + "[", text)
    before = ""
    while text != before:
        before, text = text, _SHAPE.sub(r"\1", text)
    return text
