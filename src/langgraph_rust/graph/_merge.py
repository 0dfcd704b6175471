"""Merging lists of messages by their ids."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Callable, Dict, List, Set

from langgraph_rust._langchain.message_types import in_openai_form, message_types

if TYPE_CHECKING:
    from typing_extensions import Literal

    from langgraph_rust.graph.message import Messages

REMOVE_ALL_MESSAGES = "__remove_all__"


def _identify(messages: List[Any]) -> List[str]:
    """Give an id to each message that has none, in place; return all ids."""
    for message in messages:
        if message.id is None:
            import uuid

            message.id = str(uuid.uuid4())
    return [message.id for message in messages]


def merge_messages(
    left: Messages, right: Messages, *, format: Literal["langchain-openai"] | None = None
) -> List[Any]:
    """Merge two lists of messages; see `add_messages`."""
    types = message_types()
    if not format:
        # the usual case, a few new messages after many
        appended = types.append(left, right, types.simple, _identify)
        if appended is not None:
            return appended
    known, _ = types.as_list(left)
    new, new_classes = types.as_list(right)
    known_ids: List[Any] = [message.id for message in known]
    new_ids = _identify(new)
    removes = any(issubclass(cls, types.remove) for cls in new_classes)
    if removes:
        for index in range(len(new) - 1, -1, -1):
            if new_ids[index] == REMOVE_ALL_MESSAGES and isinstance(new[index], types.remove):
                return new[index + 1 :]
    unwanted = {None, *new_ids}
    are_unique = len(unwanted) == len(new_ids) + 1
    if are_unique and not removes and unwanted.isdisjoint(known_ids):
        merged = known + new
    else:
        merged = _merge_by_id(known, known_ids, new, new_ids, types.remove)
    if format == "langchain-openai":
        return in_openai_form(merged)
    if format:
        raise ValueError(
            f"Unrecognized format={format!r}. Expected one of 'langchain-openai', None."
        )
    return merged


def _merge_by_id(
    known: List[Any], known_ids: List[Any], new: List[Any], new_ids: List[str], remove: type
) -> List[Any]:
    merged: List[Any] = known.copy()
    places: Dict[Any, int] = dict(zip(known_ids, range(len(known_ids))))
    if None in places:
        places = {id_: place for place, id_ in enumerate(_identify(known))}
    removed: Set[str] = set()
    for message, id_ in zip(new, new_ids):
        place = places.get(id_)
        if isinstance(message, remove):
            if place is None:
                raise ValueError(
                    f"Attempting to delete a message with an ID that doesn't exist ('{id_}')"
                )
            removed.add(id_)
        elif place is None:
            places[id_] = len(merged)
            merged.append(message)
        else:
            removed.discard(id_)
            merged[place] = message
    if removed:
        merged = [message for message in merged if message.id not in removed]
    return merged


def _as_reducer(merge: Callable[..., Any]) -> Callable[[Messages, Messages], Messages]:
    """To type checkers the function is what a state's annotation takes: a plain reducer."""
    return merge


@_as_reducer
def add_messages(
    left: Messages | None = None, right: Messages | None = None, **kwargs: Any
) -> Messages | Callable[[Messages, Messages], Messages]:
    """Merge two lists of messages: the reducer of a state's messages.

    A message of `right` replaces the one of `left` that has its id, or is appended. A
    `RemoveMessage` removes the message of its id; one of the id `REMOVE_ALL_MESSAGES` removes
    all that came before it. Messages may be given in any form that langchain knows, and one
    instead of a list; those without an id are given one.

    Args:
        left: The messages so far.
        right: The messages to merge into them.
        format: `"langchain-openai"` to bring the content of all into OpenAI's form, with
            content blocks; needs langchain-core 0.3.11.

    Returns:
        A new list; without any list given, a reducer with the given `format`.

    Raises:
        ValueError: Only one list is given, a message to be removed is not there, or the format
            is not known.
    """
    if left is not None and right is not None:
        return merge_messages(left, right, **kwargs)
    if left is not None or right is not None:
        given = "left" if left else "right"
        raise ValueError(
            "Must specify non-null arguments for both 'left' and 'right'. "
            f"Only received: '{given}'."
        )
    from functools import partial

    return partial(merge_messages, **kwargs)
