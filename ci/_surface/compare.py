"""What differs between two inventories, and which of it is known.

`tests/conformance/upstream/divergences.toml` holds what is known, as an array of entries:

    [[missing]]
    names = ["langgraph.store.base.embed:EmbeddingsLambda*"]
    reason = "…"

The array is the kind of the difference: `missing` here, `extra` here, or `differs`. In a name, `*`
stands for any text. Every name has to match a difference of its kind, or it is out of date.

Not counted, because it is nobody's interface:

* that something of ours is in `__all__` where upstream's module has none;
* what our modules hold beyond their own `__all__`, and members of classes that are a difference
  themselves;
* where something private is defined that a module of upstream's happens to hold.
"""

from __future__ import annotations

import re
from typing import Dict, List, NamedTuple, Tuple

from lib.toml import read_toml

from .sources import Surface

KINDS = ("missing", "extra", "differs")


class Difference(NamedTuple):
    """One name that is not the same: what upstream's inventory says of it, and what ours."""

    kind: str
    name: str
    upstream: str
    ours: str


class Divergence(NamedTuple):
    """Names that are known to differ in one way, for one reason."""

    kind: str
    pattern: str
    reason: str

    def covers(self, difference: Difference) -> bool:
        """Whether this explains the difference."""
        parts = map(re.escape, self.pattern.split("*"))
        same_name = re.fullmatch(".*".join(parts), difference.name) is not None
        return self.kind == difference.kind and same_name


def read_divergences(text: str) -> List[Divergence]:
    """Parse the file of known divergences.

    Raises:
        ValueError: If an entry's kind is none, or it gives no reason.
    """
    found = []
    for kind, entries in read_toml(text).items():
        for entry in entries:
            if kind not in KINDS or not entry.get("reason"):
                raise ValueError(f"not a divergence: {kind} {entry}")
            found += [Divergence(kind, pattern, entry["reason"]) for pattern in entry["names"]]
    return found


def find_differences(upstream: Surface, ours: Surface) -> List[Difference]:
    """All that counts as different, by name."""
    found = []
    for name in sorted({**upstream, **ours}):
        theirs, mine = upstream.get(name), ours.get(name)
        if theirs is None:
            if mine is not None and _is_offered(name, upstream, ours):
                found.append(Difference("extra", name, "", mine))
        elif mine is None:
            if not _is_member_of_other(name, ours):
                found.append(Difference("missing", name, theirs, ""))
        elif not _passes_private(theirs) and theirs != _without_mark(name, mine, upstream):
            found.append(Difference("differs", name, theirs, mine))
    return found


def judge(
    differences: List[Difference], divergences: List[Divergence]
) -> Tuple[List[Difference], List[Divergence]]:
    """Returns the differences that nobody knows of, and the divergences that are gone."""
    unknown = [d for d in differences if not any(known.covers(d) for known in divergences)]
    gone = [known for known in divergences if not any(map(known.covers, differences))]
    return unknown, gone


def _has_all(name: str, surface: Dict[str, str]) -> bool:
    return "__all__" in surface.get(name.partition(":")[0] + ":", "")


def _without_mark(name: str, said: str, upstream: Surface) -> str:
    """What ours says, without what it says of `__all__` where upstream has none."""
    if _has_all(name, upstream):
        return said
    if name.endswith(":"):
        return said.partition(" with")[0]
    return said[len("listed ") :] if said.startswith("listed ") else said


def _is_offered(name: str, upstream: Surface, ours: Surface) -> bool:
    module, _, path = name.partition(":")
    if not path:
        return True
    if path.startswith("_"):
        return False
    owner = f"{module}:{path.rpartition('.')[0]}"
    if not owner.endswith(":"):
        return owner in upstream
    return ours[name].startswith("listed ") or not _has_all(name, ours)


def _passes_private(said: str) -> bool:
    return said.startswith("= ") and "._" in said.partition(":")[0]


def _is_member_of_other(name: str, ours: Surface) -> bool:
    """Whether this is a member of a class that is not defined here: one difference is enough."""
    module, _, path = name.partition(":")
    owner, _, _ = path.rpartition(".")
    return bool(owner) and f"{module}:{owner}" not in ours
