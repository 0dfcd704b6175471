"""How runs behave under threads, signals, forks and contexts, with either driver."""

from __future__ import annotations

import asyncio
import operator
import os
import signal
import subprocess
import sys
import threading
import time
from contextvars import ContextVar
from typing import Any, Callable, List

import pytest
from typing_extensions import Annotated, TypedDict

from langgraph_rust._engine import random_id
from langgraph_rust.config import get_config
from langgraph_rust.graph import START, StateGraph
from langgraph_rust.types import Send

WIDTH = 32
mark: ContextVar[str] = ContextVar("mark", default="")


class Out(TypedDict):
    out: Annotated[List[int], operator.add]


class State(Out):
    number: int


def run_sync(graph: Any, value: Any) -> Any:
    return graph.invoke(value)


def run_async(graph: Any, value: Any) -> Any:
    return asyncio.run(graph.ainvoke(value))


def spread(to: str) -> Callable[[Any], Any]:
    return lambda state: [
        Send(to, {"number": state["number"] * WIDTH + place}) for place in range(WIDTH)
    ]


def nested(leaf: Any) -> Any:
    inner = StateGraph(State, output_schema=Out)
    inner.add_node("leaf", leaf)
    inner.add_conditional_edges(START, spread("leaf"), ["leaf"])
    outer = StateGraph(State, output_schema=Out)
    outer.add_node("inner", inner.compile())
    outer.add_conditional_edges(START, spread("inner"), ["inner"])
    return outer.compile()


def sync_leaf(state: State) -> Any:
    assert mark.get() == "outer"
    assert get_config()["metadata"]["langgraph_node"] == "leaf"
    mark.set("inner")  # stays inside
    return {"out": [state["number"]]}


async def async_leaf(state: State) -> Any:
    await asyncio.sleep(0)
    return sync_leaf(state)


@pytest.mark.parametrize(
    "run, leaf", [(run_sync, sync_leaf), (run_async, sync_leaf), (run_async, async_leaf)]
)
def test_sends_into_a_subgraph_that_fans_out(run: Any, leaf: Any) -> None:
    mark.set("outer")
    result = run(nested(leaf), {"number": 0})
    assert sorted(result["out"]) == list(range(WIDTH * WIDTH))
    assert mark.get() == "outer"


def test_tasks_that_wait_for_each_other_run_at_once() -> None:
    barrier = threading.Barrier(8, timeout=10)
    graph = StateGraph(State)
    graph.add_node("leaf", lambda state: {"out": [barrier.wait()]})
    graph.add_conditional_edges(
        START, lambda _: [Send("leaf", {"number": n}) for n in range(8)], ["leaf"]
    )
    assert len(graph.compile().invoke({"number": 0})["out"]) == 8


def test_an_async_node_has_a_task_of_its_own() -> None:
    seen = []

    async def node(state: State) -> None:
        seen.append(asyncio.current_task())
        await asyncio.sleep(0)
        seen.append(asyncio.current_task())

    graph = StateGraph(State)
    graph.add_node("a", node)
    graph.add_edge(START, "a")

    async def main() -> None:
        seen.append(asyncio.current_task())
        await graph.compile().ainvoke({"number": 0})

    asyncio.run(main())
    assert seen[0] is not seen[1]
    assert seen[1] is seen[2]


@pytest.mark.skipif(sys.version_info < (3, 11), reason="asyncio.timeout came with 3.11")
def test_a_timeout_inside_a_node_cancels_only_its_block() -> None:
    async def node(state: State) -> Any:
        try:
            async with asyncio.timeout(0):  # type: ignore[attr-defined]
                await asyncio.Event().wait()
        except TimeoutError:
            return {"out": [1]}

    graph = StateGraph(State)
    graph.add_node("a", node)
    graph.add_edge(START, "a")
    assert asyncio.run(graph.compile().ainvoke({"number": 0}))["out"] == [1]


@pytest.mark.skipif(sys.version_info < (3, 11), reason="asyncio.TaskGroup came with 3.11")
def test_a_task_group_inside_a_node_awaits_its_tasks() -> None:
    async def node(state: State) -> Any:
        async with asyncio.TaskGroup() as group:  # type: ignore[attr-defined]
            tasks = [group.create_task(asyncio.sleep(0, n)) for n in range(3)]
        return {"out": [task.result() for task in tasks]}

    graph = StateGraph(State)
    graph.add_node("a", node)
    graph.add_edge(START, "a")
    assert asyncio.run(graph.compile().ainvoke({"number": 0}))["out"] == [0, 1, 2]


def test_an_anyio_scope_inside_a_node_cancels_only_itself() -> None:
    anyio = pytest.importorskip("anyio")

    async def node(state: State) -> Any:
        with anyio.move_on_after(0):
            await anyio.sleep_forever()
        return {"out": [1]}

    graph = StateGraph(State)
    graph.add_node("a", node)
    graph.add_edge(START, "a")
    assert asyncio.run(graph.compile().ainvoke({"number": 0}))["out"] == [1]


