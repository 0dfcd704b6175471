"""What a caller of `stream_events(version="v3")` holds: the run and its projections.

The caller is the pump. Asking a projection for an item it does not have pulls
one part from the graph and routes it through the mux, until the item is there.
"""

from __future__ import annotations

from contextlib import suppress
from types import MappingProxyType
from typing import (
    TYPE_CHECKING,
    Any,
    AsyncIterator,
    Awaitable,
    Callable,
    Dict,
    Iterator,
    List,
    Mapping,
    Optional,
    Tuple,
    Type,
    TypeVar,
)

from langgraph_rust._internal._elsewhere import find_elsewhere
from langgraph_rust._internal._home import settle
from langgraph_rust._langchain.beta import announce_beta
from langgraph_rust.stream._convert import convert_to_protocol_event
from langgraph_rust.stream._interleave import interleave

if TYPE_CHECKING:
    import asyncio
    from types import TracebackType

    from langchain_core.language_models.chat_model_stream import (
        AsyncChatModelStream,
        ChatModelStream,
    )

    from langgraph_rust.stream._mux import StreamMux
    from langgraph_rust.stream._types import ProtocolEvent
    from langgraph_rust.stream.stream_channel import StreamChannel
    from langgraph_rust.stream.transformers import LifecyclePayload, SubgraphStatus

T = TypeVar("T")

_BETA = "The v3 streaming protocol on Pregel is experimental."


class _RunStream:
    """What sync and asyncio run streams know: projections, last state, interrupts."""

    # Of transformers that a run may be asked to add. Reading one that was not
    # added raises AttributeError.
    updates: StreamChannel[Dict[str, Any]]
    custom: StreamChannel[Any]
    checkpoints: StreamChannel[Dict[str, Any]]
    debug: StreamChannel[Dict[str, Any]]
    tasks: StreamChannel[Dict[str, Any]]
    # Of transformers that every run has.
    values: StreamChannel[Dict[str, Any]]
    lifecycle: StreamChannel[LifecyclePayload]

    _mux: StreamMux

    def __getattr__(self, name: str) -> StreamChannel[Any]:
        # Projections are instance attributes, so this is only ever a miss. A
        # half-made instance has no `_mux`, and asking it for one comes back here.
        mux = self.__dict__.get("_mux")
        known = ", ".join(sorted(mux.native_keys)) if mux is not None else ""
        raise AttributeError(
            f"{type(self).__name__!r} object has no attribute {name!r} "
            f"(registered projections: {known or 'none'})"
        )

    def _attach(self, mux: StreamMux) -> None:
        self._mux = mux
        self.extensions: Mapping[str, Any] = MappingProxyType(mux.extensions)
        self._exhausted = False
        self._latest: Optional[Dict[str, Any]] = None
        self._interrupted = False
        self._interrupts: List[Any] = []
        self._scope_list = list(mux.scope)
        for key in mux.native_keys:
            setattr(self, key, mux.extensions[key])

    def _observe_event(self, event: ProtocolEvent) -> None:
        """Remember what a `values` event of this namespace says about the run."""
        if event["method"] != "values":
            return
        params = event["params"]
        if params["namespace"] != self._scope_list:
            return
        self._latest = params["data"]
        interrupts = params.get("interrupts")
        if interrupts:
            self._interrupted = True
            self._interrupts.extend(interrupts)

    def _raise_failure(self) -> None:
        error = self._mux._events._error
        if error is not None:
            raise error


