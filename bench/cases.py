"""The small cases: graphs whose nodes do nothing, so that what is timed is the framework.

To add one, write a function that returns a graph and its input, under `@case`. Each is timed by
`invoke` and by `ainvoke`. The programs import `langgraph`, whichever engine that is.
"""

from __future__ import annotations

import operator
from typing import Any, Callable, Dict, List, NamedTuple, Tuple

from langgraph.checkpoint.memory import InMemorySaver
from langgraph.graph import END, START, StateGraph
from langgraph.types import Send
from typing_extensions import Annotated, TypedDict

Build = Callable[[], Tuple[Any, Any]]


class Case(NamedTuple):
    """A benchmark: a name, what it measures, and how its compiled graph and input are made."""

    name: str
    what: str
    build: Build


CASES: List[Case] = []


def case(what: str) -> Callable[[Build], Build]:
    """Register the function below under its own name."""

    def register(build: Build) -> Build:
        CASES.append(Case(build.__name__, what, build))
        return build

    return register


class Count(TypedDict):
    count: int


class Items(TypedDict):
    items: Annotated[List[int], operator.add]


def increment(state: Count) -> Count:
    return {"count": state["count"] + 1}


def chain_of(length: int) -> StateGraph:
    graph = StateGraph(Count)
    before = START
    for number in range(length):
        graph.add_node(f"node{number}", increment)
        graph.add_edge(before, f"node{number}")
        before = f"node{number}"
    graph.add_edge(before, END)
    return graph


def loop_until(count: int) -> StateGraph:
    graph = StateGraph(Count)
    graph.add_node("step", increment)
    graph.add_edge(START, "step")
    graph.add_conditional_edges("step", lambda state: END if state["count"] >= count else "step")
    return graph


@case("one node, one superstep: what an invocation costs")
def single() -> Tuple[Any, Any]:
    return chain_of(1).compile(), {"count": 0}


@case("20 nodes in a row")
def chain_20() -> Tuple[Any, Any]:
    return chain_of(20).compile(), {"count": 0}


@case("a conditional edge back to the same node, 200 times")
def loop_200() -> Tuple[Any, Any]:
    return loop_until(200).compile(), {"count": 0}


@case("one superstep of 100 sends into a reducer")
def fan_out_100() -> Tuple[Any, Any]:
    graph = StateGraph(Items)
    graph.add_node("begin", lambda state: {"items": []})
    graph.add_node("task", lambda number: {"items": [number]})
    graph.add_edge(START, "begin")
    graph.add_conditional_edges(
        "begin", lambda state: [Send("task", number) for number in range(100)], ["task"]
    )
    return graph.compile(), {"items": []}


@case("20 nodes in a row, each step checkpointed in memory before the next")
def chain_20_checkpointed() -> Tuple[Any, Any]:
    return _checkpointed(chain_of(20), InMemorySaver()), {"count": 0}


@case("the loop, each step checkpointed in memory before the next")
def loop_200_checkpointed() -> Tuple[Any, Any]:
    return _checkpointed(loop_until(200), InMemorySaver()), {"count": 0}


@case("20 nodes on a state of 100 keys, of which one changes")
def wide_20x100() -> Tuple[Any, Any]:
    keys = [f"key{number}" for number in range(99)]
    schema = TypedDict("Wide", {"count": int, **{key: str for key in keys}})  # type: ignore[misc]
    graph = StateGraph(schema)
    before = START
    for number in range(20):
        graph.add_node(f"node{number}", increment)
        graph.add_edge(before, f"node{number}")
        before = f"node{number}"
    return graph.compile(), {"count": 0, **{key: key * 10 for key in keys}}


@case("10 nodes, each a compiled graph of 3 nodes")
def subgraphs_10x3() -> Tuple[Any, Any]:
    graph = StateGraph(Count)
    before = START
    for number in range(10):
        graph.add_node(f"node{number}", chain_of(3).compile())
        graph.add_edge(before, f"node{number}")
        before = f"node{number}"
    return graph.compile(), {"count": 0}


def _checkpointed(graph: StateGraph, saver: Any) -> Any:
    return _InThreads(graph.compile(checkpointer=saver))


class _InThreads:
    """A graph that runs each invocation in a thread of its own, and forgets it afterwards."""

    def __init__(self, graph: Any) -> None:
        self._graph = graph

    def _config(self) -> Dict[str, Any]:
        return {"configurable": {"thread_id": "bench"}, "recursion_limit": 1000}

    def invoke(self, value: Any, config: Any = None) -> Any:
        result = self._graph.invoke(value, self._config(), durability="sync")
        self._graph.checkpointer.delete_thread("bench")
        return result

    async def ainvoke(self, value: Any, config: Any = None) -> Any:
        result = await self._graph.ainvoke(value, self._config(), durability="sync")
        self._graph.checkpointer.delete_thread("bench")
        return result
