"""Nodes that are coroutine functions."""

from __future__ import annotations

import asyncio
from typing import Any, Callable

from langgraph.graph import END, START, StateGraph

from cases._case import CONFIG, call_case
from cases._graphs import Count


async def _increment(state: Count) -> Count:
    return {"count": state["count"] + 1}


async def _suspend(state: Count) -> Count:
    await asyncio.sleep(0)
    return {"count": state["count"] + 1}


def chain_of_async(length: int, node: Callable[[Count], Any] = _suspend) -> Any:
    """A compiled chain of one coroutine function."""
    graph = StateGraph(Count)
    before = START
    for number in range(length):
        graph.add_node(f"node{number}", node)
        graph.add_edge(before, f"node{number}")
        before = f"node{number}"
    graph.add_edge(before, END)
    return graph.compile()


def _run(graph: Any) -> Callable[[], Any]:
    return lambda: graph.ainvoke({"count": 0}, CONFIG)


@call_case("1,000 async nodes in a row that do not wait", is_async=True)
def async_chain_1000() -> Callable[[], Any]:
    return _run(chain_of_async(1000, _increment))


@call_case("1,000 async nodes in a row, each of which waits a turn of the loop", is_async=True)
def suspending_chain_1000() -> Callable[[], Any]:
    return _run(chain_of_async(1000))


@call_case("one async node with a conditional edge, 1,000 rounds", is_async=True)
def async_loop_1000() -> Callable[[], Any]:
    graph = StateGraph(Count)
    graph.add_node("step", _increment)
    graph.add_edge(START, "step")
    graph.add_conditional_edges("step", lambda state: END if state["count"] >= 1000 else "step")
    return _run(graph.compile())