class GraphRunStream(_RunStream):
    """A sync run: iterate a projection, `interleave` several, or read `output`.

    Every projection is in `extensions`; those of native transformers are
    attributes as well (`run.values`, `run.messages`). Each has one consumer;
    `projection.tee(n)` makes more of it. Iterating the run itself yields its
    events. As a context manager the run is aborted on the way out.

    The v3 protocol is experimental and may change.
    """

    messages: StreamChannel[ChatModelStream]
    subgraphs: StreamChannel[SubgraphRunStream]

    def __init__(
        self,
        graph_iter: Optional[Iterator[Any]],
        mux: StreamMux,
        *,
        wire_pump: bool = True,
    ) -> None:
        """Take over the graph's iterator and offer the mux's projections.

        Args:
            graph_iter: Yields v2 stream parts; `None` if another run pumps.
            mux: The mux that receives them.
            wire_pump: Whether this run becomes the mux's pump.
        """
        if type(self) is GraphRunStream:
            announce_beta("GraphRunStream", _BETA)
        self._attach(mux)
        self._graph_iter = graph_iter
        if wire_pump:
            mux.bind_pump(self._pump_next)

    def _pump_next(self) -> bool:
        """Move the run by one event; False once it has ended."""
        if self._exhausted or self._graph_iter is None:
            return False
        try:
            part = next(self._graph_iter)
            event = convert_to_protocol_event(part)
            self._observe_event(event)
            self._mux.push(event)
            return True
        except StopIteration:
            self._mux.close()
        except Exception as error:
            self._mux.fail(error)
        self._exhausted = True
        return False

    def _run_to_end(self) -> None:
        while self._pump_next():
            pass
        self._raise_failure()

    @property
    def output(self) -> Optional[Dict[str, Any]]:
        """The final state, after driving the run to its end.

        Raises:
            BaseException: What the run failed with.
        """
        self._run_to_end()
        return self._latest

    @property
    def interrupted(self) -> bool:
        """Whether the run stopped at an interrupt, after driving it to its end.

        Raises:
            BaseException: What the run failed with.
        """
        self._run_to_end()
        return self._interrupted

    @property
    def interrupts(self) -> List[Any]:
        """The interrupts of the run, after driving it to its end.

        Raises:
            BaseException: What the run failed with.
        """
        self._run_to_end()
        return self._interrupts

    def __iter__(self) -> Iterator[ProtocolEvent]:
        """Subscribe to the events of the run."""
        return iter(self._mux._events)

    def interleave(self, *names: str) -> Iterator[Tuple[str, Any]]:
        """Yield `(name, item)` of several projections in order of arrival.

        Args:
            *names: Keys of `extensions`. They are subscribed while this iterates.

        Raises:
            KeyError: If there is no projection of a name.
            TypeError: If a projection is no channel of a sync run.
            RuntimeError: If a projection has a subscriber.
        """
        yield from interleave(self._mux, names)

    def abort(self) -> None:
        """End the run now: close the graph's iterator and every projection."""
        if self._exhausted:
            return
        self._exhausted = True
        graph_iter, self._graph_iter = self._graph_iter, None
        with suppress(Exception):
            close = getattr(graph_iter, "close", None)
            if close is not None:
                close()
        with suppress(Exception):
            self._mux.close()

    def __enter__(self: T) -> T:
        return self

    def __exit__(
        self,
        exc_type: Optional[Type[BaseException]],
        exc: Optional[BaseException],
        tb: Optional[TracebackType],
    ) -> None:
        self.abort()


class AsyncGraphRunStream(_RunStream):
    """Asyncio counterpart of `GraphRunStream`.

    Several tasks may consume projections at once: one of them pulls from the
    graph while the others wait for that pull. `output`, `interrupted` and
    `interrupts` are methods to await. Use it with `async with` to abort on the way out.
    """

    messages: StreamChannel[AsyncChatModelStream]
    subgraphs: StreamChannel[AsyncSubgraphRunStream]

    def __init__(
        self,
        graph_aiter: Optional[AsyncIterator[Any]],
        mux: StreamMux,
        *,
        wire_pump: bool = True,
    ) -> None:
        """Take over the graph's iterator; see `GraphRunStream`."""
        if type(self) is AsyncGraphRunStream:
            announce_beta("AsyncGraphRunStream", _BETA)
        self._attach(mux)
        self._graph_aiter = graph_aiter
        self._aborting = False
        self._pumping = False
        # The pull in flight, as a task so that `abort` can cancel it: closing an
        # asynchronous generator that is running is an error.
        self._pull: Optional[asyncio.Future[Any]] = None
        self._waiters: List[asyncio.Future[None]] = []
        if wire_pump:
            mux.bind_apump(self._apump_next)

    async def _apump_next(self) -> bool:
        """Move the run by one event, or wait for the task that is doing so.

        Returns:
            False once the run has ended.
        """
        if self._exhausted or self._graph_aiter is None:
            return False
        if self._pumping:
            await self._wait_for_pump()
            return not self._exhausted
        self._pumping = True
        try:
            return await self._pump_once(self._graph_aiter)
        finally:
            self._pumping = False
            self._wake_waiters()

    async def _pump_once(self, graph_aiter: AsyncIterator[Any]) -> bool:
        # CancelledError and its like pass through, and leave the run pumpable.
        try:
            part = await self._pull_part(graph_aiter)
            if self._aborting:
                return False
            event = convert_to_protocol_event(part)
            self._observe_event(event)
            await self._mux.apush(event)
            return True
        except StopAsyncIteration:
            self._exhausted = True
            await self._mux.aclose()
        except Exception as error:
            self._exhausted = True
            await self._mux.afail(error)
        return False

    async def _pull_part(self, graph_aiter: AsyncIterator[Any]) -> Any:
        from asyncio import CancelledError, ensure_future

        self._pull = ensure_future(graph_aiter.__anext__())
        try:
            return await self._pull
        except CancelledError:
            if self._aborting:
                return None
            raise
        finally:
            self._pull = None

    async def _wait_for_pump(self) -> None:
        from asyncio import get_running_loop

        waiter = get_running_loop().create_future()
        self._waiters.append(waiter)
        await waiter

    def _wake_waiters(self) -> None:
        waiters, self._waiters = self._waiters, []
        for waiter in waiters:
            if not waiter.done():
                waiter.set_result(None)

    async def _run_to_end(self) -> None:
        while await self._apump_next():
            pass
        self._raise_failure()

    async def output(self) -> Optional[Dict[str, Any]]:
        """Asyncio counterpart of `GraphRunStream.output`."""
        await self._run_to_end()
        return self._latest

    async def interrupted(self) -> bool:
        """Asyncio counterpart of `GraphRunStream.interrupted`."""
        await self._run_to_end()
        return self._interrupted

    async def interrupts(self) -> List[Any]:
        """Asyncio counterpart of `GraphRunStream.interrupts`."""
        await self._run_to_end()
        return self._interrupts

    def __aiter__(self) -> AsyncIterator[ProtocolEvent]:
        """Subscribe to the events of the run."""
        return self._mux._events.__aiter__()

    async def abort(self) -> None:
        """End the run now: cancel running nodes and close every projection."""
        if self._exhausted:
            return
        self._exhausted = self._aborting = True
        graph_aiter, self._graph_aiter = self._graph_aiter, None
        self._wake_waiters()
        if self._pull is not None:
            from asyncio import wait

            pull = self._pull
            pull.cancel()
            await wait([pull])
        with suppress(Exception):
            aclose = getattr(graph_aiter, "aclose", None)
            if aclose is not None:
                await aclose()
        with suppress(Exception):
            await self._mux.aclose()

    async def __aenter__(self: T) -> T:
        return self

    async def __aexit__(
        self,
        exc_type: Optional[Type[BaseException]],
        exc: Optional[BaseException],
        tb: Optional[TracebackType],
    ) -> None:
        await self.abort()


