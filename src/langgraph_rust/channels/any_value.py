"""The channel that keeps the value of one superstep, whichever of several it is."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Sequence, Union

from langgraph_rust._internal._compat import name_as_upstream
from langgraph_rust._internal._elsewhere import find_elsewhere
from langgraph_rust._internal._typing import MISSING
from langgraph_rust.channels import _cell
from langgraph_rust.channels._native import native
from langgraph_rust.channels.base import BaseChannel, Value

if TYPE_CHECKING:
    from typing_extensions import Self

    from langgraph_rust.channels._cell import Cell
else:
    Cell = BaseChannel

__all__ = ("AnyValue",)


@native
class AnyValue(Cell[Value, Value, Value]):
    """The last value written; if several are, they are taken to be equal.

    A superstep that writes none empties it.
    """

    __slots__ = ("typ", "value")

    value: Union[Value, Any]

    def __init__(self, typ: Any, key: str = "") -> None:
        super().__init__(typ, key)
        self.value = MISSING

    def __eq__(self, value: object) -> bool:
        return isinstance(value, AnyValue)

    def _pattern(self) -> Self:
        return self.__class__(self.typ, self.key)

    if not TYPE_CHECKING:
        ValueType = UpdateType = _cell.declared_type
        copy = _cell.copy
        checkpoint = _cell.checkpoint
        from_checkpoint = _cell.from_checkpoint
        get = _cell.get
        is_available = _cell.is_available

    def update(self, values: Sequence[Value]) -> bool:
        held = self.value is not MISSING
        self.value = values[-1] if values else MISSING
        return held or bool(values)


if not TYPE_CHECKING:
    __getattr__ = find_elsewhere(__name__, {"langgraph_rust.errors": "EmptyChannelError"})

name_as_upstream(globals())
