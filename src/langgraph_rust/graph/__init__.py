"""Graphs: `StateGraph` builds one, its `compile` makes it run."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from langgraph_rust._internal._uncollected import uncollected

with uncollected():
    from langgraph_rust.constants import END, START
    from langgraph_rust.graph._older import create_compiled_graph, create_state_graph
    from langgraph_rust.graph.message import MessageGraph, add_messages
    from langgraph_rust.graph.state import StateGraph

if TYPE_CHECKING:
    from langgraph_rust.graph._messages_state import MessagesState

__all__ = (
    "END",
    "START",
    "StateGraph",
    "add_messages",
    "MessagesState",
    "MessageGraph",
)

_OLDER_NAMES = (create_compiled_graph, create_state_graph)


if not TYPE_CHECKING:

    def __getattr__(name: str) -> Any:
        if name == "MessagesState":
            from langgraph_rust.graph._messages_state import MessagesState

            return MessagesState
        raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
