"""Every built-in transformer of the streaming protocol, by its public name."""

from __future__ import annotations

from typing import TYPE_CHECKING

from langgraph_rust._internal._elsewhere import find_elsewhere
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

if not TYPE_CHECKING:
    __getattr__ = find_elsewhere(
        __name__,
        {
            "langchain_protocol.protocol": "LifecycleCause MessagesData",
            "langgraph_rust.errors": "GraphDrained GraphInterrupt",
            "langgraph_rust.stream._types": "ProtocolEvent StreamTransformer",
            "langgraph_rust.stream.run_stream": "AsyncSubgraphRunStream SubgraphRunStream",
            "langgraph_rust.stream.stream_channel": "StreamChannel",
            "typing": "TYPE_CHECKING",
            "typing_extensions": "Literal NotRequired TypedDict",
        },
    )
