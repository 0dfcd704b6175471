"""The channel whose checkpoints hold what was written, not what came of it."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Callable, Optional, Sequence, Type

from langgraph_rust._internal._compat import name_as_upstream
from langgraph_rust._internal._elsewhere import find_elsewhere
from langgraph_rust._internal._later import copy
from langgraph_rust._internal._typing import MISSING
from langgraph_rust.channels import _cell
from langgraph_rust.channels.base import BaseChannel, Value
from langgraph_rust.channels.binop import (
    _constructible,
    _get_overwrite,
    _operators_equal,
    _second_overwrite,
)

if TYPE_CHECKING:
    from typing_extensions import Self

    from langgraph_rust.channels._cell import Cell
    from langgraph_rust.checkpoint.base import PendingWrite
else:
    Cell = BaseChannel

__all__ = ("DeltaChannel",)


class DeltaChannel(Cell[Any, Any, Any]):
    """A reducing channel that is rebuilt from its writes, for values that grow long.

    A checkpoint mostly holds nothing of it. The value is rebuilt from the latest snapshot, by
    giving the writes since then to the reducer; how they are batched then differs from how they
    were, so ``reducer(reducer(value, a), b)`` must equal ``reducer(value, a + b)``, every time.
    A snapshot is taken every so many updates, and every so many supersteps even without any.

    The interface may still change.

    Attributes:
        reducer: ``reducer(value, updates)`` takes a list of updates and returns the new value.
        snapshot_frequency: After how many updates a snapshot is taken.
    """

    __slots__ = ("value", "reducer", "snapshot_frequency")

    value: Any

    def __init__(
        self,
        reducer: Callable[[Any, Sequence[Any]], Any],
        typ: Optional[Type[Value]] = None,
        *,
        snapshot_frequency: int = 100,
    ) -> None:
        """See the class.

        Args:
            reducer: The reducer.
            typ: The type of the value. Of a state key it is the annotated one.
            snapshot_frequency: After how many updates a snapshot is taken.

        Raises:
            ValueError: If `snapshot_frequency` is not positive.
        """
        if snapshot_frequency <= 0:
            raise ValueError(f"snapshot_frequency must be a positive int, got {snapshot_frequency}")
        super().__init__(list if typ is None else _constructible(typ))
        self.reducer = reducer
        self.snapshot_frequency: int = snapshot_frequency
        self.value = MISSING

    def __eq__(self, other: object) -> bool:
        return (
            isinstance(other, DeltaChannel)
            and self.snapshot_frequency == other.snapshot_frequency
            and _operators_equal(self.reducer, other.reducer)
        )

    def _pattern(self) -> Self:
        channel = self.__class__(self.reducer, self.typ, snapshot_frequency=self.snapshot_frequency)
        channel.key = self.key
        return channel

    if not TYPE_CHECKING:
        ValueType = UpdateType = _cell.declared_type
        get = _cell.get
        is_available = _cell.is_available

    def copy(self) -> Self:
        twin = self._pattern()
        if self.value is not MISSING:
            # A reducer may change the value in place.
            twin.value = copy.copy(self.value)
        return twin

    def checkpoint(self) -> Any:
        """MISSING: whether a snapshot is due depends on versions, which the engine knows."""
        return MISSING

    def from_checkpoint(self, checkpoint: Any) -> Self:
        """A channel in a saved state, to which the writes since then are yet to be replayed.

        Args:
            checkpoint: A snapshot; or MISSING to start empty; or a plain value, saved when this
                key was a `BinaryOperatorAggregate`.
        """
        from langgraph_rust.checkpoint.serde.types import is_snapshot

        channel = self._pattern()
        if checkpoint is MISSING:
            channel.value = self.typ()
        elif is_snapshot(checkpoint):
            channel.value = checkpoint.value
        else:
            channel.value = checkpoint
        return channel

    def replay_writes(self, writes: Sequence[PendingWrite]) -> None:
        """Take saved writes, oldest first, with one call of the reducer.

        Args:
            writes: (task id, channel, value) triples. They may span supersteps: of several
                overwrites the last counts, and what follows it.
        """
        values = [value for _, _, value in writes]
        if not values:
            return
        base = self.value
        for index, value in reversed(list(enumerate(values))):
            is_overwrite, replacement = _get_overwrite(value)
            if is_overwrite:
                base = self._replaced_by(replacement)
                values = values[index + 1 :]
                break
        self.value = self.reducer(base, values) if values else base

    def update(self, values: Sequence[Any]) -> bool:
        if not values:
            return False
        replacements = [new for is_new, new in map(_get_overwrite, values) if is_new]
        if len(replacements) > 1:
            raise _second_overwrite()
        if replacements:
            self.value = self._replaced_by(replacements[0])
        else:
            base = self.typ() if self.value is MISSING else self.value
            self.value = self.reducer(base, list(values))
        return True

    def _replaced_by(self, replacement: Any) -> Any:
        # The reducer may change it in place, and the caller keeps the original.
        return self.typ() if replacement is None else copy.copy(replacement)


if not TYPE_CHECKING:
    __getattr__ = find_elsewhere(
        __name__,
        {
            "langgraph_rust.checkpoint.base": "PendingWrite",
            "langgraph_rust.errors": "EmptyChannelError ErrorCode InvalidUpdateError "
            "create_error_message",
        },
    )

name_as_upstream(globals())
