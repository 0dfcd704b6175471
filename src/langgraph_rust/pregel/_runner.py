"""Futures of tasks as upstream's runner keeps them, and our driver under the runner's name.

Imported by upstream's tests.
"""

from __future__ import annotations

from threading import Lock
from typing import Any, Callable, Collection, Dict, Iterable, Optional, Set

from langgraph_rust.errors import GraphBubbleUp, is_invalid_resume
from langgraph_rust.pregel._async_driver import AsyncDriver as PregelRunner

__all__ = ("FuturesDict", "PregelRunner", "_should_stop_others")


def _error_of(future: Any) -> Optional[BaseException]:
    if not future.cancelled():
        error: Optional[BaseException] = future.exception()
        return error
    import asyncio

    if isinstance(future, asyncio.Future):
        return asyncio.CancelledError()
    from concurrent.futures import CancelledError

    return CancelledError()


def _should_stop_others(
    done: Iterable[Any], *, handled_exception_ids: Optional[Collection[int]] = None
) -> bool:
    """Tell whether one of these futures failed in a way that ends the superstep.

    Args:
        done: Futures that have ended.
        handled_exception_ids: The ids of errors that were left to an error handler.
    """
    for future in done:
        error = None if future.cancelled() else future.exception()
        if error is None or id(error) in (handled_exception_ids or ()):
            continue
        if not isinstance(error, GraphBubbleUp) and not is_invalid_resume(error):
            return True
    return False


class FuturesDict(Dict[Any, Any]):
    """The futures of a superstep with their tasks; None for one that is not a task's.

    Its event is set when all tasks have ended, or one has ended so that the others are to stop.

    Args:
        event: A `threading.Event` or its like.
        callback: A weak reference to what is told of each end: `callback(task, error)`.
        should_stop: Takes the futures that failed.
        future_type: The class of the futures, for the type checker.
    """

    def __init__(
        self,
        event: Any,
        callback: Callable[[], Optional[Callable[[Any, Optional[BaseException]], None]]],
        should_stop: Callable[[Set[Any]], bool],
        future_type: Any,
    ) -> None:
        super().__init__()
        self.event = event
        self.callback = callback
        self.should_stop = should_stop
        self.counter = 0
        self.done: Set[Any] = set()
        self.failed: Set[Any] = set()
        self.lock = Lock()

    def __setitem__(self, future: Any, task: Any) -> None:
        super().__setitem__(future, task)
        if task is None:
            return
        with self.lock:
            self.counter += 1
            self.event.clear()
        future.add_done_callback(lambda ended: self.on_done(task, ended))

    def on_done(self, task: Any, future: Any) -> None:
        """Take in the end of a task's future."""
        error = _error_of(future)
        try:
            tell = self.callback()
            if tell is not None:
                tell(task, error)
        finally:
            with self.lock:
                self.counter -= 1
                self.done.add(future)
                if error is not None and not future.cancelled():
                    self.failed.add(future)
                if self.counter == 0 or self.should_stop(self.failed):
                    self.event.set()
