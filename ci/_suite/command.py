"""The command line: runs suites, prints what came of them, decides the exit code."""

from __future__ import annotations

import argparse
import sys
from contextlib import nullcontext
from typing import Dict, List, Optional, Sequence

from lib.engine import build_engine
from lib.interpreter import UPSTREAM_MINIMUM, Interpreter, find_interpreter
from lib.services import running
from lib.wheel import find_wheel

from .census import read_census, record_census
from .conditions import true_conditions
from .ledger import LEDGER, Ledger
from .packages import PACKAGES, Package
from .session import Result, Session, print_log_tail
from .verdict import Verdict, judge

_DESCRIPTION = """\
Run upstream's own test suites on this package, and compare with the ledger of known failures
(tests/conformance/upstream/known_failures.toml): a listed test that passes fails the run, and so
does an unlisted one that fails. What is not an option below goes to pytest, whose output is
then shown: `ci/suite tests/test_channels.py -k topic`."""

# A failure that nobody knows of is tried once more on its own if there are few: on a busy
# machine, tests of time limits fail now and then, with LangGraph itself too.
_TRIED_AGAIN = 12


def main(arguments: List[str]) -> int:
    """Run the command line; returns the exit code: 1 if not as expected, 3 if it cannot run."""
    options, rest = _parse(arguments)
    interpreter = find_interpreter(UPSTREAM_MINIMUM, options.python)
    if interpreter is None:
        wanted = options.python or "{}.{} or later".format(*UPSTREAM_MINIMUM)
        print(f"ci/suite: LangGraph's suites need Python {wanted}.", file=sys.stderr)
        return 3
    engine = "upstream" if options.upstream else "ours"
    if engine == "ours" and not options.no_build and options.wheel is None:
        build_engine()
    good = True
    for package in options.package:
        good = _run_package(package, engine, interpreter, options, rest) and good
    return 0 if good else 1


def _parse(arguments: List[str]) -> tuple[argparse.Namespace, List[str]]:
    parser = argparse.ArgumentParser("ci/suite", description=_DESCRIPTION, allow_abbrev=False)
    names = [package.name for package in PACKAGES]
    add = parser.add_argument
    add("--package", action="append", choices=names, help="a suite (default: all but postgres)")
    add("--python", metavar="X.Y", help="the Python to run them on (default: one that is here)")
    add("--workers", type=int, default=2, metavar="N", help="processes for tests (default: 2)")
    add("--services", action="store_true", help="with the tests that need PostgreSQL and Redis")
    add("--update", action="store_true", help="take what passes now out of the ledger")
    add("--upstream", action="store_true", help="run on LangGraph itself, to check the harness")
    add("--record", action="store_true", help="with --upstream: write the census down")
    add("--no-build", action="store_true", help="take the engine as it was built last")
    add("--wheel", metavar="PATH", help="test this wheel; `dist` is the one in dist/")
    options, rest = parser.parse_known_args(arguments)
    if options.wheel is not None:
        options.wheel = find_wheel(None if options.wheel == "dist" else options.wheel)
    chosen = options.package or [package.name for package in PACKAGES if not package.needs_postgres]
    options.package = [package for package in PACKAGES if package.name in chosen]
    if rest and len(chosen) > 1:
        options.package = [PACKAGES[0]]
    return options, rest


def _run_package(
    package: Package,
    engine: str,
    interpreter: Interpreter,
    options: argparse.Namespace,
    rest: Sequence[str],
) -> bool:
    servers = ("postgres-checkpoint",) if package.needs_postgres else ()
    if options.services and package.services:
        servers = package.services
    with running(*servers) if servers else nullcontext():
        return _run_beside(package, engine, interpreter, options, rest)


def _run_beside(
    package: Package,
    engine: str,
    interpreter: Interpreter,
    options: argparse.Namespace,
    rest: Sequence[str],
) -> bool:
    """Run a suite whose servers are running."""
    services = options.services and bool(package.services)
    census = package.name + ("-services" if services else "")
    session = Session(package, engine, interpreter, options.wheel, services)
    workers = 0 if package.needs_postgres else options.workers
    result = session.run(rest, workers, show=bool(rest))
    if not result.tests and not result.broken:
        print(f"{package.name}: no test was run", file=sys.stderr)
        if not rest:
            print_log_tail(result.log)
        return False
    if engine == "upstream":
        _print_counts(package, result, judge(result, [], {}, is_whole=False))
        if options.record and not rest:
            record_census(census, result, interpreter)
        return True
    ledger = Ledger()
    if options.update and not rest:
        changed = ledger.shrink(package.name, result.tests)
        print(f"{LEDGER.name}: {changed} entries changed")
    entries = ledger.entries(package.name, true_conditions(session.python))
    verdict = judge(result, entries, read_census(census, interpreter), is_whole=not rest)
    if not rest and not package.needs_postgres:
        verdict = _try_again(session, verdict)
    _print_counts(package, result, verdict)
    _print_verdict(package, result, verdict)
    return verdict.is_good


def _try_again(session: Session, verdict: Verdict) -> Verdict:
    tests = [test for test in verdict.unlisted if "::" in test]
    if not tests or len(tests) > _TRIED_AGAIN:
        return verdict
    again = session.run(tests, workers=0, show=False)
    passed = [test for test in tests if test in again.tests and again.tests[test].kind == "passed"]
    for test in passed:
        print(f"failed once, then passed alone: {test}")
    unlisted = {test: why for test, why in verdict.unlisted.items() if test not in passed}
    return verdict._replace(unlisted=unlisted)


def _print_counts(package: Package, result: Result, verdict: Verdict) -> None:
    width = max((len(file) for file in verdict.counts), default=0)
    print("{:{}}  passed failed skipped  upstream".format("", width))
    for file, seen in verdict.counts.items():
        known = verdict.upstream.get(file)
        of = "" if known is None else f"  {known.passed:8}"
        print("{:{}}  {:6} {:6} {:7}{}".format(file, width, *seen, of))
    total = verdict.total
    known_total = sum(known.passed for known in verdict.upstream.values())
    of = f" (upstream: {known_total} passed)" if known_total else ""
    print(
        "{}: {} passed, {} failed, {} skipped in {:.0f} s{}".format(
            package.name, *total, result.seconds, of
        )
    )


def _print_verdict(package: Package, result: Result, verdict: Verdict) -> None:
    _print_group("fail and are not in the ledger", verdict.unlisted)
    _print_group("pass and are in the ledger", {test: "" for test in verdict.passing})
    skipped = {file: f"{more} more" for file, more in verdict.skipped_more.items()}
    _print_group("skip what upstream runs", skipped)
    state = "as expected" if verdict.is_good else "NOT as expected"
    print(f"{package.name}: {state}; {verdict.listed} known failures listed")
    if not verdict.is_good:
        print(f"pytest's output: {result.log}")


def _print_group(title: str, tests: Dict[str, str], most: Optional[int] = 200) -> None:
    if tests:
        print(f"{len(tests)} {title}:")
    for test, reason in list(tests.items())[:most]:
        print("  {}{}".format(test, "  # " + reason if reason else ""))
    if most is not None and len(tests) > most:
        print(f"  … and {len(tests) - most} more")
