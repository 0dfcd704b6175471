"""What becomes of the tasks beside one that fails, or that takes turns of its own."""

from __future__ import annotations

import asyncio
import threading
from typing import Any, Dict, List

import pytest
from typing_extensions import Annotated, TypedDict

from langgraph_rust.channels import EphemeralValue
from langgraph_rust.checkpoint.memory import InMemorySaver
from langgraph_rust.errors import InvalidUpdateError
from langgraph_rust.graph import END, START, StateGraph
from langgraph_rust.types import Command

THREAD: Any = {"configurable": {"thread_id": "1"}}


class State(TypedDict, total=False):
    kept: Annotated[List[str], lambda left, right: left + right]


def beside(**nodes: Any) -> StateGraph:
    graph = StateGraph(State)
    for name, node in nodes.items():
        graph.add_node(name, node)
        graph.add_edge(START, name)
    return graph


def names_until_failure(chunks: List[Any]) -> List[str]:
    return [chunk["name"] for chunk in chunks if "error" in chunk]


def test_what_ends_after_a_failure_is_kept_but_not_shown() -> None:
    begun, failed = threading.Event(), threading.Event()

    def fails(state: State) -> None:
        assert begun.wait(10)
        raise ValueError("fails")

    def follows(state: State) -> State:
        begun.set()
        assert failed.wait(10)
        return {"kept": ["follows"]}

    graph = beside(fails=fails, follows=follows).compile(checkpointer=InMemorySaver())
    chunks = []
    with pytest.raises(ValueError):
        for chunk in graph.stream({}, THREAD, stream_mode="tasks"):
            chunks.append(chunk)
            if "error" in chunk:
                failed.set()
    assert names_until_failure(chunks) == ["fails"]
    results = {task.name: task.result for task in graph.get_state(THREAD).tasks}
    assert results["follows"] == {"kept": ["follows"]}


def test_what_a_failure_cancels_is_not_shown() -> None:
    async def fails(state: State) -> None:
        raise ValueError("fails")

    async def waits(state: State) -> None:
        await asyncio.Event().wait()

    graph = beside(waits=waits, fails=fails).compile()

    async def run() -> List[Any]:
        chunks = []
        with pytest.raises(ValueError):
            async for chunk in graph.astream({}, stream_mode="tasks"):
                chunks.append(chunk)
        return chunks

    assert names_until_failure(asyncio.run(run())) == ["fails"]


def test_what_goes_to_a_thread_has_not_ended_when_a_task_beside_it_fails() -> None:
    async def fails(state: State) -> None:
        raise ValueError("fails")

    async def routes(state: State) -> State:
        return {"kept": ["routes"]}

    graph = beside(fails=fails, routes=routes)
    graph.add_conditional_edges("routes", lambda state: END, [END])
    kept = graph.compile(checkpointer=InMemorySaver())

    async def run() -> Dict[str, Any]:
        with pytest.raises(ValueError):
            await kept.ainvoke({}, THREAD, durability="sync")
        return {task.name: task.error for task in (await kept.aget_state(THREAD)).tasks}

    errors = asyncio.run(run())
    assert errors == {"fails": "ValueError('fails')", "routes": "CancelledError()"}


def test_on_a_loop_a_subgraph_begins_after_the_tasks_beside_it() -> None:
    order: List[str] = []

    def noting(name: str) -> Any:
        async def node(state: State) -> State:
            order.append(name)
            return {"kept": [name]}

        return node

    inner = beside(inner=noting("inner")).compile()
    graph = beside(graph=inner, node=noting("node")).compile()
    assert asyncio.run(graph.ainvoke({}))["kept"] == ["inner", "node"]
    assert order == ["node", "inner"]


class Fading(TypedDict, total=False):
    once: Annotated[int, EphemeralValue(int, guard=False)]
    last: int


def test_input_gives_up_the_tasks_of_a_barrier_that_failed_half_way() -> None:
    graph = StateGraph(Fading)
    graph.add_node("first", lambda state: {})
    graph.add_node("aims", lambda state: Command(goto="first", update={"once": 3}))
    graph.add_node("bursts", lambda state: [{"last": 2}, Command(update={"last": 3})])
    graph.add_edge(START, "first")
    graph.add_edge("first", "aims")
    graph.add_edge("first", "bursts")
    kept = graph.compile(checkpointer=InMemorySaver())
    with pytest.raises(InvalidUpdateError):
        kept.invoke({"last": 1}, THREAD, durability="exit")
    state = kept.get_state(THREAD)
    assert (state.values, state.next) == ({"once": 3, "last": 1}, ("first",))
    with pytest.raises(InvalidUpdateError):
        kept.invoke({"last": 5}, THREAD, durability="sync")
    inputs = [state for state in kept.get_state_history(THREAD) if state.next == (START,)]
    assert inputs[0].values == {"last": 1}
