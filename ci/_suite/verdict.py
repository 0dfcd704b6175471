"""A run's outcome held against the ledger and the census."""

from __future__ import annotations

from typing import Dict, List, NamedTuple

from .census import Count, count
from .ledger import Entry
from .session import Result


class Verdict(NamedTuple):
    """What a run says about the package.

    Attributes:
        counts: Outcomes by file; tests of a file that could not be collected count as failed.
        upstream: The census, by file.
        unlisted: Failures that no entry names, with reasons. A key may be a whole file.
        passing: Listed tests that pass.
        skipped_more: Files that skip tests which upstream runs, and how many.
        listed: How many failures the ledger names.
    """

    counts: Dict[str, Count]
    upstream: Dict[str, Count]
    unlisted: Dict[str, str]
    passing: List[str]
    skipped_more: Dict[str, int]
    listed: int

    @property
    def is_good(self) -> bool:
        return not (self.unlisted or self.passing or self.skipped_more)

    @property
    def total(self) -> Count:
        return Count(*map(sum, zip(*self.counts.values()))) if self.counts else Count()


def judge(
    result: Result, entries: List[Entry], upstream: Dict[str, Count], is_whole: bool
) -> Verdict:
    """Hold a run against what is known.

    Args:
        result: The run.
        entries: The ledger's entries that count here.
        upstream: The census; may be empty.
        is_whole: Whether the whole suite was run, so that what is missing is lost.
    """
    counts = count(result)
    failures = {
        test: outcome.reason for test, outcome in result.tests.items() if outcome.kind == "failed"
    }
    for file, lost in _lost_tests(result, counts, upstream, is_whole).items():
        seen = counts.get(file, Count())
        counts[file] = seen._replace(failed=seen.failed + lost)
        reason = result.broken.get(file, "collected fewer tests than upstream")
        failures[file] = f"{lost} tests lost: {reason}"
    unlisted = {
        test: reason
        for test, reason in failures.items()
        if not any(entry.matches(test) for entry in entries)
    }
    passing = [
        test
        for test, outcome in result.tests.items()
        if outcome.kind == "passed" and any(entry.matches(test) for entry in entries)
    ]
    skipped_more = {
        file: seen.skipped - upstream[file].skipped
        for file, seen in counts.items()
        if file in upstream and seen.skipped > upstream[file].skipped
    }
    shown = {file: counts[file] for file in sorted(counts)}
    return Verdict(shown, upstream, unlisted, passing, skipped_more, len(failures) - len(unlisted))


def _lost_tests(
    result: Result, counts: Dict[str, Count], upstream: Dict[str, Count], is_whole: bool
) -> Dict[str, int]:
    """How many tests were not collected, by file: of broken files, and if whole, of all."""
    lost = {file: 1 for file in result.broken}
    for file, known in upstream.items():
        missing = known.total - counts.get(file, Count()).total
        if missing > 0 and (is_whole or file in result.broken):
            lost[file] = missing
    return lost
