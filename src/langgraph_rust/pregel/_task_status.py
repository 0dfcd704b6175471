"""What the pending writes of a superstep say about its tasks."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Iterable, NamedTuple, Optional, Sequence, Tuple

from langgraph_rust._internal._constants import (
    ERROR,
    ERROR_SOURCE_NODE,
    INTERRUPT,
    NULL_TASK_ID,
    RESUME,
)

if TYPE_CHECKING:
    from langgraph_rust.checkpoint.base import PendingWrite
    from langgraph_rust.types import Interrupt

__all__ = ("CONTROL_WRITES", "TaskStatus", "read_task_statuses")

CONTROL_WRITES = frozenset((ERROR, ERROR_SOURCE_NODE, INTERRUPT, RESUME))
"""Names whose writes tell what happened to a task; all others are its output."""


class TaskStatus(NamedTuple):
    """How far a task has come."""

    output: Tuple[Tuple[str, Any], ...] = ()
    """The writes it produced, in the order recorded; none before it has finished."""
    interrupts: Tuple[Interrupt, ...] = ()
    """What it last asked, answered or not."""
    error: Optional[BaseException] = None
    """What it failed with."""

    @property
    def finished(self) -> bool:
        """Whether it produced its output."""
        return bool(self.output)

    @property
    def pending_interrupts(self) -> tuple[Interrupt, ...]:
        """What still waits for an answer: nothing, once the task has finished."""
        return () if self.output else self.interrupts


TaskStatus.__module__ = "langgraph.pregel._task_status"


def read_task_statuses(pending_writes: Iterable[PendingWrite]) -> dict[str, TaskStatus]:
    """Return the status of each task that has a pending write, by task id."""
    by_task: dict[str, list[tuple[str, Any]]] = {}
    for task_id, channel, value in pending_writes:
        if task_id != NULL_TASK_ID:
            by_task.setdefault(task_id, []).append((channel, value))
    return {task_id: _status(writes) for task_id, writes in by_task.items()}


def _status(writes: list[tuple[str, Any]]) -> TaskStatus:
    interrupts: list[Interrupt] = []
    for channel, value in writes:
        if channel == INTERRUPT:
            interrupts.extend(value if isinstance(value, Sequence) else [value])
    return TaskStatus(
        output=tuple(write for write in writes if write[0] not in CONTROL_WRITES),
        interrupts=tuple(interrupts),
        error=next((value for channel, value in writes if channel == ERROR), None),
    )
