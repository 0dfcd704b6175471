"""Checks the programs and the package's types on both engines, and prints what differs."""

from __future__ import annotations

import difflib
import sys
import tempfile
from pathlib import Path
from typing import Dict, List

from lib import SOURCE
from lib.environment import make_environment
from lib.interpreter import UPSTREAM_MINIMUM, find_interpreter

from .checkers import Checkers
from .sides import Side, lay_out_ours, lay_out_upstream


def main(programs: bool, completeness: bool) -> int:
    """Run the comparisons asked for; returns 1 if one fails, 3 if they cannot be run."""
    interpreter = find_interpreter(UPSTREAM_MINIMUM)
    if interpreter is None:
        print("ci/typing: LangGraph needs Python 3.10 or later.", file=sys.stderr)
        return 3
    checkers = Checkers(make_environment(interpreter, ("typing",)))
    guests = make_environment(interpreter, ("suite", "guests"))
    upstream = make_environment(interpreter, ("suite", "guests", "upstream"))
    with tempfile.TemporaryDirectory() as folder:
        sides = [
            lay_out_upstream(upstream, Path(folder) / "upstream"),
            lay_out_ours(interpreter, guests, SOURCE, Path(folder) / "ours"),
        ]
        good = True
        if programs:
            good = _compare_programs(checkers, sides) and good
        if completeness:
            good = _compare_completeness(checkers, sides) and good
    return 0 if good else 1


def _compare_programs(checkers: Checkers, sides: List[Side]) -> bool:
    good = True
    for name, check in (("pyright", checkers.pyright), ("mypy", checkers.mypy)):
        theirs, ours = (check(side) for side in sides)
        differing = list(difflib.unified_diff(theirs, ours, "LangGraph", "ours", lineterm="", n=0))
        good = good and not differing and bool(theirs)
        print(f"{name}: {len(theirs)} verdicts, {'they differ' if differing else 'all the same'}")
        for line in differing:
            print("  " + line)
    return good


def _compare_completeness(checkers: Checkers, sides: List[Side]) -> bool:
    scores: Dict[str, float] = {side.package: checkers.completeness(side) for side in sides}
    for package, score in scores.items():
        print(f"{package}: {score:.1f} % of the public types are known")
    theirs, ours = scores.values()
    return ours >= theirs
