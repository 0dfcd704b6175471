"""Queues that can be waited on without taking anything.

Imported by ``pregel`` and LangGraph's tests. Loads asyncio.
"""

from __future__ import annotations

import asyncio
import queue
import threading
from collections import deque
from time import monotonic
from typing import Any, Deque, Optional


class AsyncQueue(asyncio.Queue):
    """An unbounded `asyncio.Queue` with `wait`."""

    async def wait(self) -> None:
        """Return once there is an item, and leave it in the queue."""
        waiting: Deque[Any] = self._getters  # type: ignore[attr-defined]
        while self.empty():
            getter = asyncio.get_running_loop().create_future()
            waiting.append(getter)
            try:
                await getter
            except BaseException:
                getter.cancel()
                if getter in waiting:
                    waiting.remove(getter)
                elif not self.empty() and not getter.cancelled():
                    # Woken for an item that this task will not fetch any more: wake another.
                    self._wakeup_next(waiting)  # type: ignore[attr-defined]
                raise


class Semaphore(threading.Semaphore):
    """A semaphore with `wait`."""

    def wait(self, blocking: bool = True, timeout: Optional[float] = None) -> bool:
        """Whether it could be acquired; if not, wait for that. It is not acquired.

        Args:
            blocking: Whether to wait at all.
            timeout: For how many seconds; None for ever.

        Raises:
            ValueError: If there is a timeout and no waiting.
        """
        if not blocking and timeout is not None:
            raise ValueError("can't specify timeout for non-blocking acquire")
        until = None if timeout is None else monotonic() + timeout
        condition: threading.Condition = self._cond  # type: ignore[attr-defined]
        with condition:
            while not self._value:
                left = None if until is None else until - monotonic()
                if not blocking or (left is not None and left <= 0):
                    return False
                condition.wait(left)
        return True


class SyncQueue:
    """An unbounded queue between threads, first in first out, with `wait`."""

    def __init__(self) -> None:
        self._queue: Deque[Any] = deque()
        self._count = Semaphore(0)

    def put(self, item: Any, block: bool = True, timeout: Optional[float] = None) -> None:
        """Append an item; never blocks."""
        self._queue.append(item)
        self._count.release()

    def get(self, block: bool = False, timeout: Optional[float] = None) -> Any:
        """Take the first item.

        Args:
            block: Whether to wait for one.
            timeout: For how many seconds; None for ever.

        Raises:
            queue.Empty: If there is none.
            ValueError: If the timeout is negative.
        """
        self._check(timeout)
        if not self._count.acquire(block, timeout):
            raise queue.Empty
        try:
            return self._queue.popleft()
        except IndexError:
            # The count was raised without an item, to end a `wait` from outside.
            raise queue.Empty from None

    def wait(self, block: bool = True, timeout: Optional[float] = None) -> None:
        """Return once there may be an item, or when the timeout has passed; see `get`."""
        self._check(timeout)
        self._count.wait(block, timeout)

    def empty(self) -> bool:
        """Whether it is empty at this moment."""
        return not self._queue

    def qsize(self) -> int:
        """How many items it has at this moment."""
        return len(self._queue)

    def __class_getitem__(cls, item: Any) -> Any:
        return cls

    @staticmethod
    def _check(timeout: Optional[float]) -> None:
        if timeout is not None and timeout < 0:
            raise ValueError("'timeout' must be a non-negative number")
