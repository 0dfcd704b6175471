"""What the memory tests share: driving a graph either way, and counting what the engine holds."""

from __future__ import annotations

import asyncio
import gc
from collections import Counter
from typing import Any, Callable, Dict, List

import pytest

both_drivers = pytest.mark.parametrize("drive", ["sync", "async"])


def as_node(drive: str, body: Callable[..., Any]) -> Callable[..., Any]:
    """The function as a node of a graph that is driven so."""
    if drive == "sync":
        return body

    async def node(state: Any) -> Any:
        return body(state)

    return node


def run(drive: str, graph: Any, value: Any, **options: Any) -> Any:
    """Invoke a graph."""
    if drive == "sync":
        return graph.invoke(value, **options)
    return asyncio.run(graph.ainvoke(value, **options))


def stream(drive: str, graph: Any, value: Any, **options: Any) -> List[Any]:
    """Stream a graph to its end, keeping nothing; gives how many chunks there were."""
    count = 0
    if drive == "sync":
        for _ in graph.stream(value, **options):
            count += 1
        return [count]

    async def main() -> List[Any]:
        count = 0
        async for _ in graph.astream(value, **options):
            count += 1
        return [count]

    return asyncio.run(main())


def count_engine_objects() -> Dict[str, int]:
    """The engine's own objects that are alive after a collection, by type."""
    gc.collect()
    kinds = (type(thing) for thing in gc.get_objects())
    return Counter(kind.__name__ for kind in kinds if kind.__module__ == "langgraph_rust._engine")
