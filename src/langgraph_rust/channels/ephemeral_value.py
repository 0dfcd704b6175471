"""The channel that keeps a value for one superstep."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Sequence, Union

from langgraph_rust._internal._compat import name_as_upstream
from langgraph_rust._internal._elsewhere import find_elsewhere
from langgraph_rust._internal._typing import MISSING
from langgraph_rust.channels import _cell
from langgraph_rust.channels._native import native
from langgraph_rust.channels.base import BaseChannel, Value
from langgraph_rust.errors import InvalidUpdateError

if TYPE_CHECKING:
    from typing_extensions import Self

    from langgraph_rust.channels._cell import Cell
else:
    Cell = BaseChannel

__all__ = ("EphemeralValue",)


@native
class EphemeralValue(Cell[Value, Value, Value]):
    """The value written in the superstep before; one that writes none empties it.

    Attributes:
        guard: Whether more than one value a superstep is an error.
    """

    __slots__ = ("value", "guard")

    value: Union[Value, Any]
    guard: bool

    def __init__(self, typ: Any, guard: bool = True) -> None:
        # as the base class has it: a graph has one of these for each node
        self.typ = typ
        self.key = ""
        self.guard = guard
        self.value = MISSING

    def __eq__(self, value: object) -> bool:
        return isinstance(value, EphemeralValue) and value.guard == self.guard

    def _pattern(self) -> Self:
        channel = self.__class__(self.typ, self.guard)
        channel.key = self.key
        return channel

    if not TYPE_CHECKING:
        ValueType = UpdateType = _cell.declared_type
        copy = _cell.copy
        checkpoint = _cell.checkpoint
        from_checkpoint = _cell.from_checkpoint
        get = _cell.get
        is_available = _cell.is_available

    def update(self, values: Sequence[Value]) -> bool:
        if len(values) > 1 and self.guard:
            raise InvalidUpdateError(
                f"At key '{self.key}': EphemeralValue(guard=True) can receive only one value "
                "per step. Use guard=False if you want to store any one of multiple values."
            )
        held = self.value is not MISSING
        self.value = values[-1] if values else MISSING
        return held or bool(values)


if not TYPE_CHECKING:
    __getattr__ = find_elsewhere(__name__, {"langgraph_rust.errors": "EmptyChannelError"})

name_as_upstream(globals())
