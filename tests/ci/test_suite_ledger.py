"""`ci/suite`: which failures are known, what is lost, and how the ledger shrinks."""

from __future__ import annotations

import sys
from pathlib import Path

import pytest

sys.path.insert(0, str(Path(__file__).resolve().parents[2] / "ci"))

from _suite.census import Count, count
from _suite.ledger import Entry, Ledger
from _suite.session import Outcome, Result
from _suite.verdict import judge

PASSED, FAILED, SKIPPED = Outcome("passed"), Outcome("failed", "because"), Outcome("skipped")


def result_of(tests, broken=None, skipped_files=()) -> Result:
    return Result(tests, broken or {}, list(skipped_files), 1.0, 0, Path())


@pytest.mark.parametrize(
    ("names", "test", "matches"),
    [
        ("tests/test_a.py", "tests/test_a.py::test_x[1]", True),
        ("tests/test_a.py", "tests/test_a.py", True),
        ("tests/test_a.py", "tests/test_ab.py::test_x", False),
        ("tests/test_a.py::test_x", "tests/test_a.py::test_x[1-a]", True),
        ("tests/test_a.py::test_x", "tests/test_a.py::test_xy", False),
        ("tests/test_a.py::test_x[1]", "tests/test_a.py::test_x[2]", False),
        ("tests/test_a.py::Group", "tests/test_a.py::Group::test_x", True),
        ("tests/test_a.py::test_*_async", "tests/test_a.py::test_x_async[1]", True),
        ("tests/test_a.py::test_*[sqlite]", "tests/test_a.py::test_x[sqlite]", True),
        ("tests/test_a.py::test_*[sqlite]", "tests/test_a.py::test_x[memory]", False),
    ],
)
def test_an_entry_names_whole_names(names: str, test: str, matches: bool) -> None:
    assert Entry(names, "").matches(test) is matches


def test_a_listed_failure_is_expected() -> None:
    verdict = judge(
        result_of({"t.py::a": PASSED, "t.py::b": FAILED}), [Entry("t.py::b", "")], {}, True
    )
    assert verdict.is_good
    assert (verdict.listed, verdict.total) == (1, Count(1, 1, 0))


def test_an_unlisted_failure_is_not() -> None:
    verdict = judge(result_of({"t.py::b": FAILED}), [], {}, True)
    assert not verdict.is_good
    assert verdict.unlisted == {"t.py::b": "because"}


def test_a_listed_test_that_passes_is_not_expected() -> None:
    verdict = judge(result_of({"t.py::b": PASSED}), [Entry("t.py", "")], {}, True)
    assert not verdict.is_good
    assert verdict.passing == ["t.py::b"]


def test_a_file_that_cannot_be_collected_fails_with_all_its_tests() -> None:
    run = result_of({"u.py::a": PASSED}, broken={"t.py": "ImportError"})
    verdict = judge(run, [], {"t.py": Count(passed=7)}, True)
    assert verdict.counts["t.py"] == Count(0, 7, 0)
    assert verdict.unlisted == {"t.py": "7 tests lost: ImportError"}
    assert judge(run, [Entry("t.py", "")], {"t.py": Count(passed=7)}, True).is_good


def test_tests_that_vanish_fail() -> None:
    run = result_of({"t.py::a": PASSED})
    assert not judge(run, [], {"t.py": Count(passed=2)}, is_whole=True).is_good
    assert judge(run, [], {"t.py": Count(passed=2)}, is_whole=False).is_good


def test_skipping_more_than_upstream_fails() -> None:
    run = result_of({"t.py::a": PASSED, "t.py::b": SKIPPED})
    assert judge(run, [], {"t.py": Count(passed=1, skipped=1)}, True).is_good
    verdict = judge(run, [], {"t.py": Count(passed=2)}, True)
    assert (verdict.is_good, verdict.skipped_more) == (False, {"t.py": 1})


def test_a_file_that_skips_itself_counts_once() -> None:
    assert count(result_of({}, skipped_files=["t.py"])) == {"t.py": Count(skipped=1)}


LEDGER = """\
# Why this file is.

[[p]]
tests = "t.py"
reason = "a \\"reason\\""

[[p]]
tests = "u.py::test_*"
reason = "another"

[[p]]
tests = "v.py::test_x"
reason = "third"
when = "sqlite without extensions"

[[q]]
tests = "t.py"
reason = "of another package"
"""


def test_the_ledger_shrinks_to_what_still_fails(tmp_path: Path) -> None:
    path = tmp_path / "ledger.toml"
    path.write_text(LEDGER)
    tests = {
        "t.py::test_a[1]": FAILED,
        "t.py::test_a[2]": FAILED,
        "t.py::test_b[1]": FAILED,
        "t.py::test_b[2]": PASSED,
        "u.py::test_a": PASSED,
        "v.py::test_x": FAILED,
    }
    assert Ledger(path).shrink("p", tests) == 2
    facts = ["sqlite without extensions"]
    names = [entry.tests for entry in Ledger(path).entries("p", facts)]
    assert names == ["t.py::test_a", "t.py::test_b[1]", "v.py::test_x"]
    assert Ledger(path).entries("p", facts)[0].reason == 'a "reason"'
    assert [entry.tests for entry in Ledger(path).entries("p", [])] == names[:2]
    assert len(Ledger(path).entries("q", [])) == 1
    assert path.read_text().startswith("# Why this file is.\n")
    assert Ledger(path).shrink("p", tests) == 0


def test_an_entry_whose_tests_were_not_collected_stays(tmp_path: Path) -> None:
    path = tmp_path / "ledger.toml"
    path.write_text(LEDGER)
    assert Ledger(path).shrink("p", {"w.py::test_a": PASSED}) == 0
    assert path.read_text() == LEDGER
