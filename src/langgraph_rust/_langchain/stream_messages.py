"""The callback handlers behind the `messages` stream mode. Importing this imports langchain."""

from __future__ import annotations

from typing import Any, Callable, Dict, Iterator, Optional, Sequence, Set, Tuple
from uuid import UUID

from langchain_core.callbacks import BaseCallbackHandler
from langchain_core.messages import BaseMessage, ToolMessage
from langchain_core.outputs import ChatGeneration, ChatGenerationChunk

from langgraph_rust._engine import NodeMessages
from langgraph_rust._internal._config import filter_to_user_tags
from langgraph_rust._langchain.messages import give_id
from langgraph_rust._langchain.stream_bases import (
    StreamingHandlerBase,
    V2StreamingHandlerBase,
)
from langgraph_rust.constants import TAG_HIDDEN, TAG_NOSTREAM
from langgraph_rust.pregel._messages import Meta, graph_namespace


class StreamMessagesHandler(BaseCallbackHandler, StreamingHandlerBase):
    """Emits the tokens of chat models and the messages in what nodes return.

    Args:
        stream: Takes each `(namespace, "messages", (message, metadata))`.
        subgraphs: Whether messages from subgraphs are emitted too.
        parent_ns: The namespace of the graph that this handler was made for. Its messages are
            emitted in any case: a node may stream a subgraph itself.
    """

    __module__ = "langgraph.pregel._messages"

    run_inline = True
    """Called on the thread of the event, so that order is kept."""

    _left_out: Optional[type] = None
    """A class of messages that is not shown where a node returns it."""

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
        self.metadata: Dict[UUID, Meta] = {}
        self.nodes = NodeMessages(stream, self._left_out)
        self.seen: Set[Any] = self.nodes.seen

    def _namespace_to_show(self, metadata: Dict[str, Any]) -> Optional[Tuple[str, ...]]:
        namespace = graph_namespace(metadata)
        if self.subgraphs or not namespace or namespace == self.parent_ns:
            return namespace
        return None

    def _emit(self, meta: Meta, message: BaseMessage, *, dedupe: bool = False) -> None:
        self.nodes.emit(meta, message, dedupe)

    def tap_output_iter(self, run_id: UUID, output: Iterator[Any]) -> Iterator[Any]:
        """Return `output`: nothing is read from it."""
        return output

    def tap_output_aiter(self, run_id: UUID, output: Any) -> Any:
        """See `tap_output_iter`."""
        return output

    def on_chat_model_start(
        self,
        serialized: Any,
        messages: Any,
        *,
        run_id: UUID,
        tags: Any = None,
        metadata: Any = None,
        **kwargs: Any,
    ) -> Any:
        """Note where the model's tokens will come from, unless it is tagged `nostream`."""
        if not metadata or (tags and TAG_NOSTREAM in tags):
            return
        namespace = self._namespace_to_show(metadata)
        if namespace is None:
            return
        user_tags = filter_to_user_tags(tags)
        if user_tags is not None:
            metadata["tags"] = user_tags
        self.metadata[run_id] = (namespace, metadata)

    def on_llm_new_token(
        self, token: Any, *, chunk: Any = None, run_id: UUID, **kwargs: Any
    ) -> Any:
        """Emit a chunk of a chat model's message."""
        if isinstance(chunk, ChatGenerationChunk):
            meta = self.metadata.get(run_id)
            if meta:
                self._emit(meta, chunk.message)

    def on_llm_end(self, response: Any, *, run_id: UUID, **kwargs: Any) -> Any:
        """Emit the whole message if its chunks were not."""
        meta = self.metadata.pop(run_id, None)
        if meta and response.generations and response.generations[0]:
            generation = response.generations[0][0]
            if isinstance(generation, ChatGeneration):
                self._finish_message(meta, generation.message, run_id)

    def _finish_message(self, meta: Meta, message: BaseMessage, run_id: UUID) -> None:
        self._emit(meta, message, dedupe=True)

    def on_llm_error(self, error: BaseException, *, run_id: UUID, **kwargs: Any) -> Any:
        """Forget the model's run."""
        self.metadata.pop(run_id, None)

    def on_chain_start(
        self,
        serialized: Any,
        inputs: Any,
        *,
        run_id: UUID,
        tags: Any = None,
        metadata: Any = None,
        **kwargs: Any,
    ) -> Any:
        """Note a node's run, and the messages it is given: they are not news."""
        if (
            not metadata
            or kwargs.get("name") != metadata.get("langgraph_node")
            or (tags and TAG_HIDDEN in tags)
        ):
            return
        namespace = self._namespace_to_show(metadata)
        if namespace is not None:
            self.nodes.mark(inputs)
            self.metadata[run_id] = (namespace, metadata)

    def on_chain_end(self, outputs: Any, *, run_id: UUID, **kwargs: Any) -> Any:
        """Emit the messages in a node's output, or in the updates of its Commands."""
        meta = self.metadata.pop(run_id, None)
        if meta:
            self.nodes.emit_found(meta, outputs)

    def on_chain_error(self, error: BaseException, *, run_id: UUID, **kwargs: Any) -> Any:
        """Forget the node's run."""
        self.metadata.pop(run_id, None)


