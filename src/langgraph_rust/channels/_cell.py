"""What the channels with a single `value` have in common.

Members to take over, not a base class: each channel derives from `BaseChannel` alone, as
LangGraph's do, and `value` is a slot of its own.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Sequence

from langgraph_rust._internal._typing import MISSING
from langgraph_rust.errors import EmptyChannelError

if TYPE_CHECKING:
    from typing_extensions import Self

    from langgraph_rust.channels.base import BaseChannel, Checkpoint, Update, Value

    class Cell(BaseChannel[Value, Update, Checkpoint]):
        """A channel as type checkers see it: with the members taken over."""

        @property
        def ValueType(self) -> Any: ...
        @property
        def UpdateType(self) -> Any: ...
        def copy(self) -> Self: ...
        def checkpoint(self) -> Checkpoint: ...
        def from_checkpoint(self, checkpoint: Any) -> Self: ...
        def update(self, values: Sequence[Update]) -> bool: ...
        def get(self) -> Value: ...
        def is_available(self) -> bool: ...


def _typ(self: Any) -> Any:
    return self.typ


declared_type = property(_typ, doc="The type the channel was declared with.")


def get(self: Any) -> Any:
    if self.value is MISSING:
        raise EmptyChannelError()
    return self.value


def is_available(self: Any) -> bool:
    return self.value is not MISSING


def checkpoint(self: Any) -> Any:
    return self.value


def copy(self: Any) -> Any:
    twin = self._pattern()
    twin.value = self.value
    return twin


def from_checkpoint(self: Any, checkpoint: Any) -> Any:
    channel = self._pattern()
    if checkpoint is not MISSING:
        channel.value = checkpoint
    return channel
