"""Attempts with a timeout, and single tasks that are run outside of a run."""

from __future__ import annotations

import asyncio
import sys
from collections import deque
from contextlib import suppress
from functools import wraps
from types import SimpleNamespace
from typing import Any, List

import pytest
from typing_extensions import TypedDict

from langgraph_rust import _engine
from langgraph_rust._internal._constants import (
    CONF,
    CONFIG_KEY_CHECKPOINT_NS,
    CONFIG_KEY_RUNTIME,
    CONFIG_KEY_SEND,
    CONFIG_KEY_TIMED_ATTEMPT_OBSERVER,
)
from langgraph_rust.errors import NodeTimeoutError, ParentCommand
from langgraph_rust.func import entrypoint, task
from langgraph_rust.graph import START, StateGraph
from langgraph_rust.pregel._retry import arun_with_retry, run_with_retry
from langgraph_rust.runtime import DEFAULT_RUNTIME, Runtime
from langgraph_rust.types import Command, RetryPolicy, TimeoutPolicy

SHORT_S = 0.03
# so long that a busy machine does not keep a task waiting for it
IDLE_S = 0.6
ONCE_MORE = RetryPolicy(
    max_attempts=2, initial_interval=0.0, jitter=False, retry_on=NodeTimeoutError
)


class State(TypedDict, total=False):
    value: str


def graph_of(node: Any, **options: Any) -> Any:
    builder = StateGraph(State)
    builder.add_node("node", node, **options)
    builder.add_edge(START, "node")
    return builder.compile()


async def wait(seconds: float) -> None:
    with suppress(asyncio.TimeoutError):
        await asyncio.wait_for(asyncio.Event().wait(), seconds)


def on_a_loop(test: Any) -> Any:
    @wraps(test)
    def run(*args: Any, **kwargs: Any) -> None:
        asyncio.run(test(*args, **kwargs))

    return run


@on_a_loop
async def test_nothing_gets_out_of_an_attempt_that_timed_out() -> None:
    attempts: List[int] = []
    late = asyncio.Event()

    async def stubborn(state: State, runtime: Runtime) -> State:
        attempts.append(1)
        if len(attempts) == 2:
            return {"value": "second"}
        try:
            await asyncio.Event().wait()
        except asyncio.CancelledError:
            runtime.stream_writer("late")
        late.set()
        return {"value": "first"}

    graph = graph_of(stubborn, timeout=SHORT_S, retry_policy=ONCE_MORE)
    chunks = [chunk async for chunk in graph.astream({}, stream_mode=["custom", "values"])]
    await late.wait()
    assert chunks == [("values", {"value": "second"})]


@pytest.mark.parametrize("refresh_on", ["auto", "heartbeat"])
@on_a_loop
async def test_heartbeats_restart_the_idle_clock(refresh_on: Any) -> None:
    async def node(state: State, runtime: Runtime) -> State:
        end = asyncio.get_running_loop().time() + 1.5 * IDLE_S
        while asyncio.get_running_loop().time() < end:
            await wait(SHORT_S)
            runtime.heartbeat()
        return {"value": "done"}

    policy = TimeoutPolicy(idle_timeout=IDLE_S, refresh_on=refresh_on)
    assert await graph_of(node, timeout=policy).ainvoke({}) == {"value": "done"}


@on_a_loop
async def test_only_automatic_refresh_counts_chunks() -> None:
    async def node(state: State, runtime: Runtime) -> State:
        end = asyncio.get_running_loop().time() + 1.5 * IDLE_S
        while asyncio.get_running_loop().time() < end:
            await wait(SHORT_S)
            runtime.stream_writer("chunk")
        return {"value": "done"}

    graph = graph_of(node, timeout=TimeoutPolicy(idle_timeout=IDLE_S))
    assert await graph.ainvoke({}) == {"value": "done"}
    strict = TimeoutPolicy(idle_timeout=IDLE_S, refresh_on="heartbeat")
    with pytest.raises(NodeTimeoutError) as raised:
        await graph_of(node, timeout=strict).ainvoke({})
    assert (raised.value.kind, raised.value.node) == ("idle", "node")


@on_a_loop
async def test_a_step_timeout_ends_a_run_on_a_loop() -> None:
    async def node(state: State) -> None:
        await asyncio.Event().wait()

    graph = graph_of(node)
    graph.step_timeout = SHORT_S
    with pytest.raises(asyncio.TimeoutError) as raised:
        await graph.ainvoke({})
    assert raised.value.args == ()


@on_a_loop
async def test_the_limit_that_is_passed_first_decides() -> None:
    async def node(state: State) -> State:
        await asyncio.Event().wait()
        return {}

    both = TimeoutPolicy(run_timeout=SHORT_S, idle_timeout=100)
    with pytest.raises(NodeTimeoutError) as raised:
        await graph_of(node, timeout=both).ainvoke({})
    assert (raised.value.kind, raised.value.timeout) == ("run", SHORT_S)
    assert raised.value.idle_timeout == 100


