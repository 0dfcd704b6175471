"""The command line: takes our inventory, compares, prints what differs, decides the exit code."""

from __future__ import annotations

import argparse
import subprocess
import sys
from typing import List

from lib import ROOT
from lib.interpreter import UPSTREAM_MINIMUM, Interpreter, find_interpreter

from .compare import KINDS, Difference, find_differences, judge, read_divergences
from .sources import parse, take_ours, take_upstream

FOLDER = ROOT / "tests" / "conformance" / "upstream"
SURFACE = FOLDER / "surface.txt"
DIVERGENCES = FOLDER / "divergences.toml"

_DESCRIPTION = """\
Compare the public surface of this package (modules, names, signatures, ancestors, members,
__all__, __module__) with LangGraph's as written down in tests/conformance/upstream/surface.txt.
What differs has to be in divergences.toml beside it, with its reason; what is there has to differ.
Takes the engine as it was built last."""

_PREFACE = """\
# The public surface of langgraph 1.2.22, langgraph-checkpoint 4.3.2 and langgraph-prebuilt 1.1.2,
# written by `ci/api-diff --record`. ci/_surface/inventory.py tells how to read it.
"""


def main(arguments: List[str]) -> int:
    """Run the command line; returns the exit code: 1 if not as expected, 3 if it cannot run."""
    parser = argparse.ArgumentParser("ci/api-diff", description=_DESCRIPTION)
    add = parser.add_argument
    add("--python", metavar="X.Y", help="the Python to compare on (default: one that is here)")
    add("--all", action="store_true", help="print the known divergences too")
    add("--record", action="store_true", help="write LangGraph's surface down, and compare nothing")
    options = parser.parse_args(arguments)
    interpreter = find_interpreter(UPSTREAM_MINIMUM, options.python)
    if interpreter is None:
        wanted = options.python or "{}.{} or later".format(*UPSTREAM_MINIMUM)
        print(f"ci/api-diff: this needs Python {wanted}.", file=sys.stderr)
        return 3
    try:
        return _record(interpreter) if options.record else _compare(interpreter, options.all)
    except subprocess.CalledProcessError:
        print("ci/api-diff: this needs the engine of these sources: ci/build.", file=sys.stderr)
        return 3


def _record(interpreter: Interpreter) -> int:
    lines = [f"{name}  {said}\n" for name, said in sorted(take_upstream(interpreter).items())]
    SURFACE.write_text(_PREFACE + "".join(lines), encoding="utf-8")
    print(f"{SURFACE.name}: {len(lines)} names")
    return 0


def _compare(interpreter: Interpreter, show_all: bool) -> int:
    upstream = parse(SURFACE.read_text(encoding="utf-8"))
    differences = find_differences(upstream, take_ours(interpreter, upstream))
    divergences = read_divergences(DIVERGENCES.read_text(encoding="utf-8"))
    unknown, gone = judge(differences, divergences)
    _print_differences(differences if show_all else unknown)
    for divergence in gone:
        print(f"listed, and gone: {divergence.kind} {divergence.pattern}")
    known = len(differences) - len(unknown)
    state = "NOT as expected" if unknown or gone else "as expected"
    print(f"api-diff: {state}; {len(upstream)} names, {known} known divergences", end="")
    print(f", {len(unknown)} unknown, {len(gone)} gone" if unknown or gone else "")
    return 1 if unknown or gone else 0


def _print_differences(differences: List[Difference]) -> None:
    for kind in KINDS:
        for difference in differences:
            if difference.kind == kind:
                print(f"{kind} {difference.name}")
                for side, said in (("upstream", difference.upstream), ("ours", difference.ours)):
                    if said:
                        print(f"  {side}: {said}")
