"""Threads that run graphs at the same time."""

from __future__ import annotations

import threading
from concurrent.futures import ThreadPoolExecutor
from typing import Any, Callable

from typing_extensions import TypedDict

from langgraph_rust.graph import END, START, StateGraph

PATIENCE_S = 60


class Count(TypedDict):
    count: int


def increment(state: Count) -> Count:
    return {"count": state["count"] + 1}


def loop_of(node: Callable[[Count], Count], rounds: int) -> Any:
    graph = StateGraph(Count)
    graph.add_node("node", node)
    graph.add_edge(START, "node")
    graph.add_conditional_edges("node", lambda s: END if s["count"] >= rounds else "node")
    return graph.compile()


def count_to(graph: Any) -> Any:
    return graph.invoke({"count": 0}, {"recursion_limit": 10_000})["count"]


def test_threads_get_through_side_by_side() -> None:
    graph = loop_of(increment, 500)
    with ThreadPoolExecutor(4) as pool:
        counts = list(pool.map(lambda _: count_to(graph), range(20)))
    assert counts == [500] * 20


def test_a_thread_that_waits_in_a_node_does_not_hold_up_another() -> None:
    ended = threading.Event()

    def wait(state: Count) -> Count:
        assert ended.wait(PATIENCE_S)
        return increment(state)

    with ThreadPoolExecutor(2) as pool:
        waiting = pool.submit(count_to, loop_of(wait, 3))
        other = pool.submit(count_to, loop_of(increment, 300))
        assert other.result(PATIENCE_S) == 300
        assert not waiting.done()
        ended.set()
        assert waiting.result(PATIENCE_S) == 3


def test_threads_that_wait_for_each_other_by_turns_get_through() -> None:
    turns = [threading.Semaphore(1), threading.Semaphore(0)]

    def step_of(number: int) -> Callable[[Count], Count]:
        def step(state: Count) -> Count:
            assert turns[number].acquire(timeout=PATIENCE_S)
            turns[1 - number].release()
            return increment(state)

        return step

    with ThreadPoolExecutor(2) as pool:
        runs = [pool.submit(count_to, loop_of(step_of(number), 200)) for number in range(2)]
        assert [run.result(PATIENCE_S) for run in runs] == [200, 200]


def test_a_failed_run_gives_its_turn_up() -> None:
    def fail(state: Count) -> Count:
        raise KeyError("lost")

    def run_failing() -> bool:
        try:
            count_to(loop_of(fail, 2))
        except KeyError:
            return True
        return False

    with ThreadPoolExecutor(3) as pool:
        failing = [pool.submit(run_failing) for _ in range(20)]
        other = pool.submit(count_to, loop_of(increment, 300))
        assert all(run.result(PATIENCE_S) for run in failing)
        assert other.result(PATIENCE_S) == 300
