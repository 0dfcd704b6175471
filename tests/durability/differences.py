"""What distinguishes two threads of the program."""

from typing import Any, List


def difference(outcome: List[Any], expected: List[Any]) -> str:
    """What distinguishes two outcomes of a thread; empty if nothing."""
    if outcome[0] != expected[0]:
        return f"the state is {outcome[0]!r}"
    if outcome[1] != expected[1]:
        steps = [row[:3] for row in outcome[1]]
        return f"the history is {steps!r}"
    return ""
