"""The channels that the engine runs itself, and whether their methods still are their own."""

from __future__ import annotations

from operator import attrgetter
from typing import Any, Dict, Mapping, Sequence, Tuple, TypeVar

C = TypeVar("C", bound=type)

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

_OWN: Dict[type, Any] = {}


def native(kind: C) -> C:
    """Class decorator: the engine runs these channels while their methods are those of now."""
    _OWN[kind] = _methods(kind)
    return kind


def kinds_of(channels: Mapping[str, Any]) -> Tuple[type, ...]:
    """Return the classes among those of `channels` that the engine runs itself."""
    return tuple({type(channel): None for channel in channels.values() if type(channel) in _OWN})


def replaced_kinds(kinds: Sequence[type]) -> Sequence[type]:
    """Return those of `kinds` that have a method of somebody else's; they run as Python objects."""
    return [kind for kind in kinds if _methods(kind) != _OWN[kind]]
