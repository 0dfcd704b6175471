"""The barrier whose names are themselves written."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, NamedTuple, Optional, Sequence, Set, Tuple, Type, Union

from langgraph_rust._internal._compat import name_as_upstream
from langgraph_rust._internal._typing import MISSING
from langgraph_rust.channels import _cell
from langgraph_rust.channels.base import BaseChannel, Value
from langgraph_rust.errors import EmptyChannelError, InvalidUpdateError

if TYPE_CHECKING:
    from typing_extensions import Self

    from langgraph_rust.channels._cell import Cell
else:
    Cell = BaseChannel

__all__ = ("DynamicBarrierValue", "WaitForNames")


class WaitForNames(NamedTuple):
    """The update that tells a `DynamicBarrierValue` which names to wait for."""

    names: Set[Any]


class DynamicBarrierValue(Cell[None, Union[Value, WaitForNames], Any]):
    """Nothing, but only once every awaited name has been written.

    At first it awaits none and takes no name. `WaitForNames` sets the names; when they have all
    been written it can be read, and once it has been consumed it is as at first.

    Attributes:
        names: The names it waits for; None if it has not been told.
        seen: Those written so far.
    """

    __slots__ = ("names", "seen")

    names: Optional[Set[Value]]
    seen: Set[Value]

    def __init__(self, typ: Type[Value]) -> None:
        super().__init__(typ)
        self.names = None
        self.seen = set()

    def __eq__(self, value: object) -> bool:
        return isinstance(value, DynamicBarrierValue) and value.names == self.names

    if not TYPE_CHECKING:
        ValueType = UpdateType = _cell.declared_type

    def copy(self) -> Self:
        return self.from_checkpoint((self.names, self.seen))

    def checkpoint(self) -> Tuple[Optional[Set[Value]], Set[Value]]:
        return (None if self.names is None else set(self.names), self.seen.copy())

    def from_checkpoint(self, checkpoint: Any) -> Self:
        channel = self.__class__(self.typ)
        channel.key = self.key
        if checkpoint is not MISSING:
            names, seen = checkpoint
            channel.names = None if names is None else set(names)
            channel.seen = set(seen)
        return channel

    def update(self, values: Sequence[Union[Value, WaitForNames]]) -> bool:
        orders = [value for value in values if isinstance(value, WaitForNames)]
        if len(orders) > 1:
            raise InvalidUpdateError(
                f"At key '{self.key}': Received multiple WaitForNames updates in the same step."
            )
        if orders:
            self.names = set(orders[0].names)
            return True
        if self.names is None:
            return False
        before = len(self.seen)
        self.seen.update(value for value in values if value in self.names)
        return len(self.seen) > before

    def get(self) -> None:
        if not self.is_available():
            raise EmptyChannelError()

    def is_available(self) -> bool:
        return self.seen == self.names

    def consume(self) -> bool:
        if not self.is_available():
            return False
        self.names = None
        self.seen = set()
        return True


name_as_upstream(globals())
