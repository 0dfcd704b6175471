"""What one task keeps while it runs: its counters and the answers it was resumed with.

Imported by ``managed``, ``pregel`` and ``types``.
"""

from __future__ import annotations

from typing import Any, Callable, List

from langgraph_rust._internal._compat import name_as_upstream
from langgraph_rust._internal._record import record


@record(frozen=True, kw_only=True)
class PregelScratchpad:
    """The scratchpad of a task.

    Attributes:
        step: The number of this superstep.
        stop: The number of the superstep before which the run must be done.
        call_counter: Counts the calls the task made; each call returns the next number.
        interrupt_counter: Counts its interrupts, likewise.
        get_null_resume: The answer that was given to no task in particular; with True it is
            taken, so that no other task gets it.
        resume: The answers to this task's interrupts, in the order they were asked.
        subgraph_counter: Counts the subgraphs it ran, likewise.
    """

    __slots__ = (
        "step",
        "stop",
        "call_counter",
        "interrupt_counter",
        "get_null_resume",
        "resume",
        "subgraph_counter",
    )

    step: int
    stop: int
    call_counter: Callable[[], int]
    interrupt_counter: Callable[[], int]
    get_null_resume: Callable[[bool], Any]
    resume: List[Any]
    subgraph_counter: Callable[[], int]

    def __init__(
        self,
        *,
        step: int,
        stop: int,
        call_counter: Callable[[], int],
        interrupt_counter: Callable[[], int],
        get_null_resume: Callable[[bool], Any],
        resume: List[Any],
        subgraph_counter: Callable[[], int],
    ) -> None:
        put = object.__setattr__
        put(self, "step", step)
        put(self, "stop", stop)
        put(self, "call_counter", call_counter)
        put(self, "interrupt_counter", interrupt_counter)
        put(self, "get_null_resume", get_null_resume)
        put(self, "resume", resume)
        put(self, "subgraph_counter", subgraph_counter)


name_as_upstream(globals())
