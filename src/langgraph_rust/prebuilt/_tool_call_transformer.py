"""The transformer that gives each tool call a stream of its own."""

from __future__ import annotations

import sys
from typing import TYPE_CHECKING, Any, Awaitable, Callable, Dict, Optional, Tuple

from langgraph_rust._internal._compat import name_as_upstream
from langgraph_rust._internal._elsewhere import find_elsewhere
from langgraph_rust.prebuilt._tool_call_stream import ToolCallStream
from langgraph_rust.stream._types import StreamTransformer
from langgraph_rust.stream.stream_channel import StreamChannel

if TYPE_CHECKING:
    from langgraph_rust.stream._types import ProtocolEvent


class ToolCallTransformer(StreamTransformer):
    """`run.tool_calls`: one `ToolCallStream` per tool call of this namespace.

    It is not built in: pass it to `compile(transformers=[…])` or to the run. The
    `tools` events it reads stay in the event log.
    """

    _native = True
    required_stream_modes = ("tools",)
    _hears = ("tools",)

    def __init__(self, scope: Tuple[str, ...] = ()) -> None:
        super().__init__(scope)
        self._log: StreamChannel[ToolCallStream] = StreamChannel()
        self._active: Dict[str, ToolCallStream] = {}
        self._is_async = False
        self._pump_fn: Optional[Callable[[], bool]] = None
        self._apump_fn: Optional[Callable[[], Awaitable[bool]]] = None

    def init(self) -> Dict[str, Any]:
        return {"tool_calls": self._log}

    def _bind_pump(self, fn: Callable[[], bool]) -> None:
        self._pump_fn = fn
        self._is_async = False

    def _bind_apump(self, fn: Callable[[], Awaitable[bool]]) -> None:
        self._apump_fn = fn
        self._is_async = True

    def process(self, event: ProtocolEvent) -> bool:
        if event["method"] == "tools" and tuple(event["params"]["namespace"]) == self.scope:
            data = event["params"]["data"]
            call_id = data.get("tool_call_id")
            if call_id is not None:
                self._take(call_id, data)
        return True

    def _take(self, call_id: str, data: Dict[str, Any]) -> None:
        kind = data.get("event")
        if kind == "tool-started":
            self._active[call_id] = stream = self._open(call_id, data)
            self._log.push(stream)
            return
        running = self._active.get(call_id)
        if running is None:
            return
        if kind == "tool-output-delta":
            running._push_delta(data.get("delta"))
        elif kind == "tool-finished":
            del self._active[call_id]
            running._finish(_content_of(data.get("output")))
        elif kind == "tool-error":
            del self._active[call_id]
            running._fail(data.get("message", ""))

    def _open(self, call_id: str, data: Dict[str, Any]) -> ToolCallStream:
        stream = ToolCallStream(call_id, data.get("tool_name", ""), data.get("input"))
        stream._bind(is_async=self._is_async)
        stream._output_deltas._request_more = self._pump_fn
        stream._output_deltas._arequest_more = self._apump_fn
        return stream

    def finalize(self) -> None:
        """End the calls that are still open, without a result."""
        for stream in self._active.values():
            stream._finish(None)
        self._active.clear()

    def fail(self, err: BaseException) -> None:
        """End the calls that are still open with the run's error."""
        for stream in self._active.values():
            stream._fail(str(err))
        self._active.clear()


def _content_of(output: Any) -> Any:
    """The content of a tool message, live or serialized; anything else as it is."""
    if "langchain_core.messages" in sys.modules:
        from langchain_core.messages import ToolMessage

        if isinstance(output, ToolMessage):
            return output.content
    if (
        isinstance(output, dict)
        and output.get("type") == "constructor"
        and isinstance(output.get("id"), list)
        and output["id"][-1:] == ["ToolMessage"]
        and isinstance(output.get("kwargs"), dict)
    ):
        return output["kwargs"].get("content")
    return output


name_as_upstream(globals(), "prebuilt._tool_call_transformer")

__getattr__ = find_elsewhere(
    __name__,
    {"langgraph_rust.stream._types": "ProtocolEvent"},
)
