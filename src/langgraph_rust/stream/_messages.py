"""The transformer that gives each chat message a stream of its own."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Awaitable, Callable, Dict, List, Optional, Set, Tuple

from langgraph_rust._internal._home import settle
from langgraph_rust._langchain.chat_streams import (
    is_finished_chat_message,
    open_chat_stream,
    replay_message,
)
from langgraph_rust.stream._types import StreamTransformer
from langgraph_rust.stream.stream_channel import StreamChannel

if TYPE_CHECKING:
    from langgraph_rust._langchain.chat_streams import ChatStream
    from langgraph_rust.stream._types import ProtocolEvent


class MessagesTransformer(StreamTransformer):
    """`run.messages`: one `ChatModelStream` per chat message of this namespace.

    Two kinds of `messages` events feed it. Protocol events of a model call
    (dicts with an `"event"`) go to the stream of their `run_id`: `message-start`
    opens it, `message-finish` ends it. A whole message that a node returned is
    replayed into a stream that is complete at once. Message chunks of the older
    protocol and tool messages are left out.

    An asyncio run gets `AsyncChatModelStream`s. Both are driven by the run's pump.
    """

    _native = True
    required_stream_modes = ("messages",)
    _hears = ("messages",)

    def __init__(self, scope: Tuple[str, ...] = ()) -> None:
        super().__init__(scope)
        self._log: StreamChannel[ChatStream] = StreamChannel()
        self._by_run: Dict[str, ChatStream] = {}
        self._ignored_runs: Set[str] = set()
        self._pump_fn: Optional[Callable[[], bool]] = None
        self._apump_fn: Optional[Callable[[], Awaitable[bool]]] = None
        self._scope_list: List[str] = list(scope)

    def init(self) -> Dict[str, Any]:
        return {"messages": self._log}

    def _bind_pump(self, fn: Callable[[], bool]) -> None:
        self._pump_fn = fn

    def _bind_apump(self, fn: Callable[[], Awaitable[bool]]) -> None:
        self._apump_fn = fn

    def process(self, event: ProtocolEvent) -> bool:
        params = event["params"]
        if event["method"] != "messages" or params["namespace"] != self._scope_list:
            return True
        payload, metadata = params["data"]
        node = metadata.get("langgraph_node")
        if isinstance(payload, dict) and "event" in payload:
            self._route_protocol_event(payload, str(metadata.get("run_id", "")), node)
        elif is_finished_chat_message(payload):
            stream = self._open(node, payload.id)
            for part in replay_message(payload):
                stream.dispatch(part)
            self._log.push(stream)
        return True

    def _open(self, node: Optional[str], message_id: Optional[str]) -> ChatStream:
        return open_chat_stream(
            node=node, message_id=message_id, pump=self._pump_fn, apump=self._apump_fn
        )

    def _route_protocol_event(
        self, event: Dict[str, Any], run_id: str, node: Optional[str]
    ) -> None:
        kind = event.get("event")
        if kind == "message-start":
            if event.get("role") == "tool":
                self._ignored_runs.add(run_id)
                return
            message_id = event.get("message_id")
            stream = self._open(node, None if message_id is None else str(message_id))
            self._by_run[run_id] = stream
            self._log.push(stream)
            stream.dispatch(event)
        elif run_id in self._ignored_runs:
            if kind == "message-finish":
                self._ignored_runs.discard(run_id)
        elif run_id in self._by_run:
            self._by_run[run_id].dispatch(event)
            if kind == "message-finish":
                del self._by_run[run_id]

    def finalize(self) -> None:
        self._by_run.clear()
        self._ignored_runs.clear()

    def fail(self, err: BaseException) -> None:
        """Fail the streams whose message was not finished."""
        for stream in list(self._by_run.values()):
            stream.fail(err)
        self.finalize()


settle("langgraph.stream.transformers", MessagesTransformer)
