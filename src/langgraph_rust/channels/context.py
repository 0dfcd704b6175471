"""The channel that holds a resource open for the length of a run."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Callable, Optional, Sequence

from langgraph_rust._internal._compat import name_as_upstream
from langgraph_rust._internal._typing import MISSING
from langgraph_rust.channels import _cell
from langgraph_rust.channels.base import BaseChannel, Value
from langgraph_rust.errors import EmptyChannelError, InvalidUpdateError

if TYPE_CHECKING:
    from typing import AsyncContextManager, ContextManager

    from typing_extensions import Self

    from langgraph_rust.channels._cell import Cell
else:
    Cell = BaseChannel

__all__ = ("Context",)


class _Resource:
    """What the copies of one channel share: the context manager, once it is entered."""

    __slots__ = ("manager", "value")

    def __init__(self) -> None:
        self.manager: Any = None
        self.value: Any = MISSING

    def open(self, manager: Any) -> None:
        self.value = manager.__enter__()
        self.manager = manager

    async def aopen(self, manager: Any) -> None:
        self.value = await manager.__aenter__()

    def close(self, *error: Any) -> None:
        manager, self.manager, self.value = self.manager, None, MISSING
        if manager is not None:
            manager.__exit__(*(error or (None, None, None)))

    def __del__(self) -> None:
        self.close()


class Context(Cell[Value, None, None]):
    """The value of a context manager, which is entered when first read in a run.

    It is left when the run lets go of the channel, or at the end of a ``with`` or ``async with``
    over the channel. It cannot be written and is not saved. A resource that only opens in async
    code is empty until ``async with`` has entered it.

    Attributes:
        ctx: Makes the context manager.
        actx: Makes the async context manager; ``async with`` prefers it.
    """

    __slots__ = ("ctx", "actx", "_resource", "_amanager")

    def __init__(
        self,
        ctx: Optional[Callable[[], ContextManager[Value]]] = None,
        actx: Optional[Callable[[], AsyncContextManager[Value]]] = None,
        typ: Any = None,
    ) -> None:
        """See the class.

        Args:
            ctx: Makes the context manager.
            actx: Makes the async context manager.
            typ: The type of its value; else that of the state key, or Any.

        Raises:
            ValueError: If there is neither of both.
        """
        if ctx is None and actx is None:
            raise ValueError("Context needs a context manager, sync or async")
        super().__init__(Any if typ is None else typ)
        self.ctx = ctx
        self.actx = actx
        self._resource = _Resource()
        self._amanager: Any = None

    def __eq__(self, value: object) -> bool:
        return isinstance(value, Context) and value.ctx == self.ctx and value.actx == self.actx

    if not TYPE_CHECKING:
        ValueType = _cell.declared_type

    @property
    def UpdateType(self) -> Any:
        raise InvalidUpdateError(f"At key '{self.key}': a Context cannot be written")

    def copy(self) -> Self:
        twin = self.from_checkpoint(MISSING)
        twin._resource = self._resource
        return twin

    def checkpoint(self) -> Any:
        return MISSING

    def from_checkpoint(self, checkpoint: Any) -> Self:
        channel = self.__class__(self.ctx, self.actx, self.typ)
        channel.key = self.key
        return channel

    def update(self, values: Sequence[None]) -> bool:
        if values:
            raise InvalidUpdateError(f"At key '{self.key}': a Context cannot be written")
        return False

    def get(self) -> Value:
        if self._resource.value is MISSING:
            if self.ctx is None:
                raise EmptyChannelError()
            self._resource.open(self.ctx())
        return self._resource.value

    def is_available(self) -> bool:
        return self.ctx is not None or self._resource.value is not MISSING

    def __enter__(self) -> Self:
        self.get()
        return self

    def __exit__(self, *error: Any) -> None:
        self._resource.close(*error)

    async def __aenter__(self) -> Self:
        if self.actx is None:
            return self.__enter__()
        self._amanager = self.actx()
        await self._resource.aopen(self._amanager)
        return self

    async def __aexit__(self, *error: Any) -> None:
        manager, self._amanager = self._amanager, None
        self._resource.close(*error)
        if manager is not None:
            await manager.__aexit__(*error)


name_as_upstream(globals())
