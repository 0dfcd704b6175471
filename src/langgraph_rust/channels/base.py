"""What a channel is."""

from __future__ import annotations

from abc import ABC, abstractmethod
from typing import TYPE_CHECKING, Any, Generic, Sequence, TypeVar, Union

from langgraph_rust._internal._compat import name_as_upstream
from langgraph_rust._internal._typing import MISSING
from langgraph_rust.errors import EmptyChannelError

if TYPE_CHECKING:
    from typing_extensions import Self

Value = TypeVar("Value")
Update = TypeVar("Update")
Checkpoint = TypeVar("Checkpoint")

__all__ = ("BaseChannel",)


class _Alias:
    """Reads another attribute. Not a property, so that a subclass may set the name for itself."""

    __slots__ = ("attribute",)

    def __init__(self, attribute: str) -> None:
        self.attribute = attribute

    def __get__(self, channel: Any, owner: Any = None) -> Any:
        return self if channel is None else getattr(channel, self.attribute)


class BaseChannel(Generic[Value, Update, Checkpoint], ABC):
    """A cell of the state: how it takes updates, what is read from it, what of it is saved.

    A graph holds channels as patterns; each run makes its own by `from_checkpoint`. Between two
    supersteps `update`, then `consume` and `finish` change them, and nothing else does.

    Attributes:
        typ: The type it was declared with; also `channel_type`.
        key: Its name in the graph; also `name`.
    """

    __slots__ = ("key", "typ")

    if TYPE_CHECKING:
        name: str
        channel_type: Any
        key: str
        typ: Any
    else:
        name = _Alias("key")
        channel_type = _Alias("typ")

    def __init__(self, typ: Any, key: str = "") -> None:
        self.typ = typ
        self.key = key

    @property
    @abstractmethod
    def ValueType(self) -> Any:
        """The type of what is read."""

    @property
    @abstractmethod
    def UpdateType(self) -> Any:
        """The type of one update."""

    def copy(self) -> Self:
        """A channel in the same state, which can be updated without changing this one."""
        return self.from_checkpoint(self.checkpoint())

    def checkpoint(self) -> Union[Checkpoint, Any]:
        """What is saved of the state: something to serialize, or MISSING for nothing."""
        try:
            return self.get()
        except EmptyChannelError:
            return MISSING

    @abstractmethod
    def from_checkpoint(self, checkpoint: Union[Checkpoint, Any]) -> Self:
        """A channel declared as this one, in a saved state.

        Args:
            checkpoint: What `checkpoint` returned; MISSING for an empty channel.
        """

    @abstractmethod
    def get(self) -> Value:
        """The value.

        Raises:
            EmptyChannelError: If there is none.
        """

    def is_available(self) -> bool:
        """Whether `get` would return."""
        try:
            self.get()
        except EmptyChannelError:
            return False
        return True

    @abstractmethod
    def update(self, values: Sequence[Update]) -> bool:
        """Take all updates of one superstep.

        Args:
            values: The updates, in the order of the tasks that wrote them; empty for a
                superstep that wrote none.

        Returns:
            Whether the state changed.

        Raises:
            InvalidUpdateError: If it does not take these updates together.
        """

    def consume(self) -> bool:
        """Learn that a task triggered by this channel has run.

        Returns:
            Whether the state changed.
        """
        return False

    def finish(self) -> bool:
        """Learn that the run is about to end for want of tasks; a change may prevent it.

        Returns:
            Whether the state changed.
        """
        return False

    def get_sync(self) -> Value:
        """See `get`."""
        return self.get()

    def update_sync(self, values: Sequence[Update]) -> bool:
        """See `update`."""
        return self.update(values)

    async def aget(self) -> Value:
        """See `get`."""
        return self.get()

    async def aupdate(self, values: Sequence[Update]) -> bool:
        """See `update`."""
        return self.update(values)

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *error: Any) -> None:
        return None

    async def __aenter__(self) -> Self:
        return self.__enter__()

    async def __aexit__(self, *error: Any) -> None:
        return self.__exit__(*error)


name_as_upstream(globals())
