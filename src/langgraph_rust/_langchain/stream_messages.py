"""The callback handlers behind the `messages` stream mode. Importing this imports langchain."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any, Callable, Dict, Iterator, Optional, Set, Tuple
from uuid import UUID

from langchain_core.callbacks import BaseCallbackHandler
from langchain_core.messages import BaseMessage, ToolMessage
from langchain_core.outputs import ChatGeneration, ChatGenerationChunk

from langgraph_rust._internal._config import filter_to_user_tags
from langgraph_rust._langchain.messages import give_id
from langgraph_rust._langchain.stream_bases import (
    StreamingHandlerBase,
    V2StreamingHandlerBase,
)
from langgraph_rust.constants import TAG_HIDDEN, TAG_NOSTREAM
from langgraph_rust.pregel._messages import Meta, _state_values, graph_namespace
from langgraph_rust.types import Command

_KNOWN_CLASSES: Set[type] = set()
"""langchain's own classes of messages, as far as they were met."""


def _is_message(value: Any) -> bool:
    # pydantic answers isinstance in Python, and a node may be given many messages
    cls = type(value)
    if cls in _KNOWN_CLASSES:
        return True
    if not isinstance(value, BaseMessage):
        return False
    # Only langchain's own are kept: classes made at run time must be free to go.
    if cls.__module__.startswith("langchain_core."):
        _KNOWN_CLASSES.add(cls)
    return True


def _is_sequence(value: Any) -> bool:
    # an abstract class answers isinstance in Python, and these are asked at each node
    cls = type(value)
    return cls is list or (cls is not dict and isinstance(value, Sequence))


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
        self.seen: Set[Any] = set()

    def _namespace_to_show(self, metadata: Dict[str, Any]) -> Optional[Tuple[str, ...]]:
        namespace = graph_namespace(metadata)
        if self.subgraphs or not namespace or namespace == self.parent_ns:
            return namespace
        return None

    def _is_shown(self, value: Any) -> bool:
        return _is_message(value)

    def _emit(self, meta: Meta, message: BaseMessage, *, dedupe: bool = False) -> None:
        if dedupe and message.id in self.seen:
            return
        if message.id is None:
            give_id(message)
        self.seen.add(message.id)
        self.stream((meta[0], "messages", (message, meta[1])))

    def _emit_each(self, meta: Meta, values: Any) -> None:
        for value in values:
            if self._is_shown(value):
                self._emit(meta, value, dedupe=True)

    def _find_and_emit_messages(self, meta: Meta, response: Any) -> None:
        """Emit the messages in an output: itself, its items, or those of its fields."""
        if self._is_shown(response):
            self._emit(meta, response, dedupe=True)
        elif _is_sequence(response):
            self._emit_each(meta, response)
        else:
            for value in _state_values(response):
                if _is_sequence(value):
                    self._emit_each(meta, value)
                else:
                    self._emit_each(meta, (value,))

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
        meta = self._start_node(metadata, inputs)
        if meta is not None:
            self.metadata[run_id] = meta

    def _start_node(self, metadata: Dict[str, Any], inputs: Any) -> Optional[Meta]:
        namespace = self._namespace_to_show(metadata)
        if namespace is None:
            return None
        for value in _state_values(inputs):
            if _is_sequence(value) and not isinstance(value, str):
                self._mark_seen(value)
            else:
                self._mark_seen((value,))
        return namespace, metadata

    def _mark_seen(self, values: Any) -> None:
        # every node is given all messages so far: most of what the handler does is this
        known = _KNOWN_CLASSES
        self.seen.update(
            [
                name
                for value in values
                if (type(value) in known or _is_message(value)) and (name := value.id) is not None
            ]
        )

    def on_chain_end(self, outputs: Any, *, run_id: UUID, **kwargs: Any) -> Any:
        """Emit the messages in a node's output, or in the updates of its Commands."""
        meta = self.metadata.pop(run_id, None)
        if meta:
            self._finish_node(meta, outputs)

    def _finish_node(self, meta: Meta, outputs: Any) -> None:
        if isinstance(outputs, Command):
            self._find_and_emit_messages(meta, outputs.update)
        elif _is_sequence(outputs) and any(isinstance(value, Command) for value in outputs):
            for value in outputs:
                update = value.update if isinstance(value, Command) else value
                self._find_and_emit_messages(meta, update)
        else:
            self._find_and_emit_messages(meta, outputs)

    def on_chain_error(self, error: BaseException, *, run_id: UUID, **kwargs: Any) -> Any:
        """Forget the node's run."""
        self.metadata.pop(run_id, None)


class StreamMessagesHandlerV2(StreamMessagesHandler, V2StreamingHandlerBase):
    """Emits the protocol events of chat models instead of chunks.

    Its second base makes langchain's chat models produce those events. Tool messages in what
    nodes return are left out: they are shown as the results of tool calls.
    """

    __module__ = "langgraph.pregel._messages"

    def __init__(
        self,
        stream: Callable[[Any], None],
        subgraphs: bool,
        *,
        parent_ns: Optional[Tuple[str, ...]] = None,
    ) -> None:
        super().__init__(stream, subgraphs, parent_ns=parent_ns)
        self._streamed_run_ids: Set[UUID] = set()

    def _is_shown(self, value: Any) -> bool:
        return _is_message(value) and not isinstance(value, ToolMessage)

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

    Args:
        handler: The handler.
        manager: The run manager of the graph's run.
    """

    __slots__ = ("handler", "manager", "metadata", "is_hidden")

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

    def start(
        self, name: str, metadata: Dict[str, Any], tags: Optional[Sequence[str]], inputs: Any
    ) -> Optional[Meta]:
        """Hear that a node begins; returns what to say at its end."""
        if self.is_hidden or (tags and TAG_HIDDEN in tags):
            return None
        try:
            # the one key whose values langchain merges
            if "lc_versions" in metadata or "lc_versions" in self.metadata:
                metadata = self._child(metadata, tags, "").metadata
            else:
                metadata = {**self.metadata, **metadata}
            return self.handler._start_node(metadata, inputs)
        except Exception as error:
            self._log("on_chain_start", error)
            return None

    def end(self, meta: Optional[Meta], outputs: Any) -> None:
        """Hear that it has ended."""
        if meta is None:
            return
        try:
            self.handler._finish_node(meta, outputs)
        except Exception as error:
            self._log("on_chain_end", error)

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

    def _log(self, event: str, error: Exception) -> None:
        # as langchain does with what a handler raises
        from langchain_core.callbacks.manager import logger

        name = type(self.handler).__name__
        logger.warning("Error in %s.%s callback: %s", name, event, repr(error))
