"""Requests to savers and caches that are awaited beside an asyncio run, in their order."""

from __future__ import annotations

import asyncio
from collections import deque
from typing import Any, Awaitable, Callable, Deque, Optional, Tuple

from langgraph_rust._engine import PENDING_CHECKPOINTS

# the saver's method, its arguments, and whether no checkpoint may be stored once it has failed
Request = Tuple[str, Any, bool]


class Lane:
    """Performs requests one at a time; keeps their first failure for the end of the run."""

    __slots__ = (
        "checkpoints",
        "failure",
        "loop",
        "moved",
        "perform",
        "put_failed",
        "requests",
        "running",
    )

    def __init__(self, loop: Any, perform: Callable[[str, Any], Awaitable[Any]]) -> None:
        self.loop = loop
        self.perform = perform
        self.requests: Deque[Request] = deque()
        # how many of the requests that are not done are checkpoints
        self.checkpoints = 0
        # rung after a checkpoint, while somebody waits for that
        self.moved: Optional[asyncio.Future[None]] = None
        self.running: Optional[asyncio.Task[None]] = None
        self.failure: Optional[BaseException] = None
        self.put_failed = False

    def add(self, request: Request) -> None:
        """Have a request performed after those before it."""
        self.checkpoints += request[0] == "put"
        self.requests.append(request)
        if self.running is None:
            self.running = self.loop.create_task(self._run())

    async def _run(self) -> None:
        while self.requests:
            name, args, binds = self.requests.popleft()
            try:
                if name != "put" or not self.put_failed:
                    await self.perform(name, args)
            except BaseException as error:
                self.put_failed = self.put_failed or binds
                if self.failure is None:
                    self.failure = error
                if isinstance(error, asyncio.CancelledError):
                    raise
            finally:
                if name == "put":
                    self._step_on()
        self.running = None

    def _step_on(self) -> None:
        self.checkpoints -= 1
        moved, self.moved = self.moved, None
        if moved is not None and not moved.done():
            moved.set_result(None)

    async def room(self) -> None:
        """Wait until no more checkpoints are behind than a run may leave."""
        while self.checkpoints >= PENDING_CHECKPOINTS and self.running is not None:
            if self.running.done():
                return
            self.moved = self.loop.create_future()
            await asyncio.wait((self.moved, self.running), return_when=asyncio.FIRST_COMPLETED)

    async def drained(self) -> None:
        """Wait until all requests are done, those too that come in the meantime."""
        while self.running is not None:
            running = self.running
            await asyncio.wait((running,))
            if running is self.running and running.done():
                self.running = None

    def take_failure(self) -> Optional[BaseException]:
        """Return the first failure, once."""
        failure, self.failure = self.failure, None
        return failure