class StreamMessagesHandlerV2(StreamMessagesHandler, V2StreamingHandlerBase):
    """Emits the protocol events of chat models instead of chunks.

    Its second base makes langchain's chat models produce those events. Tool messages in what
    nodes return are left out: they are shown as the results of tool calls.
    """

    __module__ = "langgraph.pregel._messages"

    _left_out = ToolMessage

    def __init__(
        self,
        stream: Callable[[Any], None],
        subgraphs: bool,
        *,
        parent_ns: Optional[Tuple[str, ...]] = None,
    ) -> None:
        super().__init__(stream, subgraphs, parent_ns=parent_ns)
        self._streamed_run_ids: Set[UUID] = set()

    def on_llm_new_token(self, token: Any, **kwargs: Any) -> Any:
        """Drop the chunk: a node that streams a model itself still causes these."""

    def on_stream_event(self, event: Any, *, run_id: UUID, **kwargs: Any) -> Any:
        """Emit a protocol event, with its run's id in the metadata.

        The id of the message counts as seen from the start, so that the node's output does not
        show it again.
        """
        meta = self.metadata.get(run_id)
        if not meta:
            return
        if event.get("event") == "message-start":
            self._streamed_run_ids.add(run_id)
            if event.get("message_id"):
                self.seen.add(event["message_id"])
        self.stream((meta[0], "messages", (event, {**meta[1], "run_id": str(run_id)})))

    def on_llm_end(self, response: Any, *, run_id: UUID, **kwargs: Any) -> Any:
        """Emit the whole message if there were no events of it."""
        super().on_llm_end(response, run_id=run_id, **kwargs)
        self._streamed_run_ids.discard(run_id)

    def _finish_message(self, meta: Meta, message: BaseMessage, run_id: UUID) -> None:
        if run_id not in self._streamed_run_ids:
            self._emit(meta, message, dedupe=True)
            return
        if message.id is None:
            give_id(message)
        self.seen.add(message.id)

    def on_llm_error(self, error: BaseException, *, run_id: UUID, **kwargs: Any) -> Any:
        """Forget the model's run."""
        self._streamed_run_ids.discard(run_id)
        super().on_llm_error(error, run_id=run_id, **kwargs)


class MessagesTap:
    """Hears of a run's nodes from the engine, in the place of callbacks.

    Where the handler of the `messages` mode is the only one of a run, what langchain's callback
    managers would tell it of each node is told without them, and the node is run as one that
    nobody observes. What a node runs itself, its model for one, reports by callbacks as ever.
    The engine asks this only for what is langchain's.

    Args:
        handler: The handler.
        manager: The run manager of the graph's run.
    """

    __slots__ = ("handler", "is_hidden", "manager", "metadata")

    def __init__(self, handler: StreamMessagesHandler, manager: Any) -> None:
        self.handler = handler
        self.manager = manager
        self.metadata: Dict[str, Any] = manager.inheritable_metadata
        self.is_hidden = TAG_HIDDEN in manager.inheritable_tags

    @classmethod
    def of(cls, handler: Any, manager: Any) -> Optional[MessagesTap]:
        """Return the tap of a run, or None if others listen too."""
        if type(handler) not in (StreamMessagesHandler, StreamMessagesHandlerV2):
            return None
        listening = manager.inheritable_handlers
        if manager.handlers or len(listening) != 1 or listening[0] is not handler:
            return None
        return cls(handler, manager)

    def merge(self, metadata: Dict[str, Any], tags: Optional[Sequence[str]]) -> Any:
        """Return a node's metadata with the run's beneath, merged as langchain does."""
        return self._child(metadata, tags, "").metadata

    def callbacks(self, step: int, metadata: Dict[str, Any], tags: Optional[Sequence[str]]) -> Any:
        """Return the callback manager for what a node runs."""
        from langgraph_rust._engine import random_id

        child = self._child(metadata, tags, f"graph:step:{step}")
        run = type(self.manager)(
            run_id=UUID(bytes=random_id(), version=4),
            handlers=child.handlers,
            inheritable_handlers=child.inheritable_handlers,
            parent_run_id=child.parent_run_id,
            tags=child.tags,
            inheritable_tags=child.inheritable_tags,
            metadata=child.metadata,
            inheritable_metadata=child.inheritable_metadata,
        )
        return run.get_child("seq:step:1")

    def _child(self, metadata: Dict[str, Any], tags: Optional[Sequence[str]], tag: str) -> Any:
        child = self.manager.get_child(tag or None)
        if tags:
            child.add_tags(tags)
        child.add_metadata(metadata)
        return child

    def report(self, event: str, error: Exception) -> None:
        """Log what the handler raised, as langchain does."""
        from langchain_core.callbacks.manager import logger

        name = type(self.handler).__name__
        logger.warning("Error in %s.%s callback: %s", name, event, repr(error))
