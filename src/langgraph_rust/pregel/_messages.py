"""Messages in a run: what the `messages` stream mode shows, and the reducer of delta channels.

Upstream's tests import `StreamMessagesHandlerV2`; `graph.message` re-exports the reducer. The
handlers derive from langchain's classes and are made when they are first asked for.
"""

from __future__ import annotations

import sys
from typing import TYPE_CHECKING, Any, Dict, List, Mapping, Sequence, Tuple, cast

from langgraph_rust._internal._constants import NS_SEP, PUSH
from langgraph_rust._internal._elsewhere import find_elsewhere
from langgraph_rust._langchain.message_ids import ensure_message_ids
from langgraph_rust._langchain.messages import is_message, to_messages

if TYPE_CHECKING:
    from langgraph_rust._langchain.stream_messages import (
        StreamMessagesHandler,
        StreamMessagesHandlerV2,
    )

__all__ = (
    "Meta",
    "StreamMessagesHandler",
    "StreamMessagesHandlerV2",
    "ensure_message_ids",
    "graph_namespace",
)

Meta = Tuple[Tuple[str, ...], Dict[str, Any]]
"""Where a message comes from: the namespace of its graph, and the metadata of its run."""


def _state_values(state: Any) -> Sequence[Any]:
    """Return the field values of a dict, pydantic model or dataclass; of all else, nothing."""
    if isinstance(state, dict):
        return list(state.values())
    pydantic = sys.modules.get("pydantic")
    if pydantic is not None and isinstance(state, pydantic.BaseModel):
        return [getattr(state, name) for name in type(state).model_fields]
    if hasattr(type(state), "__dataclass_fields__"):
        from dataclasses import fields

        return [getattr(state, field.name) for field in fields(state)]
    return ()


def graph_namespace(metadata: Mapping[str, Any]) -> Tuple[str, ...]:
    """Return the namespace of the graph in which a task runs.

    The task's namespace ends in a segment of its own; a task made by a call has one more for
    each call around it, though all of them run in the caller's graph.

    Args:
        metadata: The metadata of the task's run.
    """
    segments = tuple(cast(str, metadata["langgraph_checkpoint_ns"]).split(NS_SEP))
    path = metadata.get("langgraph_path", ())
    own = 1
    while len(path) == 4 and path[0] == PUSH and path[3] is True:
        own += 1
        path = path[1]
    return segments[:-own]


def _messages_delta_reducer(state: List[Any], writes: List[Any]) -> List[Any]:
    """Reduce messages in a `DeltaChannel`: append, replace by id, remove by id.

    Writes may be reduced together or one after the other with the same result. Unlike
    `add_messages` it gives no ids, does not know `REMOVE_ALL_MESSAGES`, joins no chunks, and
    ignores the removal of an unknown id.

    Args:
        state: The messages so far.
        writes: Each a message or a list of messages, in any form that can be converted to one.

    Returns:
        A new list.
    """
    from langchain_core.messages import RemoveMessage

    incoming: List[Any] = []
    for write in writes:
        if isinstance(write, list):
            incoming.extend(write)
        else:
            incoming.append(write)
    # What this reducer returned is converted already.
    merged = list(state) if state and is_message(state[0]) else to_messages(state)
    place = {m.id: i for i, m in enumerate(merged) if m.id is not None}
    for message in to_messages(incoming):
        key = message.id
        if key is None:
            merged.append(message)
        elif isinstance(message, RemoveMessage):
            if key in place:
                merged[place.pop(key)] = None
        elif key in place:
            merged[place[key]] = message
        else:
            place[key] = len(merged)
            merged.append(message)
    return [message for message in merged if message is not None]


__getattr__ = find_elsewhere(
    __name__,
    {
        "langgraph_rust._langchain.stream_messages": "StreamMessagesHandler "
        "StreamMessagesHandlerV2",
        "langgraph_rust.channels.delta": "DeltaChannel",
        "langgraph_rust.constants": "TAG_HIDDEN TAG_NOSTREAM",
        "langgraph_rust.pregel.protocol": "StreamChunk",
        "langgraph_rust.types": "Command Overwrite",
    },
)
