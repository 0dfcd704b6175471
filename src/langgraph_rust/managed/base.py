"""What a managed value is: a class that makes the value from the scratchpad of a task."""

from __future__ import annotations

from abc import ABC, abstractmethod
from typing import Any, Dict, Generic, Type, TypeVar

from langgraph_rust._internal._compat import name_as_upstream
from langgraph_rust._internal._newer_typing import TypeGuard
from langgraph_rust._internal._scratchpad import PregelScratchpad

V = TypeVar("V")
U = TypeVar("U")

__all__ = ("ManagedValueSpec", "ManagedValueMapping")


class ManagedValue(ABC, Generic[V]):
    """A value made for each task. A state key is annotated with the class itself."""

    @staticmethod
    @abstractmethod
    def get(scratchpad: PregelScratchpad) -> V:
        """The value, for the task of this scratchpad."""


ManagedValueSpec = Type[ManagedValue]


def is_managed_value(value: Any) -> TypeGuard[ManagedValueSpec]:
    """Whether something from an annotation is a class of managed values."""
    # `isinstance(value, type)` would take `list[int]` for a class on some Pythons.
    return issubclass(type(value), type) and issubclass(value, ManagedValue)


ManagedValueMapping = Dict[str, ManagedValueSpec]

name_as_upstream(globals())
