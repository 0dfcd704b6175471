"""Ids for the messages that are written to delta channels.

A delta channel stores the writes themselves and reduces them again at every read. A message
stored without an id would come back without one, or with another one each time, and could not be
replaced or removed. So ids are given before the writes are stored.
"""

from __future__ import annotations

from typing import Any, Callable, Mapping, MutableSequence, Tuple

from langgraph_rust._langchain.messages import give_id, is_message, to_messages

_ROLES = frozenset(("user", "human", "assistant", "ai", "tool", "system", "function"))
_TYPES = frozenset(("human", "ai", "tool", "system", "function", "remove"))


def _looks_like_message(value: Any) -> bool:
    return isinstance(value, dict) and (value.get("role") in _ROLES or value.get("type") in _TYPES)


def _stamped(value: Any) -> Any:
    """Give a message object without an id one; everything else passes."""
    if is_message(value) and value.id is None:
        give_id(value)
    return value


def _converted(value: Any) -> Any:
    """Make a message with an id of what can be one; everything else passes."""
    if is_message(value):
        return _stamped(value)
    try:
        return give_id(to_messages([value])[0])
    except Exception:
        # A dict that calls itself a message must be one; the rest is left to the reducer.
        if _looks_like_message(value):
            raise
        return value


def _converted_or_left(value: Any) -> Any:
    try:
        return _converted(value)
    except Exception:
        return value


def _stamped_or_converted(value: Any) -> Any:
    return _converted(value) if _looks_like_message(value) else _stamped(value)


def _map(values: Any, change: Callable[[Any], Any]) -> Any:
    """Apply `change` to each value; the same sequence comes back if nothing changed."""
    changed = [change(value) for value in values]
    if all(new is old for new, old in zip(changed, values)):
        return values
    return changed if isinstance(values, list) else tuple(changed)


def _for_message_reducer(value: Any) -> Any:
    from langgraph_rust.channels.binop import _get_overwrite

    is_overwrite, inner = _get_overwrite(value)
    if not is_overwrite:
        if isinstance(value, list):
            return _map(value, _converted)
        return _converted_or_left(value)
    if isinstance(inner, (list, tuple)):
        messages = _map(inner, _converted_or_left)
        if messages is not inner:
            from langgraph_rust.types import Overwrite

            return Overwrite(messages)
    return value


def _for_other_reducer(value: Any) -> Any:
    from langgraph_rust.channels.binop import _get_overwrite

    is_overwrite, inner = _get_overwrite(value)
    if is_overwrite:
        if isinstance(inner, (list, tuple)):
            for item in inner:
                _stamped(item)
        return value
    if isinstance(value, list):
        return _map(value, _stamped_or_converted)
    if _looks_like_message(value) and not value.get("id"):
        from uuid import uuid4

        return {**value, "id": str(uuid4())}
    return _stamped(value)


def ensure_message_ids(
    channels: Mapping[str, Any], writes: MutableSequence[Tuple[str, Any]]
) -> None:
    """Give ids to the messages among writes to delta channels.

    With the message reducer of this package everything that it accepts as a message becomes one
    with an id. With another reducer the channel may hold anything, so only message objects and
    dicts that look like messages are touched. Lists and dicts of the caller are never changed:
    where one would be, the write is replaced in `writes`.

    Args:
        channels: The graph's channels by name.
        writes: Pairs of channel and value; changed in place.

    Raises:
        Exception: langchain's own, for a dict in a list that looks like a message but is none.
    """
    from langgraph_rust.channels.delta import DeltaChannel
    from langgraph_rust.pregel._messages import _messages_delta_reducer

    for index, (name, value) in enumerate(writes):
        channel = channels.get(name)
        if not isinstance(channel, DeltaChannel):
            continue
        if channel.reducer is _messages_delta_reducer:
            new = _for_message_reducer(value)
        else:
            new = _for_other_reducer(value)
        if new is not value:
            writes[index] = (name, new)