@pytest.mark.skipif(not hasattr(os, "fork"), reason="no fork on this system")
def test_a_forked_child_runs_graphs() -> None:
    mark.set("outer")
    graph = nested(sync_leaf)
    graph.invoke({"number": 0})  # the executor's threads exist now
    child = os.fork()
    if child == 0:
        os._exit(0 if len(graph.invoke({"number": 0})["out"]) == WIDTH * WIDTH else 1)
    assert os.waitpid(child, 0)[1] == 0


def run_forked(work: Callable[[], bytes]) -> bytes:
    """What `work()` returns in a forked child."""
    source, sink = os.pipe()
    child = os.fork()
    if child == 0:
        try:
            os.write(sink, work())
        finally:
            os._exit(0)
    os.close(sink)
    with open(source, "rb") as pipe:
        found = pipe.read()
    os.waitpid(child, 0)
    return found


@pytest.mark.skipif(not hasattr(os, "fork"), reason="no fork on this system")
def test_a_forked_child_has_threads_for_tasks_that_wait_for_each_other() -> None:
    def meet(state: State) -> Any:
        meeting.wait(timeout=30)  # by which the test fails
        return {"out": [1]}

    graph = StateGraph(State)
    for name in "abc":
        graph.add_node(name, meet)
        graph.add_edge(START, name)
    app = graph.compile()
    meeting = threading.Barrier(3)
    assert app.invoke({"number": 0})["out"] == [1, 1, 1]
    meeting = threading.Barrier(3)
    assert run_forked(lambda: bytes(app.invoke({"number": 0})["out"])) == b"\1\1\1"


@pytest.mark.skipif(not hasattr(os, "fork"), reason="no fork on this system")
def test_forked_children_draw_ids_of_their_own() -> None:
    random_id()
    drawn = [run_forked(random_id), run_forked(random_id), random_id()]
    assert len(set(drawn)) == 3


WAITING = """
import os, signal, threading
from typing_extensions import TypedDict
from langgraph_rust.graph import START, StateGraph

class State(TypedDict):
    number: int

# Jobs in the background inherit that it is ignored.
signal.signal(signal.SIGINT, signal.default_int_handler)

def wait(state):
    os.write(1, b"waits\\n")  # whole lines, from two threads
    threading.Event().wait(30)

graph = StateGraph(State)
for name in ("a", "b"):
    graph.add_node(name, wait)
    graph.add_edge(START, name)
try:
    list(graph.compile().stream({"number": 0}, stream_mode=["custom"]))
except KeyboardInterrupt:
    print("interrupted", flush=True)
"""


@pytest.mark.skipif(sys.platform == "win32", reason="POSIX signals")
def test_ctrl_c_stops_a_waiting_run() -> None:
    with subprocess.Popen(
        [sys.executable, "-c", WAITING], stdout=subprocess.PIPE, text=True
    ) as process:
        assert process.stdout is not None
        assert process.stdout.readline() == "waits\n"
        assert process.stdout.readline() == "waits\n"
        process.send_signal(signal.SIGINT)
        began = time.monotonic()
        assert process.stdout.readline() == "interrupted\n"
        # generous for a loaded machine; without the driver's watch for signals it would be 30 s
        assert time.monotonic() - began < 5
        process.kill()


@pytest.mark.parametrize("blocks", [False, True], ids=["computes", "blocks"])
def test_a_task_may_wait_for_one_that_has_not_started(blocks: bool) -> None:
    """The caller's own thread is in the first task; another thread has to start the second."""
    started = threading.Event()

    def leaf(state: State) -> Any:
        if state["number"] > 0:
            started.set()
        elif blocks:
            assert started.wait(30)
        else:
            end = time.monotonic() + 30
            while not started.is_set():
                assert time.monotonic() < end
        return {"out": [state["number"]]}

    graph = StateGraph(State, output_schema=Out)
    graph.add_node("leaf", leaf)
    graph.add_conditional_edges(START, lambda _: [Send("leaf", {"number": n}) for n in (0, 1)])
    assert graph.compile().invoke({"number": 0}) == {"out": [0, 1]}


def test_tasks_that_block_each_get_a_thread() -> None:
    meeting = threading.Barrier(WIDTH)

    def leaf(state: State) -> Any:
        meeting.wait(30)
        return {"out": [state["number"]]}

    graph = StateGraph(State, output_schema=Out)
    graph.add_node("leaf", leaf)
    graph.add_conditional_edges(START, spread("leaf"), ["leaf"])
    assert graph.compile().invoke({"number": 0}) == {"out": list(range(WIDTH))}
