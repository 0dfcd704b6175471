"""Telling and converting messages, without importing langchain for values that are none."""

from __future__ import annotations

import sys
from typing import Any, List


def is_message(value: Any) -> bool:
    """Tell whether `value` is one of langchain's messages."""
    module = sys.modules.get("langchain_core.messages.base")
    return module is not None and isinstance(value, module.BaseMessage)


def to_messages(values: Any) -> List[Any]:
    """Convert dicts, strings and pairs of role and content to messages.

    Raises:
        Exception: langchain's own, for what is none of these.
    """
    from langchain_core.messages.utils import convert_to_messages

    return convert_to_messages(values)


def give_id(message: Any) -> Any:
    """Give a message that has no id (or an empty one) a random one, and return it."""
    if not message.id:
        from uuid import uuid4

        message.id = str(uuid4())
    return message
