"""The callback handler behind the `tools` stream mode. Importing this imports langchain."""

from __future__ import annotations

from contextvars import Token
from typing import Any, Callable, Dict, Iterator, NamedTuple, Optional, Tuple
from uuid import UUID

from langchain_core.callbacks import BaseCallbackHandler

from langgraph_rust._langchain.stream_bases import StreamingHandlerBase
from langgraph_rust.constants import TAG_NOSTREAM
from langgraph_rust.errors import GraphDrained, GraphInterrupt
from langgraph_rust.pregel._messages import graph_namespace
from langgraph_rust.pregel._tools import _tool_call_writer


class _ToolCall(NamedTuple):
    namespace: Tuple[str, ...]
    id: str
    token: Token[Any]


class StreamToolCallHandler(BaseCallbackHandler, StreamingHandlerBase):
    """Emits start, partial output, end and error of every tool call.

    While a tool runs, `_tool_call_writer` holds a function that emits parts of its output.

    Args:
        stream: Takes each `(namespace, "tools", event)`.
        subgraphs: Whether calls in subgraphs are emitted too.
        parent_ns: The namespace of the graph that this handler was made for. Its calls are
            emitted in any case: a node may stream a subgraph itself.
    """

    __module__ = "langgraph.pregel._tools"

    run_inline = True
    """Called on the thread of the event, so that order is kept and the tool sees the writer."""

    def __init__(
        self,
        stream: Callable[[Any], None],
        subgraphs: bool,
        *,
        parent_ns: Optional[Tuple[str, ...]] = None,
    ) -> None:
        self.stream = stream
        self.subgraphs = subgraphs
        self.parent_ns = parent_ns
        # Only the start names the call; later callbacks are matched by run.
        self._run_to_call: Dict[UUID, _ToolCall] = {}

    def _ns_for_emit(self, metadata: Any, tags: Any) -> Optional[Tuple[str, ...]]:
        """Return the namespace to emit at, or None if the call is not to be shown."""
        if not metadata or (tags and TAG_NOSTREAM in tags):
            return None
        if not metadata.get("langgraph_checkpoint_ns"):
            return ()
        namespace = graph_namespace(metadata)
        if self.subgraphs or not namespace or namespace == self.parent_ns:
            return namespace
        return None

    def _emit(self, namespace: Tuple[str, ...], event: str, call_id: str, **more: Any) -> None:
        payload = {"event": event, "tool_call_id": call_id, **more}
        self.stream((namespace, "tools", payload))

    def _take(self, run_id: UUID) -> Optional[_ToolCall]:
        call = self._run_to_call.pop(run_id, None)
        if call is not None:
            try:
                _tool_call_writer.reset(call.token)
            except ValueError:
                # The call ended in another context than it began in, which has no writer.
                pass
        return call

    def tap_output_iter(self, run_id: UUID, output: Iterator[Any]) -> Iterator[Any]:
        """Return `output`: nothing is read from it."""
        return output

    def tap_output_aiter(self, run_id: UUID, output: Any) -> Any:
        """See `tap_output_iter`."""
        return output

    def on_tool_start(
        self,
        serialized: Any,
        input_str: str,
        *,
        run_id: UUID,
        tags: Any = None,
        metadata: Any = None,
        inputs: Any = None,
        **kwargs: Any,
    ) -> Any:
        """Emit the start, and let the tool find its writer."""
        namespace = self._ns_for_emit(metadata, tags)
        if namespace is None:
            return
        call_id = kwargs.get("tool_call_id") or str(run_id)
        name = (serialized or {}).get("name") or kwargs.get("name") or ""

        def write(delta: Any) -> None:
            self._emit(namespace, "tool-output-delta", call_id, delta=delta)

        token = _tool_call_writer.set(write)
        self._run_to_call[run_id] = _ToolCall(namespace, call_id, token)
        more = {} if inputs is None else {"input": inputs}
        self._emit(namespace, "tool-started", call_id, tool_name=name, **more)

    def on_tool_end(self, output: Any, *, run_id: UUID, **kwargs: Any) -> Any:
        """Emit the end with the tool's output."""
        call = self._take(run_id)
        if call is not None:
            self._emit(call.namespace, "tool-finished", call.id, output=output)

    def on_tool_error(self, error: BaseException, *, run_id: UUID, **kwargs: Any) -> Any:
        """Emit the error; a pause or a drain of the graph is none."""
        call = self._take(run_id)
        if call is not None and not isinstance(error, (GraphInterrupt, GraphDrained)):
            self._emit(call.namespace, "tool-error", call.id, message=str(error))
