"""The ledger of known failures: which upstream tests fail on this package, and why.

`tests/conformance/upstream/known_failures.toml` holds for each package an array of entries:

    [[langgraph]]
    tests = "tests/test_remote_graph.py"
    reason = "RemoteGraph is missing"

`tests` names a file, a class or function (with all its parameters), one parametrised test, or,
with `*` for any text, a group. `reason` names the missing feature. An entry with `when` counts
only on machines of which that is true; the conditions are in `conditions`.

The ledger only shrinks: a listed test that passes has to leave it.
"""

from __future__ import annotations

import re
from pathlib import Path
from typing import Dict, Iterable, List, NamedTuple, Optional, Set

from lib import ROOT
from lib.toml import read_toml

from .session import Outcome

FOLDER = ROOT / "tests" / "conformance" / "upstream"
LEDGER = FOLDER / "known_failures.toml"


class Entry(NamedTuple):
    """Tests that are known to fail, for one reason."""

    tests: str
    reason: str
    when: str = ""

    def matches(self, test: str) -> bool:
        """Whether a test id falls under this entry."""
        pattern = ".*".join(re.escape(part) for part in self.tests.split("*"))
        # Whole names only: test_a covers test_a[x] and not test_ab.
        return re.fullmatch(pattern + r"((::|\[).*)?", test, re.DOTALL) is not None


class Ledger:
    """The entries of all packages, as read from a file."""

    def __init__(self, path: Path = LEDGER) -> None:
        self._path = path
        text = path.read_text(encoding="utf-8") if path.exists() else ""
        # What stands above the first entry is the file's own explanation.
        self._preface = text.partition("[[")[0]
        self._entries: Dict[str, List[Entry]] = {
            package: [Entry(**entry) for entry in entries]
            for package, entries in read_toml(text).items()
        }

    def entries(self, package: str, facts: Iterable[str]) -> List[Entry]:
        """The entries of a package that count where these conditions are true."""
        true = set(facts) | {""}
        return [entry for entry in self._entries.get(package, []) if entry.when in true]

    def shrink(self, package: str, tests: Dict[str, Outcome]) -> int:
        """Take out what passes now, after a whole run. An entry of many tests may be split.

        Returns:
            How many entries changed.
        """
        before = self._entries.get(package, [])
        after: List[Entry] = []
        for entry in before:
            after.extend(_still_failing(entry, tests))
        self._entries[package] = after
        changed = len(set(before) - set(after))
        if changed:
            self._write()
        return changed

    def _write(self) -> None:
        lines = [self._preface.rstrip("\n")]
        for package, entries in self._entries.items():
            for entry in entries:
                lines.append(f"\n[[{package}]]")
                lines.extend(
                    f"{name} = {_quote(value)}"
                    for name, value in zip(entry._fields, entry)
                    if value
                )
        self._path.write_text("\n".join(lines) + "\n", encoding="utf-8")


def _still_failing(entry: Entry, tests: Dict[str, Outcome]) -> List[Entry]:
    matched = [test for test in tests if entry.matches(test)]
    passing = {test for test in matched if tests[test].kind == "passed"}
    failing = [test for test in matched if tests[test].kind == "failed"]
    if not passing:
        # Its tests fail, or were not collected at all: then it is the file that is broken.
        return [entry]
    return [entry._replace(tests=name) for name in _fewest_names(failing, passing)]


def _fewest_names(failing: List[str], passing: Set[str]) -> List[str]:
    """Name failing tests by file or function where nothing in it passes, else one by one."""
    names: List[str] = []
    for test in failing:
        name: Optional[str] = None
        for candidate in (test.partition("::")[0], test.partition("[")[0]):
            if not any(Entry(candidate, "").matches(other) for other in passing):
                name = candidate
                break
        if (name or test) not in names:
            names.append(name or test)
    return names


def _quote(text: str) -> str:
    escaped = text.replace("\\", "\\\\").replace('"', '\\"').replace("\n", "\\n")
    return f'"{escaped}"'
