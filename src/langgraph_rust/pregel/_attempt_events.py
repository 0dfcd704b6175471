"""What the observer of timed attempts is told.

An observer is a callable in the config, by which a server that runs graphs follows attempts with a
timeout from outside. It is called from any thread.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timezone
from typing import Any, Callable, NamedTuple, Optional

from langgraph_rust._internal._constants import (
    CONF,
    CONFIG_KEY_RUNTIME,
    CONFIG_KEY_TIMED_ATTEMPT_OBSERVER,
)
from langgraph_rust.pregel import _log
from langgraph_rust.runtime import Runtime


class AttemptContext(NamedTuple):
    """What all events of an attempt share. Limits are in seconds."""

    task_id: str
    task_name: str
    attempt: int
    run_id: Optional[str]
    thread_id: Optional[str]
    checkpoint_ns: Optional[str]
    started_at: datetime
    run_timeout_secs: Optional[float]
    idle_timeout_secs: Optional[float]
    refresh_on: Optional[str]


@dataclass(frozen=True)
class AttemptEvent:
    """The ``"start"``, ``"progress"`` or ``"finish"`` of an attempt.

    Attributes:
        context: The attempt.
        event: Which of the three.
        progress_at: When there was progress.
        finished_at: When it finished.
        status: How it finished: ``"success"`` or ``"error"``.
        error_type: The name of the error's class.
        error_message: The error as text.
    """

    context: AttemptContext
    event: str
    progress_at: Optional[datetime] = None
    finished_at: Optional[datetime] = None
    status: Optional[str] = None
    error_type: Optional[str] = None
    error_message: Optional[str] = None


class AttemptReport:
    """Tells an observer about one attempt; what the observer raises is logged."""

    __slots__ = ("context", "observer")

    def __init__(self, observer: Callable[[AttemptEvent], None], context: AttemptContext) -> None:
        self.observer = observer
        self.context = context

    def start(self) -> None:
        self._tell(AttemptEvent(self.context, "start"))

    def progress(self) -> None:
        self._tell(AttemptEvent(self.context, "progress", progress_at=_now()))

    def finish(self, error: Optional[BaseException]) -> None:
        """Tell how the attempt ended; to be called before anything is done about its error."""
        failed = error is not None
        event = AttemptEvent(
            self.context,
            "finish",
            finished_at=_now(),
            status="error" if failed else "success",
            error_type=type(error).__name__ if failed else None,
            error_message=str(error) if failed else None,
        )
        self._tell(event)

    def _tell(self, event: AttemptEvent) -> None:
        try:
            self.observer(event)
        except Exception:
            _log.logger.warning("Timed attempt observer failed", exc_info=True)


def report_of(task: Any, limits: Any) -> Optional[AttemptReport]:
    """Return the report of the task's attempt that begins now; None if nobody observes it."""
    conf = task.config.get(CONF, {})
    observer = conf.get(CONFIG_KEY_TIMED_ATTEMPT_OBSERVER)
    if observer is None:
        return None
    runtime = conf.get(CONFIG_KEY_RUNTIME)
    info = runtime.execution_info if isinstance(runtime, Runtime) else None
    context = AttemptContext(
        task_id=task.id,
        task_name=task.name,
        attempt=1 if info is None else info.node_attempt,
        run_id=None if info is None else info.run_id,
        thread_id=None if info is None else info.thread_id,
        checkpoint_ns=None if info is None else info.checkpoint_ns,
        started_at=_now(),
        run_timeout_secs=limits.run_s,
        idle_timeout_secs=limits.idle_s,
        refresh_on=limits.refresh_on,
    )
    return AttemptReport(observer, context)


def _now() -> datetime:
    return datetime.now(timezone.utc)
