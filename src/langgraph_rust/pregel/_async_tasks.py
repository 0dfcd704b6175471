"""Tasks of a run on the user's event loop."""

from __future__ import annotations

import asyncio
import sys
from contextvars import Context, copy_context
from typing import Any, Callable, Coroutine, Dict, Optional, Tuple

from langgraph_rust import _engine
from langgraph_rust._langchain.context import CONFIG_VAR

_EAGER = sys.version_info >= (3, 12)
_CONTEXT_ARGUMENT = sys.version_info >= (3, 11)


async def attempt(task: Any) -> None:
    """Run a task of the engine to its end, retries included."""
    while True:
        task.begin()
        try:
            if task.timeout is not None:
                from langgraph_rust.pregel._async_timeout import run_timed

                await run_timed(task)
            else:
                awaitable = task.advance(None)
                while awaitable is not None:
                    awaitable = task.advance(await awaitable)
            return
        except asyncio.CancelledError as error:
            if not _raised_by_user():
                raise
            task.judge(error)
        except BaseException as error:
            delay = task.judge(error)
            if delay is None:
                return
        await asyncio.sleep(delay)


def _raised_by_user() -> bool:
    """Tell whether the code of the running task raised its cancellation itself."""
    if not _CONTEXT_ARGUMENT:
        return False
    current = asyncio.current_task()
    return current is not None and current.cancelling() == 0


def context_of(task: Any) -> Context:
    """Return a copy of the current context in which the task's config is the running one."""
    context = copy_context()
    context.run(CONFIG_VAR.set, task)
    return context


def start(
    coroutine: Coroutine[Any, Any, Any],
    context: Context,
    name: str,
    loop: asyncio.AbstractEventLoop,
) -> asyncio.Task[Any]:
    """Start a coroutine as a task of its own whose first step runs at once.

    A coroutine that never waits so costs no turn of the loop. From 3.12 on asyncio does it; before,
    the first step is taken back from the loop's queue, and where that cannot be done (another
    loop than asyncio's) the task starts with the loop's next turn.
    """
    if _EAGER:
        return asyncio.Task(coroutine, loop=loop, name=name, context=context, eager_start=True)  # type: ignore[call-arg]
    if _CONTEXT_ARGUMENT:
        task = asyncio.Task(coroutine, loop=loop, name=name, context=context)  # type: ignore[call-arg]
    else:
        task = context.run(asyncio.Task, coroutine, loop=loop, name=name)  # type: ignore[arg-type]
    handle = _take_back(loop)
    if handle is not None:
        _step_now(loop, handle)
    return task


def _take_back(loop: Any) -> Optional[asyncio.Handle]:
    ready = getattr(loop, "_ready", None)
    return ready.pop() if ready else None


def _step_now(loop: Any, handle: asyncio.Handle) -> None:
    outer = asyncio.current_task(loop)
    if outer is not None:
        asyncio.tasks._leave_task(loop, outer)
    try:
        handle._run()
    finally:
        if outer is not None:
            asyncio.tasks._enter_task(loop, outer)


def call_on_executor(
    func: Callable[..., Any], args: Tuple[Any, ...], kwargs: Dict[str, Any]
) -> asyncio.Future[Any]:
    """Call a sync function on the engine's executor, in a copy of the current context."""
    loop = asyncio.get_running_loop()
    future: asyncio.Future[Any] = loop.create_future()
    context = copy_context()

    def job() -> None:
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
