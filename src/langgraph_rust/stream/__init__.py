"""Projections of a running graph: what `stream_events(version="v3")` hands out.

A run emits raw events; a `StreamMux` shows each of them to its transformers, and
every transformer fills the stream channels a caller iterates (`run.values`,
`run.messages`, `run.subgraphs`, …). Nothing here runs in the background: a
caller that asks a channel for its next item pumps the graph by one event.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from langgraph_rust._internal._elsewhere import find_elsewhere

if TYPE_CHECKING:
    from langgraph_rust.stream._types import ProtocolEvent, StreamTransformer
    from langgraph_rust.stream.run_stream import (
        AsyncGraphRunStream,
        AsyncSubgraphRunStream,
        GraphRunStream,
        SubgraphRunStream,
    )
    from langgraph_rust.stream.stream_channel import StreamChannel
    from langgraph_rust.stream.transformers import (
        CheckpointsTransformer,
        CustomTransformer,
        DebugTransformer,
        LifecyclePayload,
        LifecycleTransformer,
        SubgraphStatus,
        SubgraphTransformer,
        TasksTransformer,
        UpdatesTransformer,
    )

__all__ = (
    "AsyncGraphRunStream",
    "AsyncSubgraphRunStream",
    "CheckpointsTransformer",
    "CustomTransformer",
    "DebugTransformer",
    "GraphRunStream",
    "LifecyclePayload",
    "LifecycleTransformer",
    "ProtocolEvent",
    "StreamChannel",
    "StreamTransformer",
    "SubgraphRunStream",
    "SubgraphStatus",
    "SubgraphTransformer",
    "TasksTransformer",
    "UpdatesTransformer",
)

# Each is imported when it is first asked for: importing the package stays free of charge.
if not TYPE_CHECKING:
    __getattr__ = find_elsewhere(
        __name__,
        {
            "langgraph_rust.stream._types": "ProtocolEvent StreamTransformer",
            "langgraph_rust.stream.run_stream": (
                "AsyncGraphRunStream AsyncSubgraphRunStream GraphRunStream SubgraphRunStream"
            ),
            "langgraph_rust.stream.stream_channel": "StreamChannel",
            "langgraph_rust.stream.transformers": (
                "CheckpointsTransformer CustomTransformer DebugTransformer LifecyclePayload "
                "LifecycleTransformer SubgraphStatus SubgraphTransformer TasksTransformer "
                "UpdatesTransformer"
            ),
        },
    )
