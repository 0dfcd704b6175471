"""Tool calls in a run: the `tools` stream mode, and the writer that a running tool may use.

Upstream's tests and `prebuilt` import `_tool_call_writer`. The handler derives from langchain's
classes and is made when it is first asked for.
"""

from __future__ import annotations

from contextvars import ContextVar
from typing import TYPE_CHECKING, Any, Callable, Optional

from langgraph_rust._internal._elsewhere import find_elsewhere

if TYPE_CHECKING:
    from langgraph_rust._langchain.stream_tools import StreamToolCallHandler

__all__ = ("StreamToolCallHandler", "ToolCallWriter")

ToolCallWriter = Callable[[Any], None]
"""Emits a part of the output of one tool call."""

_tool_call_writer: ContextVar[Optional[ToolCallWriter]] = ContextVar(
    "langgraph_tool_call_writer", default=None
)
"""The writer of the tool call that runs here; None outside of a streamed one."""


__getattr__ = find_elsewhere(
    __name__,
    {
        "langgraph_rust._langchain.stream_tools": "StreamToolCallHandler",
        "langgraph_rust.constants": "TAG_NOSTREAM",
        "langgraph_rust.errors": "GraphDrained GraphInterrupt",
        "langgraph_rust.pregel._messages": "graph_namespace",
        "langgraph_rust.pregel.protocol": "StreamChunk",
    },
)
