"""Runs without a checkpointer."""

from __future__ import annotations

from typing import Any, Callable, Tuple

from langgraph.graph import START, StateGraph
from langgraph.types import Send
from typing_extensions import TypedDict

from cases._case import graph_case
from cases._graphs import Count, Items, chain_of, count_by_hand, increment, loop_until


@graph_case("one node, one superstep: what an invocation costs", count_by_hand(1))
def single() -> Tuple[Any, Any]:
    return chain_of(1).compile(), {"count": 0}


@graph_case("20 nodes in a row", count_by_hand(20))
def chain_20() -> Tuple[Any, Any]:
    return chain_of(20).compile(), {"count": 0}


@graph_case("1,000 nodes in a row", count_by_hand(1000))
def chain_1000() -> Tuple[Any, Any]:
    return chain_of(1000).compile(), {"count": 0}


@graph_case("3,000 nodes in a row", count_by_hand(3000), modes=("sync",))
def chain_3000() -> Tuple[Any, Any]:
    return chain_of(3000).compile(), {"count": 0}


@graph_case("a conditional edge back to the same node, 200 times", count_by_hand(200))
def loop_200() -> Tuple[Any, Any]:
    return loop_until(200).compile(), {"count": 0}


@graph_case("a conditional edge back to the same node, 1,000 times", count_by_hand(1000))
def loop_1000() -> Tuple[Any, Any]:
    return loop_until(1000).compile(), {"count": 0}


def _fan_out(width: int) -> Tuple[Any, Any]:
    graph = StateGraph(Items)
    graph.add_node("begin", lambda state: {"items": []})
    graph.add_node("task", _item)
    graph.add_edge(START, "begin")
    graph.add_conditional_edges(
        "begin", lambda state: [Send("task", number) for number in range(width)], ["task"]
    )
    return graph.compile(), {"items": []}


def _item(number: int) -> Items:
    return {"items": [number]}


def _fan_out_by_hand(width: int) -> Callable[[], Callable[[], Any]]:
    def prepare() -> Callable[[], Any]:
        def run() -> Items:
            items = []
            for number in range(width):
                items = items + _item(number)["items"]
            return {"items": items}

        return run

    return prepare


@graph_case("one superstep of 100 sends into a reducer", _fan_out_by_hand(100))
def fan_out_100() -> Tuple[Any, Any]:
    return _fan_out(100)


@graph_case("one superstep of 1,000 sends into a reducer", _fan_out_by_hand(1000))
def fan_out_1000() -> Tuple[Any, Any]:
    return _fan_out(1000)


def _wide(width: int) -> Tuple[Any, Any]:
    keys = [f"key{number}" for number in range(width - 1)]
    schema = TypedDict("Wide", {"count": int, **{key: str for key in keys}})  # type: ignore[misc]
    graph = StateGraph(schema)
    before = START
    for number in range(20):
        graph.add_node(f"node{number}", increment, input_schema=Count)
        graph.add_edge(before, f"node{number}")
        before = f"node{number}"
    return graph.compile(), {"count": 0, **{key: key * 10 for key in keys}}


@graph_case(
    "20 nodes on a state of 100 keys, each of which reads and writes one", count_by_hand(20)
)
def narrow_view_20x100() -> Tuple[Any, Any]:
    return _wide(100)


@graph_case(
    "20 nodes on a state of 1,000 keys, each of which reads and writes one", count_by_hand(20)
)
def narrow_view_20x1000() -> Tuple[Any, Any]:
    return _wide(1000)


@graph_case("20 nodes on a state of 100 keys, of which one changes", count_by_hand(20))
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


@graph_case("10 nodes, each a compiled graph of 3 nodes", count_by_hand(30))
def subgraphs_10x3() -> Tuple[Any, Any]:
    graph = StateGraph(Count)
    before = START
    for number in range(10):
        graph.add_node(f"node{number}", chain_of(3).compile())
        graph.add_edge(before, f"node{number}")
        before = f"node{number}"
    return graph.compile(), {"count": 0}
