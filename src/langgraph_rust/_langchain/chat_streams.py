"""The streams of one chat message, which langchain-core defines."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Awaitable, Callable, Iterator, List, Optional, Union

if TYPE_CHECKING:
    from langchain_core.language_models.chat_model_stream import (
        AsyncChatModelStream,
        ChatModelStream,
    )
    from langchain_core.messages import BaseMessage

    ChatStream = Union[ChatModelStream, AsyncChatModelStream]


def open_chat_stream(
    *,
    node: Optional[str],
    message_id: Optional[str],
    pump: Optional[Callable[[], bool]],
    apump: Optional[Callable[[], Awaitable[bool]]],
) -> ChatStream:
    """Make the stream of one message, driven by the run's pump.

    Args:
        node: Name of the node that made the message.
        message_id: Its id, if it is known by now.
        pump: The pump of a sync run.
        apump: The pump of an asyncio run. With neither the stream has to be fed.

    Raises:
        ImportError: If the installed langchain-core has no such streams.
    """
    try:
        from langchain_core.language_models.chat_model_stream import (
            AsyncChatModelStream,
            ChatModelStream,
        )
    except ImportError as error:
        from langgraph_rust._internal._wanting import wanting

        raise wanting("A v3 stream of messages", "langchain-core 1.0", error) from error

    namespace: List[str] = []
    if pump is not None and apump is None:
        stream = ChatModelStream(namespace=namespace, node=node, message_id=message_id)
        stream.set_request_more(pump)
        return stream
    astream = AsyncChatModelStream(namespace=namespace, node=node, message_id=message_id)
    if apump is not None:
        astream.set_arequest_more(apump)
    return astream


def replay_message(message: BaseMessage) -> Iterator[Any]:
    """The protocol events from which a whole message could have been streamed."""
    from langchain_core.language_models._compat_bridge import message_to_events

    return iter(message_to_events(message, message_id=message.id))


def is_finished_chat_message(payload: Any) -> bool:
    """Whether a payload is a whole message, and no chunk or tool result."""
    from langchain_core.messages import AIMessageChunk, BaseMessage, ToolMessage

    return isinstance(payload, BaseMessage) and not isinstance(
        payload, (AIMessageChunk, ToolMessage)
    )
