"""The channel that no checkpoint contains."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Sequence, Type, Union

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

__all__ = ("UntrackedValue",)


@native
class UntrackedValue(Cell[Value, Value, Value]):
    """The last value written, for this run only: it is never saved.

    Attributes:
        guard: Whether more than one value a superstep is an error.
    """

    __slots__ = ("value", "guard")

    guard: bool
    value: Union[Value, Any]

    def __init__(self, typ: Type[Value], guard: bool = True) -> None:
        super().__init__(typ)
        self.guard = guard
        self.value = MISSING

    def __eq__(self, value: object) -> bool:
        return isinstance(value, UntrackedValue) and value.guard == self.guard

    def _pattern(self) -> Self:
        channel = self.__class__(self.typ, self.guard)
        channel.key = self.key
        return channel

    if not TYPE_CHECKING:
        ValueType = UpdateType = _cell.declared_type
        copy = _cell.copy
        get = _cell.get
        is_available = _cell.is_available

    def checkpoint(self) -> Union[Value, Any]:
        return MISSING

    def from_checkpoint(self, checkpoint: Value) -> Self:
        return self._pattern()

    def update(self, values: Sequence[Value]) -> bool:
        if not values:
            return False
        if len(values) > 1 and self.guard:
            raise InvalidUpdateError(
                f"At key '{self.key}': UntrackedValue(guard=True) can receive only one value "
                "per step. Use guard=False if you want to store any one of multiple values."
            )
        self.value = values[-1]
        return True


if not TYPE_CHECKING:
    __getattr__ = find_elsewhere(__name__, {"langgraph_rust.errors": "EmptyChannelError"})

name_as_upstream(globals())
