"""Reserved channel names and the shapes a serializer recognises without importing them."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, NamedTuple, Protocol, Sequence, TypeVar, runtime_checkable

from langgraph_rust._internal._home import pickled_at_home, settle

if TYPE_CHECKING:
    from typing_extensions import Self

ERROR = "__error__"
SCHEDULED = "__scheduled__"
INTERRUPT = "__interrupt__"
RESUME = "__resume__"
TASKS = "__pregel_tasks"

Value = TypeVar("Value", covariant=True)
Update = TypeVar("Update", contravariant=True)
C = TypeVar("C")


@pickled_at_home
class _DeltaSnapshot(NamedTuple):
    """The whole value of a delta channel, stored so that replay may start from it."""

    value: Any


def is_snapshot(value: Any) -> bool:
    """Whether `value` is a snapshot, though it be one that another distribution's saver made."""
    return isinstance(value, _DeltaSnapshot) or type(value).__name__ == "_DeltaSnapshot"


class ChannelProtocol(Protocol[Value, Update, C]):
    """What a checkpoint asks of a channel; `BaseChannel` has it all."""

    @property
    def ValueType(self) -> Any: ...

    @property
    def UpdateType(self) -> Any: ...

    def checkpoint(self) -> C | None: ...

    def from_checkpoint(self, checkpoint: C | None) -> Self: ...

    def update(self, values: Sequence[Update]) -> bool: ...

    def get(self) -> Value: ...

    def consume(self) -> bool: ...


@runtime_checkable
class SendProtocol(Protocol):
    """The shape of a `Send`: a node's name and the argument to run it with."""

    node: str
    arg: Any

    def __hash__(self) -> int: ...

    def __repr__(self) -> str: ...

    def __eq__(self, value: object) -> bool: ...


settle("langgraph.checkpoint.serde.types", _DeltaSnapshot, ChannelProtocol, SendProtocol)