class _SubgraphRunStreamMixin:
    """A run stream over a subgraph's mux, which the root run pumps.

    Attributes:
        path: Namespace of the subgraph.
        graph_name: Name of the node or agent that runs it.
        trigger_call_id: Id of the task that runs it.
        status: `"started"` until the subgraph has ended.
        error: What it failed with, as text.
    """

    path: Tuple[str, ...]
    graph_name: Optional[str]
    trigger_call_id: Optional[str]
    status: SubgraphStatus
    error: Optional[str]
    _seen_terminal: bool

    def __init__(
        self,
        mux: StreamMux,
        *,
        path: Tuple[str, ...],
        graph_name: Optional[str] = None,
        trigger_call_id: Optional[str] = None,
    ) -> None:
        """Offer the projections of a subgraph's mux, which has its parent's pump."""
        self._parent_pump_fn: Optional[Callable[[], bool]] = mux._pump_fn
        self._parent_apump_fn: Optional[Callable[[], Awaitable[bool]]] = mux._apump_fn
        super().__init__(None, mux, wire_pump=False)  # type: ignore[call-arg]
        self.path = path
        self.graph_name = graph_name
        self.trigger_call_id = trigger_call_id
        self.status = "started"
        self.error = None
        self._seen_terminal = False

    def _has_ended(self) -> bool:
        run: Any = self
        return run._exhausted or run._seen_terminal or run._mux._events._closed


class SubgraphRunStream(_SubgraphRunStreamMixin, GraphRunStream):
    """The run of a subgraph inside a sync run, from `run.subgraphs`."""

    def _pump_next(self) -> bool:
        pump = self._parent_pump_fn
        return pump is not None and not self._has_ended() and pump()


class AsyncSubgraphRunStream(_SubgraphRunStreamMixin, AsyncGraphRunStream):
    """The run of a subgraph inside an asyncio run, from `run.subgraphs`."""

    async def _apump_next(self) -> bool:
        pump = self._parent_apump_fn
        return pump is not None and not self._has_ended() and await pump()


settle(
    "langgraph.stream.run_stream",
    GraphRunStream,
    AsyncGraphRunStream,
    _SubgraphRunStreamMixin,
    SubgraphRunStream,
    AsyncSubgraphRunStream,
)

if not TYPE_CHECKING:
    __getattr__ = find_elsewhere(
        __name__,
        {
            "langgraph_rust.stream._mux": "StreamMux",
            "langgraph_rust.stream._types": "ProtocolEvent",
            "typing": "NoReturn",
        },
    )
