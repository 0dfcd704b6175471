"""The channels that the engine runs itself, and whether their methods still are their own."""

from __future__ import annotations

from operator import attrgetter
from typing import Any, Dict, Mapping, Sequence, Tuple

from langgraph_rust.channels.any_value import AnyValue
from langgraph_rust.channels.binop import BinaryOperatorAggregate
from langgraph_rust.channels.ephemeral_value import EphemeralValue
from langgraph_rust.channels.last_value import LastValue, LastValueAfterFinish
from langgraph_rust.channels.named_barrier_value import (
    NamedBarrierValue,
    NamedBarrierValueAfterFinish,
)
from langgraph_rust.channels.topic import Topic
from langgraph_rust.channels.untracked_value import UntrackedValue

_methods = attrgetter(
    "update",
    "get",
    "is_available",
    "checkpoint",
    "from_checkpoint",
    "copy",
    "consume",
    "finish",
)

_OWN: Dict[type, Any] = {
    kind: _methods(kind)
    for kind in (
        AnyValue,
        BinaryOperatorAggregate,
        EphemeralValue,
        LastValue,
        LastValueAfterFinish,
        NamedBarrierValue,
        NamedBarrierValueAfterFinish,
        Topic,
        UntrackedValue,
    )
}


def kinds_of(channels: Mapping[str, Any]) -> Tuple[type, ...]:
    """Return the classes among those of `channels` that the engine runs itself."""
    return tuple({type(channel): None for channel in channels.values() if type(channel) in _OWN})


def replaced_kinds(kinds: Sequence[type]) -> Sequence[type]:
    """Return those of `kinds` that have a method of somebody else's; they run as Python objects."""
    return [kind for kind in kinds if _methods(kind) != _OWN[kind]]
