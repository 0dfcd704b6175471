"""Graphs whose state is a list of messages."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, List

from langgraph_rust._internal._compat import name_as_upstream
from langgraph_rust._internal._elsewhere import find_elsewhere
from langgraph_rust._internal._newer_typing import Annotated, deprecated
from langgraph_rust.graph._merge import REMOVE_ALL_MESSAGES, add_messages
from langgraph_rust.graph.state import StateGraph
from langgraph_rust.warnings import LangGraphDeprecatedSinceV10

if TYPE_CHECKING:
    from typing import Union

    from langchain_core.messages import AnyMessage, BaseMessageChunk, MessageLikeRepresentation

    from langgraph_rust.graph._messages_state import MessagesState

    Messages = Union[List[MessageLikeRepresentation], MessageLikeRepresentation]

__all__ = (
    "add_messages",
    "MessagesState",
    "MessageGraph",
    "REMOVE_ALL_MESSAGES",
)


@deprecated(
    "MessageGraph is deprecated in langgraph 1.0.0, to be removed in 2.0.0. "
    "Please use StateGraph with a `messages` key instead.",
    category=None,
)
class MessageGraph(StateGraph[Any, Any, Any, Any]):
    """A graph whose whole state is a list of messages, and whose nodes return messages.

    Deprecated: a `StateGraph` with a `messages` key does the same and can hold more.
    """

    def __init__(self) -> None:
        import warnings

        from langchain_core.messages import AnyMessage

        warnings.warn(
            "MessageGraph is deprecated in LangGraph v1.0.0, to be removed in v2.0.0. "
            "Please use StateGraph with a `messages` key instead.",
            category=LangGraphDeprecatedSinceV10,
            stacklevel=2,
        )
        schema: Any = Annotated[List[AnyMessage], add_messages]
        super().__init__(schema)


def push_message(
    message: MessageLikeRepresentation | BaseMessageChunk,
    *,
    state_key: str | None = "messages",
) -> AnyMessage:
    """Emit a message from inside a node: to `messages` streams, and into the state.

    Args:
        message: The message, which needs an id.
        state_key: The key of the state to write it to; None to only emit it.

    Returns:
        The message, as one of langchain's classes.

    Raises:
        ValueError: It has no id.
        RuntimeError: Called outside of a run.
    """
    from langgraph_rust._internal._constants import CONF, CONFIG_KEY_SEND
    from langgraph_rust._langchain.message_types import message_types
    from langgraph_rust.config import get_config

    config = get_config()
    whole: Any = message_types().convert([message])[0]
    if whole.id is None:
        raise ValueError("Message ID is required")
    _emit(whole, config)
    if state_key:
        config[CONF][CONFIG_KEY_SEND]([(state_key, whole)])
    return whole


def _emit(message: Any, config: Any) -> None:
    """Hand a message to the run's `messages` streams that listen to this namespace."""
    from langgraph_rust._langchain.stream_messages import StreamMessagesHandler
    from langgraph_rust.pregel._messages import graph_namespace

    callbacks = config.get("callbacks")
    handlers = getattr(callbacks, "handlers", callbacks) or ()
    metadata = config["metadata"]
    for handler in handlers:
        if isinstance(handler, StreamMessagesHandler):
            namespace = graph_namespace(metadata)
            if handler.subgraphs or not namespace or namespace == handler.parent_ns:
                handler._emit((namespace, metadata), message, dedupe=False)


name_as_upstream(globals())
add_messages.__module__ = MessageGraph.__module__


_find_elsewhere = find_elsewhere(
    __name__,
    {
        "langchain_core.messages": (
            "AnyMessage BaseMessage BaseMessageChunk MessageLikeRepresentation RemoveMessage "
            "convert_to_messages message_chunk_to_message"
        ),
        "langgraph_rust._internal._constants": "CONF CONFIG_KEY_SEND",
        "langgraph_rust.graph._messages_state": "MessagesState",
        "langgraph_rust.pregel._messages": "_messages_delta_reducer",
    },
)


if not TYPE_CHECKING:

    def __getattr__(name: str) -> Any:
        if name != "Messages":
            return _find_elsewhere(name)
        from typing import Union

        from langchain_core.messages import MessageLikeRepresentation

        return Union[List[MessageLikeRepresentation], MessageLikeRepresentation]
