"""Futures of threads and of event loops, tied together."""

from __future__ import annotations

import asyncio
import concurrent.futures
import contextvars
import threading

import pytest

from langgraph_rust._internal._future import chain_future, run_coroutine_threadsafe


def test_an_outcome_passes_between_threads_and_loops():
    async def main():
        loop = asyncio.get_running_loop()
        of_thread = concurrent.futures.Future()
        of_loop = chain_future(of_thread, loop.create_future())
        threading.Thread(target=of_thread.set_result, args=(1,)).start()
        assert await of_loop == 1

        source, of_thread = loop.create_future(), concurrent.futures.Future()
        chain_future(source, of_thread)
        source.set_exception(KeyError("k"))
        await asyncio.sleep(0)
        with pytest.raises(KeyError):
            of_thread.result()

    asyncio.run(main())


def test_a_cancellation_passes_back():
    async def main():
        loop = asyncio.get_running_loop()
        source, destination = loop.create_future(), loop.create_future()
        chain_future(source, destination)
        destination.cancel()
        await asyncio.sleep(0)
        assert source.cancelled()

    asyncio.run(main())


def test_what_threads_raise_for_a_cancellation_is_translated():
    async def main():
        source = concurrent.futures.Future()
        destination = chain_future(source, asyncio.get_running_loop().create_future())
        source.set_exception(concurrent.futures.CancelledError())
        with pytest.raises(asyncio.CancelledError):
            await destination

    asyncio.run(main())


def test_only_futures_are_tied():
    destination = concurrent.futures.Future()
    with pytest.raises(TypeError, match="A future is required for source argument"):
        chain_future(1, destination)
    with pytest.raises(TypeError):
        destination.result()


VARIABLE = contextvars.ContextVar("variable", default=0)


def with_value(value):
    context = contextvars.copy_context()
    context.run(VARIABLE.set, value)
    return context


async def read():
    return VARIABLE.get()


@pytest.mark.parametrize("lazy", [True, False])
def test_on_the_loops_own_thread_the_task_itself_is_given(lazy):
    async def main():
        loop = asyncio.get_running_loop()
        task = run_coroutine_threadsafe(
            read(), loop, lazy=lazy, name="reader", context=with_value(1)
        )
        assert isinstance(task, asyncio.Task) and task.get_name() == "reader"
        assert await task == 1

    asyncio.run(main())


def test_from_another_thread_a_future_of_the_loop_is_given():
    async def main():
        loop = asyncio.get_running_loop()
        future = await loop.run_in_executor(
            None,
            lambda: run_coroutine_threadsafe(read(), loop, lazy=False, context=with_value(1)),
        )
        assert await future == 1

    asyncio.run(main())


def test_any_awaitable_runs_and_anything_else_is_refused():
    class Awaitable:
        def __await__(self):
            yield from asyncio.sleep(0).__await__()
            return 1

    async def main():
        loop = asyncio.get_running_loop()
        assert await run_coroutine_threadsafe(Awaitable(), loop, lazy=True) == 1
        with pytest.raises(TypeError, match="Got int instead."):
            run_coroutine_threadsafe(1, loop, lazy=True)

    asyncio.run(main())
