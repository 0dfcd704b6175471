"""langchain's messages: what tells them apart and makes them, looked up once."""

from __future__ import annotations

from typing import Any, List, Optional, Set, Tuple


class MessageTypes:
    """langchain's classes of messages and its functions to make them.

    Attributes:
        append: Appends messages to others where no more is to be done; None elsewhere.
        remove: The class whose instances stand for the removal of a message.
        convert: Makes messages of dicts, pairs and strings.
        simple: langchain's own classes of whole messages that stand for nothing but themselves,
            as far as they were met.
    """

    __slots__ = ("_base", "_chunk", "_plain", "_whole", "append", "convert", "remove", "simple")

    def __init__(self) -> None:
        from langchain_core.messages import (
            BaseMessage,
            BaseMessageChunk,
            RemoveMessage,
            convert_to_messages,
            message_chunk_to_message,
        )

        from langgraph_rust._engine import append_messages

        self.append = append_messages
        self.simple: Set[type] = set()
        self._base = BaseMessage
        self._chunk = BaseMessageChunk
        self._whole = message_chunk_to_message
        self._plain: Set[type] = set()
        self.convert = convert_to_messages
        self.remove = RemoveMessage

    def is_plain(self, cls: type) -> bool:
        """Whether instances of a class are messages, and whole ones."""
        if cls in self._plain:
            return True
        plain = issubclass(cls, self._base) and not issubclass(cls, self._chunk)
        # Only langchain's own are kept: classes made at run time must be free to go.
        if plain and cls.__module__.startswith("langchain_core."):
            self._plain.add(cls)
            if not issubclass(cls, self.remove):
                self.simple.add(cls)
        return plain

    def as_list(self, messages: Any) -> Tuple[List[Any], Set[type]]:
        """Make a list of whole messages, of one or several in any form.

        Returns:
            The list, which is the given one if nothing had to be changed, and the classes of
            what is in it.
        """
        items = messages if isinstance(messages, list) else [messages]
        classes = set(map(type, items))
        if not all(map(self.is_plain, classes)):
            items = [self._whole(message) for message in self.convert(items)]
            classes = set(map(type, items))
        return items, classes


_loaded: Optional[MessageTypes] = None


def message_types() -> MessageTypes:
    """The one instance; makes it, and imports langchain-core, the first time."""
    global _loaded
    if _loaded is None:
        _loaded = MessageTypes()
    return _loaded


def in_openai_form(messages: List[Any]) -> List[Any]:
    """Bring the content of messages into OpenAI's form; without the means to, warn."""
    try:
        from langchain_core.messages import convert_to_openai_messages
    except ImportError:
        import warnings

        warnings.warn(
            "Must have langchain-core>=0.3.11 installed to use automatic message formatting "
            "(format='langchain-openai'). Please update your langchain-core version or remove "
            "the 'format' flag. Returning un-formatted messages.",
            stacklevel=2,
        )
        return list(messages)
    return message_types().convert(convert_to_openai_messages(messages))
