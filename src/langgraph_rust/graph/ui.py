"""Messages that carry parts of a user interface: pushed by nodes, merged by a reducer."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Dict, List, Set, Union

from typing_extensions import Literal, TypedDict

from langgraph_rust._internal._compat import name_as_upstream
from langgraph_rust._internal._constants import CONF, CONFIG_KEY_SEND
from langgraph_rust._internal._elsewhere import find_elsewhere
from langgraph_rust.config import get_config, get_stream_writer

if TYPE_CHECKING:
    from langchain_core.messages import AnyMessage

__all__ = (
    "UIMessage",
    "RemoveUIMessage",
    "AnyUIMessage",
    "push_ui_message",
    "delete_ui_message",
    "ui_message_reducer",
)


class UIMessage(TypedDict):
    """A component to show.

    Attributes:
        type: Always `"ui"`.
        id: Names this message; a later one of the same id replaces it.
        name: The component.
        props: What the component is given.
        metadata: Where the message comes from, and whether its props are to be merged.
    """

    type: Literal["ui"]
    id: str
    name: str
    props: Dict[str, Any]
    metadata: Dict[str, Any]


class RemoveUIMessage(TypedDict):
    """Takes a component away.

    Attributes:
        type: Always `"remove-ui"`.
        id: The id of the message to remove.
    """

    type: Literal["remove-ui"]
    id: str


AnyUIMessage = Union[UIMessage, RemoveUIMessage]


def push_ui_message(
    name: str,
    props: dict[str, Any],
    *,
    id: str | None = None,
    metadata: dict[str, Any] | None = None,
    message: AnyMessage | None = None,
    state_key: str | None = "ui",
    merge: bool = False,
) -> UIMessage:
    """Show a component: emit a message to the custom stream and write it to the state.

    Args:
        name: The component.
        props: What it is given.
        id: The message's id; made if not given.
        metadata: Put into the message's metadata beside what is known of the run.
        message: The chat message it belongs to.
        state_key: The key of the state to write it to; None to only emit it.
        merge: Whether to merge `props` into those of the earlier message of this id, instead of
            replacing them.

    Raises:
        RuntimeError: Called outside of a run.
    """
    if not id:
        from uuid import uuid4

        id = str(uuid4())
    writer = get_stream_writer()
    config = get_config()
    details = {
        "merge": merge,
        "run_id": config.get("run_id"),
        "tags": config.get("tags"),
        "name": config.get("run_name"),
        **(metadata or {}),
    }
    message_id = _read_id(message)
    if message_id:
        details["message_id"] = message_id
    event: UIMessage = {
        "type": "ui",
        "id": id,
        "name": name,
        "props": props,
        "metadata": details,
    }
    writer(event)
    if state_key:
        config[CONF][CONFIG_KEY_SEND]([(state_key, event)])
    return event


def _read_id(message: Any) -> Any:
    if not message:
        return None
    if isinstance(message, dict) and "id" in message:
        return message["id"]
    return getattr(message, "id", None)


def delete_ui_message(id: str, *, state_key: str = "ui") -> RemoveUIMessage:
    """Take a component away, in the custom stream and in the state.

    Args:
        id: The id of the message that showed it.
        state_key: The key of the state the message is in.

    Raises:
        RuntimeError: Called outside of a run.
    """
    writer = get_stream_writer()
    config = get_config()
    event: RemoveUIMessage = {"type": "remove-ui", "id": id}
    writer(event)
    config[CONF][CONFIG_KEY_SEND]([(state_key, event)])
    return event


def ui_message_reducer(
    left: list[AnyUIMessage] | AnyUIMessage,
    right: list[AnyUIMessage] | AnyUIMessage,
) -> list[AnyUIMessage]:
    """Merge two lists of UI messages by id: the reducer of a state's UI messages.

    Raises:
        ValueError: A message to be removed is not there.
    """
    merged: List[Any] = list(left) if isinstance(left, list) else [left]
    updates: List[Any] = right if isinstance(right, list) else [right]
    places = {message.get("id"): place for place, message in enumerate(merged)}
    removed: Set[Any] = set()
    for message in updates:
        id_ = message.get("id")
        place = places.get(id_)
        if message.get("type") == "remove-ui":
            if place is None:
                raise ValueError(
                    f"Attempting to delete an UI message with an ID that doesn't exist ('{id_}')"
                )
            removed.add(id_)
        elif place is None:
            places[id_] = len(merged)
            merged.append(message)
        else:
            removed.discard(id_)
            merged[place] = _update(merged[place], message)
    return [message for message in merged if message.get("id") not in removed]


def _update(before: Any, message: Any) -> Any:
    if not message.get("metadata", {}).get("merge", False):
        return message
    return {**message, "props": {**before["props"], **message["props"]}}


if not TYPE_CHECKING:
    __getattr__ = find_elsewhere(__name__, {"langchain_core.messages": "AnyMessage"})
name_as_upstream(globals())
