"""Looking at a thread's state from outside, and changing it."""

from __future__ import annotations

from typing import Any, Callable, Tuple

from langgraph.checkpoint.memory import InMemorySaver

from cases._case import call_case
from cases._graphs import chain_of

CONFIG: Any = {"configurable": {"thread_id": "bench"}}


def _ran(length: int) -> Tuple[Any, Any]:
    graph = chain_of(length).compile(checkpointer=InMemorySaver())
    graph.invoke({"count": 0}, CONFIG, durability="sync")
    return graph, CONFIG


@call_case("the state after a chain of 20")
def get_state() -> Callable[[], Any]:
    graph, config = _ran(20)
    return lambda: graph.get_state(config)


@call_case("a change of state after a chain of 20; 20 of them, then the thread is made again")
def update_state_20() -> Callable[[], Any]:
    graph, config = _ran(20)
    config = graph.get_state(config).config

    def run() -> None:
        after = config
        for number in range(20):
            after = graph.update_state(after, {"count": number}, as_node="node3")

    return run


@call_case("the history of a chain of 20: 22 states")
def get_state_history() -> Callable[[], Any]:
    graph, config = _ran(20)
    return lambda: list(graph.get_state_history(config))
