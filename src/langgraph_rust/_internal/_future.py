"""Tying futures of threads and of event loops together.

The drivers and `pregel` import `chain_future` and `run_coroutine_threadsafe` from here.
"""

from __future__ import annotations

import sys
from typing import TYPE_CHECKING, Any, Callable, Optional, TypeVar, Union

if TYPE_CHECKING:
    import asyncio
    import concurrent.futures
    from contextvars import Context

    AnyFuture = Union[asyncio.Future[Any], concurrent.futures.Future[Any]]

T = TypeVar("T")

CONTEXT_NOT_SUPPORTED = sys.version_info < (3, 11)
"""Whether `create_task` takes no context."""

EAGER_NOT_SUPPORTED = sys.version_info < (3, 12)
"""Whether there are no eager tasks."""


def _for_asyncio(error: BaseException) -> BaseException:
    """Translate the exceptions that thread futures have classes of their own for."""
    import asyncio
    from concurrent import futures

    pairs = (
        (futures.CancelledError, asyncio.CancelledError),
        (futures.TimeoutError, asyncio.TimeoutError),
        (getattr(futures, "InvalidStateError", None), asyncio.InvalidStateError),
    )
    for theirs, ours in pairs:
        if type(error) is theirs and theirs is not ours:
            return ours(*error.args)
    return error


def _settle(destination: Any, source: Any) -> None:
    """Give `destination` the outcome of `source`, which is done."""
    if hasattr(destination, "set_running_or_notify_cancel"):
        if source.cancelled():
            destination.cancel()
        if not destination.set_running_or_notify_cancel():
            return
    elif destination.done():
        return
    elif source.cancelled():
        destination.cancel()
        return
    error = source.exception()
    if error is not None:
        destination.set_exception(_for_asyncio(error))
    else:
        destination.set_result(source.result())


def _loop_of(future: Any) -> Optional[asyncio.AbstractEventLoop]:
    """Return the loop on which a future lives, None for one of threads."""
    import asyncio

    return future.get_loop() if asyncio.isfuture(future) else None


def _require_future(future: Any, role: str) -> None:
    import asyncio
    from concurrent.futures import Future

    if not asyncio.isfuture(future) and not isinstance(future, Future):
        raise TypeError(f"A future is required for {role} argument")


def _tie(source: Any, destination: Any) -> None:
    _require_future(source, "source")
    _require_future(destination, "destination")
    source_loop, destination_loop = _loop_of(source), _loop_of(destination)

    def pass_cancel(_: Any) -> None:
        if not destination.cancelled():
            return
        if source_loop is None or source_loop is destination_loop:
            source.cancel()
        else:
            source_loop.call_soon_threadsafe(source.cancel)

    def pass_outcome(_: Any) -> None:
        if destination_loop is None or destination_loop is source_loop:
            _settle(destination, source)
        elif not destination_loop.is_closed():
            destination_loop.call_soon_threadsafe(_settle, destination, source)

    destination.add_done_callback(pass_cancel)
    source.add_done_callback(pass_outcome)


def chain_future(source: AnyFuture, destination: AnyFuture) -> AnyFuture:
    """Pass the outcome of `source` on to `destination`, and a cancellation back.

    Either may belong to threads or to an event loop.

    Returns:
        `destination`.

    Raises:
        TypeError: If one of them is no future; it is the destination's outcome too.
    """
    try:
        _tie(source, destination)
    except (SystemExit, KeyboardInterrupt):
        raise
    except BaseException as error:
        waits = getattr(destination, "set_running_or_notify_cancel", None)
        if waits is None or waits():
            destination.set_exception(error)
        raise
    return destination


async def _await(awaitable: Any) -> Any:
    return await awaitable


def _start(
    awaitable: Any,
    loop: asyncio.AbstractEventLoop,
    name: Optional[str],
    context: Optional[Context],
    lazy: bool,
) -> asyncio.Task[Any]:
    import asyncio
    import inspect

    coroutine = awaitable
    if not asyncio.iscoroutine(awaitable):
        if not inspect.isawaitable(awaitable):
            raise TypeError(
                "An asyncio.Future, a coroutine or an awaitable is required."
                f" Got {type(awaitable).__name__} instead."
            )
        coroutine = _await(awaitable)
    try:
        if sys.version_info >= (3, 12) and not lazy:
            return asyncio.eager_task_factory(loop, coroutine, name=name, context=context)
        if sys.version_info >= (3, 11):
            return loop.create_task(coroutine, name=name, context=context)
        create: Callable[..., Any] = loop.create_task
        if context is not None:
            # A copy, since the caller may be inside of this very context.
            return context.copy().run(create, coroutine, name=name)
        return create(coroutine, name=name)
    except RuntimeError:
        coroutine.close()
        raise


def run_coroutine_threadsafe(
    coro: Any,
    loop: asyncio.AbstractEventLoop,
    *,
    lazy: bool,
    name: Optional[str] = None,
    context: Optional[Context] = None,
) -> asyncio.Future[Any]:
    """Run a coroutine as a task of `loop`, from any thread.

    Args:
        coro: The coroutine, or any awaitable.
        loop: Where it shall run.
        lazy: Whether it waits for the loop's next turn; if not it starts at once, where Python
            has eager tasks (3.12) and this is the loop's own thread.
        name: The task's name.
        context: The context it runs in; before Python 3.11, in a copy of it.

    Returns:
        The task, or on another thread a future of the loop with the task's outcome.
    """
    import asyncio

    if asyncio._get_running_loop() is loop:
        return _start(coro, loop, name, context, lazy)
    future: asyncio.Future[Any] = asyncio.Future(loop=loop)

    def start() -> None:
        try:
            chain_future(_start(coro, loop, name, context, True), future)
        except (SystemExit, KeyboardInterrupt):
            raise
        except BaseException as error:
            if not future.done():
                future.set_exception(error)
            raise

    loop.call_soon_threadsafe(start, context=context)
    return future
