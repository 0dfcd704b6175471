"""Graphs and nodes that several topics use."""

from __future__ import annotations

import operator
from typing import Any, Callable, Dict, List

from langgraph.graph import END, START, StateGraph
from typing_extensions import Annotated, TypedDict


class Count(TypedDict):
    count: int


class Items(TypedDict):
    items: Annotated[List[int], operator.add]


def increment(state: Count) -> Count:
    return {"count": state["count"] + 1}


def chain_of(length: int) -> StateGraph:
    """Nodes in a row, each of which counts one on."""
    graph = StateGraph(Count)
    before = START
    for number in range(length):
        graph.add_node(f"node{number}", increment)
        graph.add_edge(before, f"node{number}")
        before = f"node{number}"
    graph.add_edge(before, END)
    return graph


def loop_until(count: int) -> StateGraph:
    """One node with a conditional edge to itself."""
    graph = StateGraph(Count)
    graph.add_node("step", increment)
    graph.add_edge(START, "step")
    graph.add_conditional_edges("step", lambda state: END if state["count"] >= count else "step")
    return graph


def count_by_hand(count: int) -> Callable[[], Callable[[], Any]]:
    """What `chain_of` and `loop_until` compute, written as a loop."""

    def prepare() -> Callable[[], Any]:
        def run() -> Dict[str, int]:
            state: Count = {"count": 0}
            for _ in range(count):
                state = {**state, **increment(state)}
            return state

        return run

    return prepare
