"""The channels that keep the last value: of a plain state key, and of a deferred trigger."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Sequence, Tuple, Union

from langgraph_rust._internal._compat import name_as_upstream
from langgraph_rust._internal._typing import MISSING
from langgraph_rust.channels import _cell
from langgraph_rust.channels._native import native
from langgraph_rust.channels.base import BaseChannel, Value
from langgraph_rust.errors import (
    EmptyChannelError,
    ErrorCode,
    InvalidUpdateError,
    create_error_message,
)

if TYPE_CHECKING:
    from typing_extensions import Self

    from langgraph_rust.channels._cell import Cell
else:
    Cell = BaseChannel

__all__ = ("LastValue", "LastValueAfterFinish")


@native
class LastValue(Cell[Value, Value, Value]):
    """The last value written; two in one superstep are an error."""

    __slots__ = ("value",)

    value: Union[Value, Any]

    def __init__(self, typ: Any, key: str = "") -> None:
        super().__init__(typ, key)
        self.value = MISSING

    def __eq__(self, value: object) -> bool:
        return isinstance(value, LastValue)

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
        if not values:
            return False
        if len(values) > 1:
            raise InvalidUpdateError(
                create_error_message(
                    message=f"At key '{self.key}': Can receive only one value per step. "
                    "Use an Annotated key to handle multiple values.",
                    error_code=ErrorCode.INVALID_CONCURRENT_GRAPH_UPDATE,
                )
            )
        self.value = values[-1]
        return True


@native
class LastValueAfterFinish(Cell[Value, Value, Tuple[Value, bool]]):
    """The last value written, to be read once the run is about to end, and then gone.

    Attributes:
        value: The value.
        finished: Whether it can be read.
    """

    __slots__ = ("value", "finished")

    value: Union[Value, Any]
    finished: bool

    def __init__(self, typ: Any, key: str = "") -> None:
        super().__init__(typ, key)
        self.value = MISSING
        self.finished = False

    def __eq__(self, value: object) -> bool:
        return isinstance(value, LastValueAfterFinish)

    if not TYPE_CHECKING:
        ValueType = UpdateType = _cell.declared_type

    def checkpoint(self) -> Union[Tuple[Union[Value, Any], bool], Any]:
        return MISSING if self.value is MISSING else (self.value, self.finished)

    def from_checkpoint(self, checkpoint: Union[Tuple[Union[Value, Any], bool], Any]) -> Self:
        channel = self.__class__(self.typ)
        channel.key = self.key
        if checkpoint is not MISSING:
            channel.value, channel.finished = checkpoint
        return channel

    def update(self, values: Sequence[Union[Value, Any]]) -> bool:
        if not values:
            return False
        self.value = values[-1]
        self.finished = False
        return True

    def consume(self) -> bool:
        if not self.finished:
            return False
        self.value = MISSING
        self.finished = False
        return True

    def finish(self) -> bool:
        if self.finished or self.value is MISSING:
            return False
        self.finished = True
        return True

    def get(self) -> Value:
        if not self.is_available():
            raise EmptyChannelError()
        return self.value

    def is_available(self) -> bool:
        return self.finished and self.value is not MISSING


name_as_upstream(globals())
