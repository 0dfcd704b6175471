"""Runs that keep checkpoints in memory."""

from __future__ import annotations

from typing import Any, Dict, Tuple

from langgraph.checkpoint.memory import InMemorySaver
from langgraph.graph import StateGraph

from cases._case import graph_case
from cases._graphs import chain_of, count_by_hand, loop_until


@graph_case("20 nodes in a row, each step checkpointed before the next", count_by_hand(20))
def chain_20_checkpointed() -> Tuple[Any, Any]:
    return in_threads(chain_of(20), InMemorySaver()), {"count": 0}


@graph_case("the loop, each step checkpointed before the next", count_by_hand(200))
def loop_200_checkpointed() -> Tuple[Any, Any]:
    return in_threads(loop_until(200), InMemorySaver()), {"count": 0}


def in_threads(graph: StateGraph, saver: Any, durability: str = "sync") -> Any:
    """The compiled graph, to be run in a new thread each time."""
    return _InThreads(graph.compile(checkpointer=saver), durability)


class _InThreads:
    """A graph that runs each invocation in a thread of its own, and forgets it afterwards."""

    def __init__(self, graph: Any, durability: str) -> None:
        self._graph = graph
        self._durability = durability

    def _config(self) -> Dict[str, Any]:
        return {"configurable": {"thread_id": "bench"}, "recursion_limit": 1_000_000}

    def invoke(self, value: Any, config: Any = None) -> Any:
        result = self._graph.invoke(value, self._config(), durability=self._durability)
        self._graph.checkpointer.delete_thread("bench")
        return result

    async def ainvoke(self, value: Any, config: Any = None) -> Any:
        result = await self._graph.ainvoke(value, self._config(), durability=self._durability)
        self._graph.checkpointer.delete_thread("bench")
        return result
