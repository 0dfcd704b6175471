"""The channels that wait for several nodes: the trigger of an edge from all of them."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Sequence, Set, Tuple, Type

from langgraph_rust._internal._compat import name_as_upstream
from langgraph_rust._internal._typing import MISSING
from langgraph_rust.channels import _cell
from langgraph_rust.channels._native import native
from langgraph_rust.channels.base import BaseChannel, Value
from langgraph_rust.errors import EmptyChannelError, InvalidUpdateError

if TYPE_CHECKING:
    from typing_extensions import Self

    from langgraph_rust.channels._cell import Cell
else:
    Cell = BaseChannel

__all__ = ("NamedBarrierValue", "NamedBarrierValueAfterFinish")


def _see(self: Any, values: Sequence[Any]) -> bool:
    """Note the names among `values`; whether any was new."""
    before = len(self.seen)
    for value in values:
        if value not in self.names:
            raise InvalidUpdateError(f"At key '{self.key}': Value {value} not in {self.names}")
        self.seen.add(value)
    return len(self.seen) > before


def _get(self: Any) -> Any:
    if not self.is_available():
        raise EmptyChannelError()
    return None


def _pattern(channel: Any) -> Any:
    made = channel.__class__(channel.typ, channel.names)
    made.key = channel.key
    return made


@native
class NamedBarrierValue(Cell[Value, Value, Set[Value]]):
    """Nothing, but only once every name has been written; then it starts anew.

    Attributes:
        names: The names it waits for.
        seen: Those written so far.
    """

    __slots__ = ("names", "seen")

    names: Set[Value]
    seen: Set[Value]

    def __init__(self, typ: Type[Value], names: Set[Value]) -> None:
        super().__init__(typ)
        self.names = names
        self.seen = set()

    def __eq__(self, value: object) -> bool:
        return isinstance(value, NamedBarrierValue) and value.names == self.names

    if not TYPE_CHECKING:
        ValueType = UpdateType = _cell.declared_type
        update = _see
        get = _get

    def copy(self) -> Self:
        return self.from_checkpoint(self.seen)

    def checkpoint(self) -> Set[Value]:
        return self.seen.copy()

    def from_checkpoint(self, checkpoint: Set[Value]) -> Self:
        channel: Self = _pattern(self)
        if checkpoint is not MISSING:
            channel.seen = set(checkpoint)
        return channel

    def is_available(self) -> bool:
        return self.seen == self.names

    def consume(self) -> bool:
        if self.seen != self.names:
            return False
        self.seen = set()
        return True


@native
class NamedBarrierValueAfterFinish(Cell[Value, Value, Tuple[Set[Value], bool]]):
    """Nothing, but only once every name has been written and the run is about to end.

    Attributes:
        names: The names it waits for.
        seen: Those written so far.
        finished: Whether it can be read.
    """

    __slots__ = ("names", "seen", "finished")

    names: Set[Value]
    seen: Set[Value]

    def __init__(self, typ: Type[Value], names: Set[Value]) -> None:
        super().__init__(typ)
        self.names = names
        self.seen = set()
        self.finished: bool = False

    def __eq__(self, value: object) -> bool:
        return isinstance(value, NamedBarrierValueAfterFinish) and value.names == self.names

    if not TYPE_CHECKING:
        ValueType = UpdateType = _cell.declared_type
        update = _see
        get = _get

    def copy(self) -> Self:
        return self.from_checkpoint((self.seen, self.finished))

    def checkpoint(self) -> Tuple[Set[Value], bool]:
        return (self.seen.copy(), self.finished)

    def from_checkpoint(self, checkpoint: Tuple[Set[Value], bool]) -> Self:
        channel: Self = _pattern(self)
        if checkpoint is not MISSING:
            seen, channel.finished = checkpoint
            channel.seen = set(seen)
        return channel

    def is_available(self) -> bool:
        return self.finished and self.seen == self.names

    def consume(self) -> bool:
        if not self.is_available():
            return False
        self.seen = set()
        self.finished = False
        return True

    def finish(self) -> bool:
        if self.finished or self.seen != self.names:
            return False
        self.finished = True
        return True


name_as_upstream(globals())
