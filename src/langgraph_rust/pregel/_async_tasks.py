"""Tasks of a run on the user's event loop: what the engine leaves to Python."""

from __future__ import annotations

import asyncio
import sys
from typing import Any

from langgraph_rust.pregel._async_timeout import TimedAttempt


async def attempt(task: Any) -> None:
    """Run to its end a task that has a timeout, or an object like it; retries included."""
    while True:
        task.begin()
        timed = None if task.timeout is None else TimedAttempt(task)
        try:
            if timed is None:
                pending = task.advance(None)
                while pending is not None:
                    pending = task.advance(await pending)
            else:
                await timed.run()
                timed.finish(None)
            return
        except asyncio.CancelledError as error:
            if is_being_cancelled():
                if timed is not None:
                    timed.finish(error)
                raise
            delay = (timed or task).judge(error)
        except BaseException as error:
            delay = (timed or task).judge(error)
        if delay is None:
            return
        await asyncio.sleep(delay)


def is_being_cancelled() -> bool:
    """Tell whether a cancellation came from outside the code of the running task."""
    if sys.version_info < (3, 11):
        return True
    current = asyncio.current_task()
    return current is None or current.cancelling() > 0


async def await_any(awaitable: Any) -> Any:
    """Await what is no coroutine."""
    return await awaitable
