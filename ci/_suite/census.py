"""How many tests each file has, counted on LangGraph itself.

A file that cannot be imported collects nothing and would lose its tests without a trace: the
census says how many failed with it. It also tells when tests are skipped that upstream runs.
Python versions differ by a few tests, so the file says which one was counted; where another one
differs, it has a table of its own, with what differs.
"""

from __future__ import annotations

from collections import Counter
from typing import Dict, NamedTuple

from lib.interpreter import Interpreter
from lib.toml import read_toml

from .ledger import FOLDER
from .session import Result

CENSUS = FOLDER / "census.toml"

_PREFACE = """\
# Tests per file of upstream's suites, counted on LangGraph itself by
# `ci/suite --upstream --record`.
"""


class Count(NamedTuple):
    """Outcomes of a file's tests."""

    passed: int = 0
    failed: int = 0
    skipped: int = 0

    @property
    def total(self) -> int:
        return sum(self)


def count(result: Result) -> Dict[str, Count]:
    """Count a run's outcomes by file. A file that skips itself counts as one skipped test."""
    kinds: Dict[str, Counter[str]] = {}
    for test, outcome in result.tests.items():
        kinds.setdefault(test.partition("::")[0], Counter())[outcome.kind] += 1
    for file in result.skipped_files:
        kinds.setdefault(file, Counter())["skipped"] += 1
    return {file: Count(**kinds[file]) for file in sorted(kinds)}


def read_census(package: str, interpreter: Interpreter) -> Dict[str, Count]:
    """Upstream's own outcomes by file, on this Python or else another; empty if never counted."""
    text = CENSUS.read_text(encoding="utf-8") if CENSUS.exists() else ""
    tables = read_toml(text)
    table = {**tables.get(package, {}), **tables.get(_table_of(package, interpreter), {})}
    return {file: Count(**counts) for file, counts in table.items() if isinstance(counts, dict)}


def _table_of(package: str, interpreter: Interpreter) -> str:
    return "{}-on-{}-{}".format(package, *interpreter.version)


def _without_zeros(counts: Dict[str, int]) -> Dict[str, int]:
    return {kind: number for kind, number in counts.items() if number}


def record_census(package: str, result: Result, interpreter: Interpreter) -> None:
    """Write a package's counts down, leaving the others as they are."""
    text = CENSUS.read_text(encoding="utf-8") if CENSUS.exists() else ""
    tables = read_toml(text)
    counted = {file: _without_zeros(c._asdict()) for file, c in count(result).items()}
    main = tables.get(package, {"python": interpreter.name})
    if main["python"] == interpreter.name:
        tables[package] = {"python": interpreter.name, **counted}
    else:
        tables[_table_of(package, interpreter)] = {
            file: c for file, c in counted.items() if c != main.get(file)
        }
    lines = [_PREFACE.rstrip("\n")]
    for name in sorted(tables):
        lines.append(f"\n[{name}]")
        for key, value in tables[name].items():
            if isinstance(value, dict):
                pairs = ", ".join("{} = {}".format(*pair) for pair in value.items())
                lines.append(f'"{key}" = {{ {pairs} }}')
            else:
                lines.append(f'{key} = "{value}"')
    FOLDER.mkdir(parents=True, exist_ok=True)
    CENSUS.write_text("\n".join(lines) + "\n", encoding="utf-8")
