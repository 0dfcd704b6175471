"""The channel that collects all that is written."""

from __future__ import annotations

import sys
from typing import TYPE_CHECKING, Any, Iterator, List, Sequence, Type, Union

from langgraph_rust._internal._compat import name_as_upstream
from langgraph_rust._internal._typing import MISSING
from langgraph_rust.channels._native import native
from langgraph_rust.channels.base import BaseChannel, Value
from langgraph_rust.errors import EmptyChannelError

if TYPE_CHECKING:
    from typing_extensions import Self

if sys.version_info >= (3, 9):
    from collections.abc import Sequence as _SequenceOf

    _ListOf = list
else:
    _SequenceOf, _ListOf = Sequence, List

__all__ = ("Topic",)


def _flatten(values: Sequence[Union[Value, List[Value]]]) -> Iterator[Value]:
    for value in values:
        if isinstance(value, list):
            yield from value
        else:
            yield value


@native
class Topic(BaseChannel[Sequence[Value], Union[Value, List[Value]], List[Value]]):
    """The list of the values written in the superstep before, or in the run up to here.

    An update is a value, or a list of them.

    Attributes:
        accumulate: Whether values stay; else a superstep's values replace those before.
        values: The values.
    """

    __slots__ = ("values", "accumulate")

    def __init__(self, typ: Type[Value], accumulate: bool = False) -> None:
        super().__init__(typ)
        self.accumulate: bool = accumulate
        self.values: List[Value] = []

    def __eq__(self, value: object) -> bool:
        return isinstance(value, Topic) and value.accumulate == self.accumulate

    @property
    def ValueType(self) -> Any:
        return _SequenceOf[self.typ]  # type: ignore[name-defined]

    @property
    def UpdateType(self) -> Any:
        return Union[self.typ, _ListOf[self.typ]]  # type: ignore[name-defined]

    def copy(self) -> Self:
        return self._with(self.values)

    def checkpoint(self) -> List[Value]:
        return self.values.copy()

    def from_checkpoint(self, checkpoint: List[Value]) -> Self:
        if checkpoint is MISSING:
            return self._with(())
        # A checkpoint of old: what was seen, then the values.
        return self._with(checkpoint[1] if isinstance(checkpoint, tuple) else checkpoint)

    def _with(self, values: Sequence[Value]) -> Self:
        channel = self.__class__(self.typ, self.accumulate)
        channel.key = self.key
        channel.values = list(values)
        return channel

    def update(self, values: Sequence[Union[Value, List[Value]]]) -> bool:
        changed = False
        if not self.accumulate:
            changed = bool(self.values)
            self.values = []
        added = list(_flatten(values))
        self.values.extend(added)
        return changed or bool(added)

    def get(self) -> Sequence[Value]:
        if not self.values:
            raise EmptyChannelError
        return list(self.values)

    def is_available(self) -> bool:
        return bool(self.values)


name_as_upstream(globals())
