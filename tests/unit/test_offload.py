"""How sync functions are called from asyncio code in Python."""

from __future__ import annotations

import asyncio
import contextvars
import copy
import pickle
import threading
from typing import Any, Callable

import pytest

from langgraph_rust._engine import Offload

KEPT: contextvars.ContextVar[str] = contextvars.ContextVar("kept", default="none")


def call(function: Callable[..., Any], *args: Any, **kwargs: Any) -> Any:
    async def body() -> Any:
        return await Offload().call(asyncio.get_running_loop(), function, *args, **kwargs)

    return asyncio.run(body())


def test_runs_on_another_thread_with_its_arguments() -> None:
    def function(*args: Any, **kwargs: Any) -> Any:
        return threading.get_ident(), args, kwargs

    thread, args, kwargs = call(function, 1, [2], three=3)
    assert thread != threading.get_ident()
    assert (args, kwargs) == ((1, [2]), {"three": 3})


@pytest.mark.parametrize("value", [None, 0, (1, 2), StopIteration(1), asyncio.CancelledError()])
def test_gives_any_value_back(value: Any) -> None:
    assert call(lambda: value) is value


def test_runs_in_a_copy_of_the_context() -> None:
    def function() -> str:
        found = KEPT.get()
        KEPT.set("inside")
        return found

    async def body() -> None:
        KEPT.set("outside")
        assert await Offload().call(asyncio.get_running_loop(), function) == "outside"
        assert KEPT.get() == "outside"

    asyncio.run(body())


def test_raises_what_the_function_raises() -> None:
    error = ValueError("no")

    def function() -> None:
        raise error

    with pytest.raises(ValueError) as raised:
        call(function)
    assert raised.value is error


def test_stop_iteration_becomes_a_runtime_error() -> None:
    def function() -> None:
        raise StopIteration("over")

    with pytest.raises(RuntimeError) as raised:
        call(function)
    assert isinstance(raised.value.__cause__, StopIteration)


def test_the_loop_runs_on_beside_a_call_that_takes_its_time() -> None:
    may_end = threading.Event()

    async def body() -> None:
        offload, loop = Offload(), asyncio.get_running_loop()
        calls = [asyncio.ensure_future(wait_for(offload, loop)) for _ in range(3)]
        await asyncio.sleep(0)
        may_end.set()
        assert await asyncio.gather(*calls) == [True] * 3

    async def wait_for(offload: Offload, loop: Any) -> bool:
        return await offload.call(loop, may_end.wait, 30)

    asyncio.run(body())


def test_what_waits_can_be_cancelled() -> None:
    may_end, begun = threading.Event(), threading.Event()

    def function() -> None:
        begun.set()
        may_end.wait(30)

    async def wait_for() -> None:
        await Offload().call(asyncio.get_running_loop(), function)

    async def body() -> None:
        waiting = asyncio.ensure_future(wait_for())
        while not begun.is_set():
            await asyncio.sleep(0)
        waiting.cancel()
        with pytest.raises(asyncio.CancelledError):
            await waiting
        may_end.set()

    asyncio.run(body())


def test_is_copied_and_pickled() -> None:
    assert isinstance(copy.deepcopy(Offload()), Offload)
    assert isinstance(pickle.loads(pickle.dumps(Offload())), Offload)
