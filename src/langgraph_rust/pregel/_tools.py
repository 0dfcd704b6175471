"""Tool calls in a run: the `tools` stream mode, and the writer that a running tool may use.

Upstream's tests and `prebuilt` import `_tool_call_writer`. The handler derives from langchain's
classes and is made when it is first asked for.
"""

from __future__ import annotations

from contextvars import ContextVar
from typing import TYPE_CHECKING, Any, Callable, Optional

if TYPE_CHECKING:
    from langgraph_rust._langchain.stream_tools import StreamToolCallHandler

__all__ = ("StreamToolCallHandler", "ToolCallWriter")

ToolCallWriter = Callable[[Any], None]
"""Emits a part of the output of one tool call."""

_tool_call_writer: ContextVar[Optional[ToolCallWriter]] = ContextVar(
    "langgraph_tool_call_writer", default=None
)
"""The writer of the tool call that runs here; None outside of a streamed one."""


def __getattr__(name: str) -> Any:
    if name == "StreamToolCallHandler":
        from langgraph_rust._langchain.stream_tools import StreamToolCallHandler

        return StreamToolCallHandler
    raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
