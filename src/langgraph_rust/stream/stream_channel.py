"""The queue between a transformer and the one who iterates its projection."""

from __future__ import annotations

from collections import deque
from typing import (
    TYPE_CHECKING,
    AsyncIterator,
    Awaitable,
    Callable,
    Deque,
    Generic,
    Iterator,
    List,
    Optional,
    Tuple,
    TypeVar,
)

from langgraph_rust._internal._home import settle

if TYPE_CHECKING:
    from langgraph_rust.stream._mux import StreamMux

T = TypeVar("T")


class StreamChannel(Generic[T]):
    """A queue that one subscriber drains and that pumps the run when it is empty.

    Items pushed before there is a subscriber are not kept. A channel with a name
    forwards every item, subscriber or not, to the run's event log: as
    `custom:<name>`, or as `<name>` if a native transformer owns it.

    The mux binds a channel to sync or asyncio iteration when its transformer is
    registered, gives it the pump, and closes or fails it when the run ends. As
    the subscriber pumps, its pace bounds what is queued.
    """

    def __init__(self, name: Optional[str] = None, *, maxlen: Optional[int] = None) -> None:
        """Make an unbound channel.

        Args:
            name: The protocol name under which items are forwarded; `None` keeps
                them in this process.
            maxlen: A positive number of items. Accepted, and without effect.

        Raises:
            ValueError: If `maxlen` is zero or negative.
        """
        if maxlen is not None and maxlen <= 0:
            raise ValueError("StreamChannel maxlen must be a positive int or None")
        self.name = name
        # (stamp, item): the stamp is the order of arrival across a mux's channels.
        self._items: Deque[Tuple[int, T]] = deque()
        self._maxlen = maxlen
        self._closed = False
        self._error: Optional[BaseException] = None
        self._is_async: Optional[bool] = None
        self._subscribed = False
        self._request_more: Optional[Callable[[], bool]] = None
        self._arequest_more: Optional[Callable[[], Awaitable[bool]]] = None
        self._wire_fn: Optional[Callable[[T], None]] = None
        self._mux: Optional[StreamMux] = None

    # -- called by the mux ---------------------------------------------------

    def _bind_mux(self, mux: StreamMux) -> None:
        self._mux = mux

    def _bind(self, *, is_async: bool) -> None:
        if self._is_async is not None:
            raise RuntimeError("StreamChannel is already bound")
        self._is_async = is_async

    def _wire(self, fn: Callable[[T], None]) -> None:
        self._wire_fn = fn

    # -- called by transformers ----------------------------------------------

    def push(self, item: T) -> None:
        """Queue an item for the subscriber, if any, and forward it if named.

        Raises:
            RuntimeError: If there is a subscriber and the channel is closed.
        """
        if self._subscribed:
            if self._closed:
                raise RuntimeError("Cannot push to a closed StreamChannel")
            mux = self._mux
            self._items.append((0 if mux is None else mux._next_push_seq(), item))
        if self._wire_fn is not None:
            self._wire_fn(item)

    def close(self) -> None:
        """End the channel: the subscriber stops after the queued items."""
        self._closed = True

    def fail(self, err: BaseException) -> None:
        """End the channel: the subscriber gets `err` after the queued items."""
        self._error = err
        self._closed = True

    # -- called by the subscriber --------------------------------------------

    def __iter__(self) -> Iterator[T]:
        """Subscribe, once, to a channel of a sync run.

        Raises:
            TypeError: If the channel is unbound or belongs to an asyncio run.
            RuntimeError: If it has a subscriber.
        """
        self._subscribe(
            is_async=False,
            mismatch="This StreamChannel is bound to async mode — use 'async for' instead.",
            fan_out="tee",
        )
        return self._sync_cursor()

    def __aiter__(self) -> AsyncIterator[T]:
        """Asyncio counterpart of `__iter__`."""
        self._subscribe(
            is_async=True,
            mismatch="This StreamChannel is bound to sync mode — use 'for' instead.",
            fan_out="atee",
        )
        return self._async_cursor()

    def _subscribe(self, *, is_async: bool, mismatch: str, fan_out: str) -> None:
        if self._is_async is None:
            raise TypeError(
                "StreamChannel has not been bound yet. "
                "Register the transformer with a StreamMux first."
            )
        if self._is_async is not is_async:
            raise TypeError(mismatch)
        if self._subscribed:
            raise RuntimeError(
                f"StreamChannel already has a subscriber; use .{fan_out}(n) for fan-out."
            )
        self._subscribed = True

    def _at_end(self) -> bool:
        """Whether a subscriber that took every queued item is done.

        Raises:
            BaseException: What the channel failed with.
        """
        if self._closed and self._error is not None:
            raise self._error
        return self._closed

    def _sync_cursor(self) -> Iterator[T]:
        items = self._items
        while True:
            while items:
                yield items.popleft()[1]
            if self._at_end():
                return
            pump = self._request_more
            if pump is None or not (pump() or items or self._closed):
                return

    async def _async_cursor(self) -> AsyncIterator[T]:
        items = self._items
        while True:
            while items:
                yield items.popleft()[1]
            if self._at_end():
                return
            pump = self._arequest_more
            if pump is None or not (await pump() or items or self._closed):
                return

    def tee(self, n: int = 2) -> Tuple[Iterator[T], ...]:
        """Subscribe `n` independent iterators, each of which sees every item.

        An error of the run reaches the branch that pulled; the others end.

        Raises:
            ValueError: If `n` is below 1.
            TypeError: If the channel is unbound or belongs to an asyncio run.
            RuntimeError: If it has a subscriber.
        """
        if n < 1:
            raise ValueError("tee() requires n >= 1")
        source = iter(self)
        queues: List[Deque[T]] = [deque() for _ in range(n)]

        def branch(queue: Deque[T]) -> Iterator[T]:
            while True:
                while queue:
                    yield queue.popleft()
                try:
                    item = next(source)
                except StopIteration:
                    return
                for each in queues:
                    each.append(item)

        return tuple(map(branch, queues))

    def atee(self, n: int = 2) -> Tuple[AsyncIterator[T], ...]:
        """Asyncio counterpart of `tee`; an error of the run reaches every branch."""
        if n < 1:
            raise ValueError("atee() requires n >= 1")
        import asyncio

        source = self.__aiter__()
        queues: List[Deque[T]] = [deque() for _ in range(n)]
        turn = asyncio.Lock()
        end: List[Optional[Exception]] = []

        async def pull(queue: Deque[T]) -> None:
            # While this branch waited for its turn another may have pulled.
            async with turn:
                if queue or end:
                    return
                try:
                    item = await source.__anext__()
                except StopAsyncIteration:
                    end.append(None)
                except Exception as error:
                    end.append(error)
                else:
                    for each in queues:
                        each.append(item)

        async def branch(queue: Deque[T]) -> AsyncIterator[T]:
            while True:
                while queue:
                    yield queue.popleft()
                if end:
                    if end[0] is not None:
                        raise end[0]
                    return
                await pull(queue)

        return tuple(map(branch, queues))


settle("langgraph.stream.stream_channel", StreamChannel)