@on_a_loop
async def test_observers_hear_of_every_attempt_before_the_next() -> None:
    events: List[Any] = []
    attempts: List[int] = []

    async def node(state: State) -> State:
        attempts.append(1)
        if len(attempts) == 1:
            await asyncio.Event().wait()
        return {"value": "done"}

    graph = graph_of(node, timeout=SHORT_S, retry_policy=ONCE_MORE)
    await graph.ainvoke({}, {CONF: {CONFIG_KEY_TIMED_ATTEMPT_OBSERVER: events.append}})
    told = [(event.event, event.context.attempt, event.status) for event in events]
    assert told == [
        ("start", 1, None),
        ("finish", 1, "error"),
        ("start", 2, None),
        ("finish", 2, "success"),
    ]
    assert events[1].error_type == "NodeTimeoutError"


@on_a_loop
async def test_a_failing_observer_fails_nothing() -> None:
    def observe(_: Any) -> None:
        raise ValueError

    async def node(state: State) -> State:
        return {"value": "done"}

    config = {CONF: {CONFIG_KEY_TIMED_ATTEMPT_OBSERVER: observe}}
    assert await graph_of(node, timeout=10).ainvoke({}, config) == {"value": "done"}


@pytest.mark.skipif(sys.version_info < (3, 11), reason="contexts of asyncio tasks came with 3.11")
@on_a_loop
async def test_a_timed_entrypoint_calls_tasks() -> None:
    @task
    async def double(number: int) -> int:
        return 2 * number

    @entrypoint(timeout=TimeoutPolicy(idle_timeout=10))
    async def workflow(number: int) -> int:
        return await double(number) + await double(number)

    assert await workflow.ainvoke(3) == 12


@on_a_loop
async def test_a_timed_node_of_a_subgraph_commands_the_graph_above() -> None:
    async def inner(state: State) -> Any:
        return Command(graph=Command.PARENT, update={"value": "told"})

    outer = graph_of(graph_of(inner, timeout=10))
    assert await outer.ainvoke({}) == {"value": "told"}


def given_task(proc: Any, **fields: Any) -> Any:
    writes: Any = deque()
    conf = {
        CONFIG_KEY_RUNTIME: DEFAULT_RUNTIME,
        CONFIG_KEY_SEND: writes.extend,
        CONFIG_KEY_CHECKPOINT_NS: "above:1|node:2",
    }
    given = {"retry_policy": (), "timeout": None, "writers": (), "input": None, **fields}
    return SimpleNamespace(
        id="2", name="node", proc=proc, config={CONF: conf}, writes=writes, **given
    )


def test_a_given_task_is_retried_with_fresh_writes() -> None:
    attempts: List[int] = []

    def invoke(_: Any, config: Any) -> int:
        attempts.append(config[CONF][CONFIG_KEY_RUNTIME].execution_info.node_attempt)
        config[CONF][CONFIG_KEY_SEND]([("attempt", len(attempts))])
        if len(attempts) == 1:
            raise ValueError
        return len(attempts)

    policy = RetryPolicy(initial_interval=0.0, jitter=False, retry_on=ValueError)
    given = given_task(SimpleNamespace(invoke=invoke))
    assert run_with_retry(given, [policy]) == 2
    assert attempts == [1, 2]
    assert list(given.writes) == [("attempt", 2)]


def test_a_command_to_the_given_tasks_own_graph_is_written() -> None:
    command = Command(graph="above|node", update={"value": 1})
    written: List[Any] = []

    def invoke(*_: Any) -> None:
        raise ParentCommand(command)

    writer = SimpleNamespace(invoke=lambda value, _: written.append(value))
    run_with_retry(given_task(SimpleNamespace(invoke=invoke), writers=(writer,)), None)
    assert written == [command]


@on_a_loop
async def test_a_command_to_the_graph_above_a_given_task_is_addressed() -> None:
    async def ainvoke(*_: Any) -> None:
        raise ParentCommand(Command(graph=Command.PARENT))

    with pytest.raises(ParentCommand) as raised:
        await arun_with_retry(given_task(SimpleNamespace(ainvoke=ainvoke)), None)
    assert raised.value.args[0].graph == "above:1"


def test_writes_pass_a_replaced_put_writes(monkeypatch: pytest.MonkeyPatch) -> None:
    passed: List[Any] = []
    own = _engine.Run.put_writes

    def spy(self: Any, task_id: str, writes: Any, **options: Any) -> None:
        passed.extend(writes)
        own(self, task_id, writes, **options)

    monkeypatch.setattr(_engine.Run, "put_writes", spy)
    assert graph_of(lambda state: {"value": "seen"}).invoke({}) == {"value": "seen"}
    assert ("value", "seen") in passed
    monkeypatch.undo()
    passed.clear()
    graph_of(lambda state: {"value": "seen"}).invoke({})
    assert not passed
