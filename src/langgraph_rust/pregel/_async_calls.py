"""Calls made from inside tasks of asyncio runs."""

from __future__ import annotations

import asyncio
from contextvars import copy_context
from typing import Any

from langgraph_rust._internal._constants import ERROR, RETURN
from langgraph_rust._internal._future import chain_future
from langgraph_rust.pregel import _support


def start_call(driver: Any, push: Any, options: Any) -> Any:
    """Start a call; gives an asyncio future on the loop, a concurrent one on other threads."""
    loop = driver.loop
    context = copy_context()
    if asyncio._get_running_loop() is not None and asyncio.current_task() is not None:
        future: Any = loop.create_future()
        if asyncio._get_running_loop() is loop:
            _launch(driver, push, options, future, context)
            return future
    else:
        from concurrent.futures import Future

        future = Future()
    loop.call_soon_threadsafe(_launch, driver, push, options, future, context)
    return future


def _launch(driver: Any, push: Any, options: Any, future: Any, context: Any) -> None:
    running = context.run(driver.loop.create_task, _run_call(driver, push, options))
    # the caller goes on before the driver shows what the call came to
    chain_future(running, future)
    driver.begin_call(running)


async def _run_call(driver: Any, push: Any, options: Any) -> Any:
    """Make the task of a call, run it and return what it returned."""
    task = push(*options)
    if driver.cache is not None:
        await driver._match_cached()
    if not task.writes:
        running = driver.kit.start(task, driver.gate)
        error = None
        try:
            await running
        except BaseException as raised:
            error = raised
        driver.run.commit(task, error)
        driver._persist()
        if error is not None:
            raise error
    return _outcome(task.writes)


def _outcome(writes: Any) -> Any:
    for channel, value in writes:
        if channel == RETURN:
            return value
    for channel, value in writes:
        if channel == ERROR:
            raise _support.as_exception(value)
    return None
