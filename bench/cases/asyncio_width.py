"""Many async tasks at once: sends, subgraphs, runs; and the first chunk of a stream."""

from __future__ import annotations

import asyncio
from typing import Any, Awaitable, Callable, List, Tuple

from langgraph.graph import START, StateGraph
from langgraph.types import Send

from cases._case import CONFIG, call_case, graph_case
from cases._graphs import Items
from cases.asyncio_nodes import _increment, chain_of_async


async def hand_back(state: Items) -> Items:
    return state


async def hand_back_later(state: Items) -> Items:
    await asyncio.sleep(0)
    return state


def _sends(width: int, node: Any) -> Any:
    async def send(state: Items) -> List[Send]:
        return [Send("task", {"items": [number]}) for number in range(width)]

    graph = StateGraph(Items)
    graph.add_node("task", node)
    graph.add_conditional_edges(START, send, ["task"])
    return graph.compile()


@graph_case("one superstep of 1,000 sends to an async node", modes=("async",))
def async_sends_1000() -> Tuple[Any, Any]:
    return _sends(1000, hand_back), {"items": []}


@graph_case("100 sends to an async node that waits for the loop", modes=("async",))
def async_sends_later_100() -> Tuple[Any, Any]:
    return _sends(100, hand_back_later), {"items": []}


@graph_case("32 sends to a subgraph that makes 32 sends of its own", modes=("async",))
def async_sends_32x32() -> Tuple[Any, Any]:
    return _sends(32, _sends(32, hand_back)), {"items": []}


@call_case("the first chunk of a stream through 1,000 async nodes", is_async=True)
def async_first_chunk() -> Callable[[], Awaitable[Any]]:
    graph = chain_of_async(1000, _increment)

    async def run() -> Any:
        stream = graph.astream({"count": 0}, CONFIG)
        try:
            async for chunk in stream:
                return chunk
        finally:
            await stream.aclose()

    return run


@call_case("1,000 runs at once of 3 async nodes, each of which waits", is_async=True)
def async_together() -> Callable[[], Awaitable[Any]]:
    graph = chain_of_async(3)

    async def run() -> Any:
        runs = (graph.ainvoke({"count": 0}, CONFIG) for _ in range(1000))
        return await asyncio.gather(*runs)

    return run
