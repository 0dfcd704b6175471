"""One tool call while it runs, as a caller of the run sees it."""

from __future__ import annotations

from typing import Any, AsyncIterator, Dict, Iterator, Optional

from langgraph_rust._internal._compat import name_as_upstream
from langgraph_rust.stream.stream_channel import StreamChannel


class ToolCallStream:
    """A tool call from `run.tool_calls`; iterating it yields its partial outputs.

    Attributes:
        tool_call_id: Id of the call.
        tool_name: Name of the tool.
        input: Its arguments, if they were reported.
        output: Its result, once it has one.
        error: What it failed with, as text.
        completed: Whether it has ended either way.
    """

    def __init__(
        self, tool_call_id: str, tool_name: str, input: Optional[Dict[str, Any]] = None
    ) -> None:
        self.tool_call_id = tool_call_id
        self.tool_name = tool_name
        self.input = input
        self.output: Any = None
        self.error: Optional[str] = None
        self.completed = False
        self._output_deltas: StreamChannel[Any] = StreamChannel()

    @property
    def output_deltas(self) -> StreamChannel[Any]:
        """The partial outputs; closed when the call has ended."""
        return self._output_deltas

    def _bind(self, *, is_async: bool) -> None:
        self._output_deltas._bind(is_async=is_async)

    def _push_delta(self, delta: Any) -> None:
        self._output_deltas.push(delta)

    def _finish(self, output: Any) -> None:
        self.output = output
        self._end()

    def _fail(self, message: str) -> None:
        self.error = message
        self._end()

    def _end(self) -> None:
        self.completed = True
        self._output_deltas.close()

    def __iter__(self) -> Iterator[Any]:
        """Subscribe to the partial outputs, in a sync run."""
        return iter(self._output_deltas)

    def __aiter__(self) -> AsyncIterator[Any]:
        """Subscribe to the partial outputs, in an asyncio run."""
        return self._output_deltas.__aiter__()

    def __repr__(self) -> str:
        status = "running"
        if self.completed:
            status = "completed" if self.error is None else "failed"
        return (
            f"ToolCallStream(tool_call_id={self.tool_call_id!r}, "
            f"tool_name={self.tool_name!r}, status={status})"
        )


name_as_upstream(globals(), "prebuilt._tool_call_stream")
