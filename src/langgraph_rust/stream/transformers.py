"""Every built-in transformer of the streaming protocol, by its public name."""

from __future__ import annotations

from typing import Any

from langgraph_rust.stream._lifecycle import (
    LifecyclePayload,
    LifecycleTransformer,
    SubgraphStatus,
    _parse_ns_segment,
    _status_from_exception,
    _TasksLifecycleBase,
    _terminal_from_result,
)
from langgraph_rust.stream._messages import MessagesTransformer
from langgraph_rust.stream._scope_projections import (
    CheckpointsTransformer,
    CustomTransformer,
    DebugTransformer,
    TasksTransformer,
    UpdatesTransformer,
    ValuesTransformer,
)
from langgraph_rust.stream._subgraphs import SubgraphTransformer

__all__ = [
    "CheckpointsTransformer",
    "CustomTransformer",
    "DebugTransformer",
    "LifecyclePayload",
    "LifecycleTransformer",
    "MessagesTransformer",
    "SubgraphStatus",
    "SubgraphTransformer",
    "TasksTransformer",
    "UpdatesTransformer",
    "ValuesTransformer",
    # Subclassed and called by libraries that build on this module.
    "_TasksLifecycleBase",
    "_parse_ns_segment",
    "_status_from_exception",
    "_terminal_from_result",
]


def __getattr__(name: str) -> Any:
    # Only annotations need it, and it belongs to another distribution.
    if name == "LifecycleCause":
        from langchain_protocol.protocol import LifecycleCause

        return LifecycleCause
    raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
