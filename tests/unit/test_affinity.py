"""On which cores the code of sync nodes and the loop's thread may run."""

from __future__ import annotations

import asyncio
import os
import sys
import threading
import time
from typing import Any, Callable, Dict, List, Set

import pytest
from typing_extensions import TypedDict

from langgraph_rust.graph import END, START, StateGraph

pytestmark = pytest.mark.skipif(
    not hasattr(os, "sched_getaffinity"),
    reason="this system does not say on which cores a thread may run",
)

ROUNDS = 300


class Count(TypedDict):
    count: int


def cores_of(thread: int) -> Set[int]:
    return os.sched_getaffinity(thread)


def loop_of(node: Callable[[], Any], rounds: int) -> Any:
    """A graph that calls `node` in `rounds` supersteps."""

    def step(state: Count) -> Count:
        node()
        return {"count": state["count"] + 1}

    graph = StateGraph(Count)
    graph.add_node("node", step)
    graph.add_edge(START, "node")
    graph.add_conditional_edges("node", lambda state: END if state["count"] >= rounds else "node")
    return graph.compile()


async def run(graph: Any) -> Any:
    return await graph.ainvoke({"count": 0}, {"recursion_limit": 10_000})


def test_code_of_a_node_may_run_on_every_core() -> None:
    seen: List[Set[int]] = []
    asyncio.run(run(loop_of(lambda: seen.append(cores_of(0)), ROUNDS)))
    assert seen == [cores_of(0)] * ROUNDS


def test_threads_that_a_node_makes_may_run_on_every_core() -> None:
    seen: List[Any] = []

    def node() -> None:
        thread = threading.Thread(target=lambda: seen.append(cores_of(0)))
        thread.start()
        thread.join()

    asyncio.run(run(loop_of(node, 50)))
    assert seen == [cores_of(0)] * 50


def test_the_thread_of_the_loop_may_run_on_every_core_between_supersteps_and_after() -> None:
    before = cores_of(0)
    seen: List[Set[int]] = []

    async def node(state: Count) -> Count:
        seen.append(cores_of(0))
        return {"count": state["count"] + 1}

    graph = StateGraph(Count)
    graph.add_node("sync", lambda state: {"count": state["count"] + 1})
    graph.add_node("async", node)
    graph.add_edge(START, "sync")
    graph.add_edge("sync", "async")
    graph.add_conditional_edges("async", lambda state: END if state["count"] >= ROUNDS else "sync")
    asyncio.run(run(graph.compile()))
    assert seen == [before] * (ROUNDS // 2)
    assert cores_of(0) == before


def test_the_thread_of_the_loop_may_run_on_every_core_while_a_node_blocks() -> None:
    before = cores_of(0)
    own = threading.get_native_id()
    calls: Dict[str, int] = {"made": 0}
    seen: List[Set[int]] = []

    def node() -> None:
        calls["made"] += 1
        if calls["made"] == 20:  # by now it is known as quick
            deadline = time.monotonic() + 60
            while cores_of(own) != before and time.monotonic() < deadline:
                time.sleep(0.001)
            seen.append(cores_of(own))

    asyncio.run(run(loop_of(node, 20)))
    assert seen == [before]


@pytest.mark.skipif(
    sys.platform != "linux", reason="where a thread may run is set by a call of Linux"
)
def test_where_a_node_has_put_its_thread_it_runs_until_it_has_ended() -> None:
    before = cores_of(0)
    one = {min(before)}
    seen: List[Set[int]] = []

    def node() -> None:
        os.sched_setaffinity(0, one)
        seen.append(cores_of(0))
        os.sched_setaffinity(0, before)

    asyncio.run(run(loop_of(node, ROUNDS)))
    assert seen == [one] * ROUNDS
    assert cores_of(0) == before


def test_many_loops_share_the_threads_that_stay_near() -> None:
    before = cores_of(0)
    graph = loop_of(lambda: None, 20)
    seen: List[Any] = []

    def go() -> None:
        for _ in range(20):
            seen.append((asyncio.run(run(graph))["count"], cores_of(0)))

    threads = [threading.Thread(target=go) for _ in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert seen == [(20, before)] * 80
