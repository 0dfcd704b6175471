"""Tasks of a run on the user's event loop."""

from __future__ import annotations

import asyncio
import sys
from contextvars import Context, copy_context
from typing import Any, Callable, Dict, Tuple

from langgraph_rust import _engine
from langgraph_rust._langchain.context import CONFIG_VAR


async def attempt(task: Any, awaitable: Any = None) -> None:
    """Run a task of the engine to its end, retries included.

    Args:
        task: The task.
        awaitable: What its first attempt waits for already; None begins it.
    """
    while True:
        begun, awaitable = awaitable, None
        if begun is None:
            task.begin()
        timed = None if task.timeout is None else _timed(task)
        try:
            if timed is not None:
                await timed.run()
                timed.finish(None)
            else:
                pending = task.advance(None) if begun is None else begun
                while pending is not None:
                    pending = task.advance(await pending)
            return
        except asyncio.CancelledError as error:
            if not _raised_by_user():
                if timed is not None:
                    timed.finish(error)
                raise
            delay = (timed or task).judge(error)
        except BaseException as error:
            delay = (timed or task).judge(error)
        if delay is None:
            return
        await asyncio.sleep(delay)


def _timed(task: Any) -> Any:
    from langgraph_rust.pregel._async_timeout import TimedAttempt

    return TimedAttempt(task)


def _raised_by_user() -> bool:
    """Tell whether the code of the running task raised its cancellation itself."""
    if sys.version_info < (3, 11):
        return False
    current = asyncio.current_task()
    return current is not None and current.cancelling() == 0


def context_of(task: Any) -> Context:
    """Return a copy of the current context in which the task's config is the running one."""
    context = copy_context()
    context.run(CONFIG_VAR.set, task)
    return context


def call_on_executor(
    func: Callable[..., Any], args: Tuple[Any, ...], kwargs: Dict[str, Any]
) -> asyncio.Future[Any]:
    """Call a sync function on the engine's executor, in a copy of the current context."""
    loop = asyncio.get_running_loop()
    future: asyncio.Future[Any] = loop.create_future()
    context = copy_context()

    def job() -> None:
        settle: Callable[..., None]
        outcome: Any
        try:
            settle, outcome = _set_result, context.run(func, *args, **kwargs)
        except StopIteration as error:
            # asyncio cannot carry it
            settle, outcome = _set_exception, RuntimeError(str(error))
            outcome.__cause__ = error
        except BaseException as error:
            settle, outcome = _set_exception, error
        try:
            loop.call_soon_threadsafe(settle, future, outcome)
        except RuntimeError:
            pass  # the loop was closed meanwhile: nobody waits any more

    _engine.spawn(job)
    return future


def _set_result(future: asyncio.Future[Any], result: Any) -> None:
    if not future.done():
        future.set_result(result)


def _set_exception(future: asyncio.Future[Any], error: BaseException) -> None:
    if not future.done():
        future.set_exception(error)
