"""Attempts with a run timeout or an idle timeout, on the user's event loop."""

from __future__ import annotations

import asyncio
import time
from typing import Any, NamedTuple, Optional, Tuple

from langgraph_rust._langchain.context import create_task_in_config_context
from langgraph_rust.errors import GraphBubbleUp, NodeTimeoutError
from langgraph_rust.pregel._attempt_events import report_of
from langgraph_rust.pregel._attempt_scope import RUNNING_SCOPE, TimedAttemptScope

_REPORTS_A_WINDOW = 4
"""How often progress is reported within one idle timeout at most."""


class Limits(NamedTuple):
    """A `TimeoutPolicy` in seconds."""

    run_s: Optional[float]
    idle_s: Optional[float]
    refresh_on: Optional[str]


def limits_of(policy: Any) -> Limits:
    """Return the limits that a policy sets."""
    idle_s = _seconds(policy.idle_timeout)
    return Limits(
        _seconds(policy.run_timeout), idle_s, None if idle_s is None else policy.refresh_on
    )


def _seconds(value: Any) -> Optional[float]:
    return value.total_seconds() if hasattr(value, "total_seconds") else value


class TimedAttempt:
    """One attempt of a task that has a timeout; its start is reported when it is made."""

    __slots__ = ("limits", "report", "task")

    def __init__(self, task: Any) -> None:
        self.task = task
        self.limits = limits_of(task.timeout)
        self.report = report_of(task, self.limits)
        if self.report is not None:
            self.report.start()

    async def run(self) -> None:
        """Run the attempt.

        Raises:
            NodeTimeoutError: A limit was passed. The attempt is cancelled and not waited for;
                nothing that it still does gets out of it.
        """
        limits = self.limits
        reported = self.report is not None and limits.idle_s is not None
        scope = TimedAttemptScope(
            on_progress=self.report.progress if reported else None,  # type: ignore[union-attr]
            progress_min_interval=(limits.idle_s or 0.0) / _REPORTS_A_WINDOW,
            refresh_on=limits.refresh_on,
        )
        task = self.task
        config = scope.wrap_config(task.config)
        task.guard(config)
        scope.start()  # not before: the config may have brought in libraries
        running = create_task_in_config_context(lambda: _advance(task, scope), config)
        try:
            await self._watch(running, scope)
        finally:
            scope.close()
            task.guard(None)
            if not running.done():
                running.cancel()
                running.add_done_callback(_forget_outcome)

    async def _watch(self, running: Any, scope: TimedAttemptScope) -> None:
        started = time.monotonic()
        while True:
            elapsed = time.monotonic() - started
            left_s, kind = self._time_left(elapsed, scope)
            if left_s <= 0:
                scope.close()
                self.task.forget_writes()
                raise NodeTimeoutError(
                    self.task.name,
                    elapsed,
                    kind=kind,  # type: ignore[arg-type]
                    idle_timeout=self.limits.idle_s,
                    run_timeout=self.limits.run_s,
                ) from asyncio.TimeoutError()
            await asyncio.wait((running,), timeout=left_s)
            if running.done():
                running.result()
                return

    def _time_left(self, elapsed_s: float, scope: TimedAttemptScope) -> Tuple[float, str]:
        """Return the seconds until the first limit is passed, and which it is."""
        run_s, idle_s, _ = self.limits
        left = []
        if idle_s is not None:
            left.append((idle_s - scope.idle_s(), "idle"))
        if run_s is not None:
            left.append((run_s - elapsed_s, "run"))
        return min(left)

    def judge(self, error: BaseException) -> Optional[float]:
        """Let the engine decide about the failed attempt, and report its end; see `Task.judge`."""
        try:
            delay: Optional[float] = self.task.judge(error)
        except BaseException as final:
            self.finish(final if isinstance(error, GraphBubbleUp) else error)
            raise
        self.finish(None if delay is None else error)
        return delay

    def finish(self, error: Optional[BaseException]) -> None:
        """Report the end of the attempt; what merely bubbles up is no error."""
        if self.report is not None:
            self.report.finish(None if isinstance(error, GraphBubbleUp) else error)


async def _advance(task: Any, scope: TimedAttemptScope) -> None:
    RUNNING_SCOPE.set(scope)
    pending = task.advance(None)
    while pending is not None:
        value = await pending
        if not scope.active:
            return  # too late: the task may be in its next attempt already
        pending = task.advance(value)


def _forget_outcome(running: Any) -> None:
    # asyncio would log an error that nobody looked at
    if not running.cancelled():
        running.exception()
