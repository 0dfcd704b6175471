"""What is counted: graphs whose nodes do next to nothing, run on a warm engine.

    python workload.py

Runs sections, each from one mark to the next: `CASES` in order, each `FEW` and then `MANY` times.
A mark is a call of libc's `getppid`, which nothing else here makes.
"""

from __future__ import annotations

import gc
import operator
import os
from typing import Any, List, Tuple

FEW, MANY = 2, 12
# Tasks that a run of it has.
CASES = {"chain": 100, "fan_out": 100}


def _chain() -> Tuple[Any, Any]:
    """100 nodes in a row: 100 supersteps of a task each."""
    from langgraph_rust.graph import END, START, StateGraph

    graph = StateGraph(dict_of(count=int))
    before = START
    for number in range(CASES["chain"]):
        graph.add_node(f"node{number}", lambda state: {"count": state["count"] + 1})
        graph.add_edge(before, f"node{number}")
        before = f"node{number}"
    graph.add_edge(before, END)
    return graph.compile(), {"count": 0}


def _fan_out() -> Tuple[Any, Any]:
    """One superstep of 100 sends, into a reducer."""
    from typing_extensions import Annotated

    from langgraph_rust.graph import START, StateGraph
    from langgraph_rust.types import Send

    graph = StateGraph(dict_of(items=Annotated[List[int], operator.add]))
    graph.add_node("task", lambda number: {"items": [number]})
    sends = [Send("task", number) for number in range(CASES["fan_out"])]
    graph.add_conditional_edges(START, lambda state: sends, ["task"])
    return graph.compile(), {"items": []}


def dict_of(**fields: Any) -> Any:
    """A schema with these fields."""
    from typing_extensions import TypedDict

    return TypedDict("State", fields)  # type: ignore[operator]


def main() -> None:
    """Run all sections."""
    # One task at a time: with threads that help, the count would be a matter of chance.
    config: Any = {"recursion_limit": 1000, "max_concurrency": 1}
    ready = [(graph, value) for graph, value in (_chain(), _fan_out())]
    for graph, value in ready:
        graph.invoke(value, config)
    # A collection would fall into one section or the other.
    gc.collect()
    gc.disable()
    for graph, value in ready:
        for times in (FEW, MANY):
            os.getppid()
            for _ in range(times):
                graph.invoke(value, config)
    os.getppid()


if __name__ == "__main__":
    main()
