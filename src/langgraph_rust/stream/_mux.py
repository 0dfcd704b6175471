"""The dispatcher: shows every event to the transformers and keeps the event log.

One mux serves one namespace. The root mux numbers events; the muxes of
subgraphs share the event objects of the root and leave them untouched.
"""

from __future__ import annotations

from functools import partial
from time import time
from typing import (
    TYPE_CHECKING,
    Any,
    Awaitable,
    Callable,
    Dict,
    List,
    Optional,
    Sequence,
    Set,
    Tuple,
)

from langgraph_rust._internal._elsewhere import find_elsewhere
from langgraph_rust._internal._home import settle
from langgraph_rust.stream._hooks import Hook, select_hooks
from langgraph_rust.stream._lane import finish
from langgraph_rust.stream._types import StreamTransformer, transformer_requires_async
from langgraph_rust.stream.stream_channel import StreamChannel

if TYPE_CHECKING:
    import asyncio

    from langgraph_rust.stream._types import ProtocolEvent

TransformerFactory = Callable[[Tuple[str, ...]], StreamTransformer]
"""Makes a transformer for a namespace: a class, or `lambda scope: Mine(scope, …)`."""


class StreamMux:
    """Routes the events of one namespace through its transformers.

    Attributes:
        is_async: Whether the `a…` methods and hooks are in use.
        scope: The namespace; `()` is the root.
        extensions: Every projection by name. Treat it as read-only.
        native_keys: Names of the projections of `_native` transformers.
    """

    def __init__(
        self,
        transformers: Optional[Sequence[StreamTransformer]] = None,
        *,
        is_async: bool = False,
        factories: Optional[Sequence[TransformerFactory]] = None,
        scope: Tuple[str, ...] = (),
        _assign_seq: bool = True,
    ) -> None:
        """Register transformers: those from factories, then the ready ones.

        Within both groups the ones with `before_builtins` come first.

        Args:
            transformers: Ready transformers, which see this namespace only.
            is_async: Whether the run is an asyncio run.
            factories: Called with `scope`, and again for every subgraph.
            scope: The namespace; `()` is the root.
            _assign_seq: Whether logged events are numbered here.

        Raises:
            RuntimeError: If a transformer needs an asyncio run and this is none.
            TypeError: If a transformer's `init` returns no dict.
            ValueError: If two transformers name the same projection.
        """
        self.is_async = is_async
        self.scope = scope
        self.extensions: Dict[str, Any] = {}
        self.native_keys: Set[str] = set()
        self._assign_seq = _assign_seq
        self._seq = 0
        self._push_seq = 0
        self._events: StreamChannel[ProtocolEvent] = StreamChannel()
        self._events._bind(is_async=is_async)
        self._events._bind_mux(self)
        self._channels: List[StreamChannel[Any]] = []
        self._transformers: List[StreamTransformer] = []
        self._hooks: Dict[Tuple[str, bool], List[Hook]] = {}
        self._transformer_by_key: Dict[str, StreamTransformer] = {}
        self._factories = None if factories is None else list(factories)
        self._pump_fn: Optional[Callable[[], bool]] = None
        self._apump_fn: Optional[Callable[[], Awaitable[bool]]] = None
        for group in ([make(scope) for make in factories or ()], transformers or ()):
            for transformer in sorted(group, key=_runs_late):
                self._register(transformer)

    def transformer_by_key(self, key: str) -> Optional[StreamTransformer]:
        """Return the transformer of the projection `key`, if there is one."""
        return self._transformer_by_key.get(key)

    # -- registration --------------------------------------------------------

    def _register(self, transformer: StreamTransformer) -> None:
        owner = type(transformer).__name__
        if transformer_requires_async(transformer) and not self.is_async:
            raise RuntimeError(
                f"{owner} requires an async run — "
                "it overrides aprocess/afinalize/afail or sets "
                "requires_async=True. Use astream(), not stream()."
            )
        projections = transformer.init()
        if not isinstance(projections, dict):
            raise TypeError(
                f"StreamTransformer.init() must return a dict, got {type(projections).__name__}"
            )
        taken = sorted(projections.keys() & self.extensions.keys())
        if taken:
            owners = ", ".join(
                f"{key!r} (owned by {type(self._transformer_by_key[key]).__name__})"
                for key in taken
            )
            raise ValueError(
                f"Transformer {owner} returned projection keys that conflict "
                f"with already-registered keys: {owners}"
            )
        native = bool(getattr(transformer, "_native", False))
        self._transformers.append(transformer)
        self._hooks.clear()
        for value in projections.values():
            if isinstance(value, StreamChannel):
                self._adopt(value, native)
        self.extensions.update(projections)
        self._transformer_by_key.update(dict.fromkeys(projections, transformer))
        if native:
            self.native_keys.update(projections)
        transformer._on_register(self)

    def _adopt(self, channel: StreamChannel[Any], native: bool) -> None:
        channel._bind(is_async=self.is_async)
        channel._bind_mux(self)
        self._channels.append(channel)
        if channel.name is not None:
            method = channel.name if native else f"custom:{channel.name}"
            channel._wire(partial(self._forward, method))

    def _make_child(self, scope: Tuple[str, ...]) -> StreamMux:
        """Make the mux of a subgraph: the same factories and the same pump.

        Raises:
            RuntimeError: If this mux was made without `factories`, as ready
                transformers cannot be multiplied.
        """
        if self._factories is None:
            raise RuntimeError(
                "StreamMux._make_child requires the mux to be constructed "
                "with `factories=`; pre-built transformers can't be "
                "cloned to a new scope."
            )
        child = StreamMux(
            factories=self._factories,
            is_async=self.is_async,
            scope=scope,
            _assign_seq=False,
        )
        if self._pump_fn is not None:
            child.bind_pump(self._pump_fn)
        if self._apump_fn is not None:
            child.bind_apump(self._apump_fn)
        return child

    # -- the pump ------------------------------------------------------------

    def bind_pump(self, fn: Callable[[], bool]) -> None:
        """Give the pump to every channel, and to transformers with `_bind_pump`.

        Args:
            fn: Moves the run by one event; returns False at its end.
        """
        self._pump_fn = fn
        for channel in (self._events, *self._channels):
            channel._request_more = fn
        self._offer_pump("_bind_pump", fn)

    def bind_apump(self, fn: Callable[[], Awaitable[bool]]) -> None:
        """Asyncio counterpart of `bind_pump`, for transformers with `_bind_apump`."""
        self._apump_fn = fn
        for channel in (self._events, *self._channels):
            channel._arequest_more = fn
        self._offer_pump("_bind_apump", fn)

    def _offer_pump(self, hook: str, fn: Callable[[], Any]) -> None:
        for transformer in self._transformers:
            bind = getattr(transformer, hook, None)
            if bind is not None:
                bind(fn)

    # -- events --------------------------------------------------------------

    def push(self, event: ProtocolEvent) -> None:
        """Show an event to every transformer, then log it unless one objects."""
        finish(self._route(event, wait=False))

    async def apush(self, event: ProtocolEvent) -> None:
        """Asyncio counterpart of `push`; transformers are awaited in order."""
        await self._route(event, wait=True)

    async def _route(self, event: ProtocolEvent, wait: bool) -> None:
        key = (event["method"], wait)
        hooks = self._hooks.get(key)
        if hooks is None:
            hooks = self._hooks[key] = select_hooks(self._transformers, *key)
        keep = True
        for hook, waits in hooks:
            kept = hook(event)
            if waits:
                kept = await kept
            if not kept:
                keep = False
        if keep:
            self._log(event)

    def _log(self, event: ProtocolEvent) -> None:
        # Numbered only now: what transformers forwarded meanwhile comes earlier.
        if self._assign_seq:
            self._seq += 1
            event["seq"] = self._seq
        self._events.push(event)

    def _forward(self, method: str, item: Any) -> None:
        # Straight to the log: a transformer that saw it might push it once more.
        self._log(
            {
                "type": "event",
                "method": method,
                "params": {
                    "namespace": [],
                    "timestamp": int(time() * 1000),
                    "data": item,
                },
            }
        )

    def _next_push_seq(self) -> int:
        self._push_seq += 1
        return self._push_seq

    # -- the end -------------------------------------------------------------

    def close(self) -> None:
        """Finalize the transformers and close every channel and the log.

        Raises:
            BaseException: The first error of a `finalize`, once all is closed.
        """
        finish(self._end(None, wait=False))

    def fail(self, err: BaseException) -> None:
        """Fail the transformers, every channel and the log with `err`."""
        finish(self._end(err, wait=False))

    async def aclose(self) -> None:
        """Asyncio counterpart of `close`, once scheduled work has ended.

        Raises:
            BaseException: The first error of scheduled work with
                `on_error="raise"`, before anything is closed; else the first
                error of an `afinalize`, once all is closed.
        """
        failure = await self._join_scheduled()
        if failure is not None:
            raise failure
        await self._end(None, wait=True)

    async def afail(self, err: BaseException) -> None:
        """Asyncio counterpart of `fail`; scheduled work is cancelled first."""
        await self._join_scheduled(cancel=True)
        await self._end(err, wait=True)

    async def _end(self, err: Optional[BaseException], wait: bool) -> None:
        first_error: Optional[BaseException] = None
        for transformer in self._transformers:
            try:
                if err is None:
                    if wait:
                        await transformer.afinalize()
                    else:
                        transformer.finalize()
                elif wait:
                    await transformer.afail(err)
                else:
                    transformer.fail(err)
            except BaseException as error:
                if first_error is None:
                    first_error = error
        for channel in self._channels:
            if not channel._closed:
                _end_channel(channel, err)
        # What was logged as closed stays so when an asyncio run fails late.
        if not (wait and self._events._closed):
            _end_channel(self._events, err)
        if err is None and first_error is not None:
            raise first_error

    async def _join_scheduled(self, cancel: bool = False) -> Optional[BaseException]:
        tasks = self._collect_scheduled_tasks()
        if not tasks:
            return None
        import asyncio

        if cancel:
            for task in tasks:
                task.cancel()
        for outcome in await asyncio.gather(*tasks, return_exceptions=True):
            if isinstance(outcome, BaseException) and not isinstance(
                outcome, asyncio.CancelledError
            ):
                return outcome
        return None

    def _collect_scheduled_tasks(self) -> List[asyncio.Task[Any]]:
        return [
            task
            for transformer in self._transformers
            for task in getattr(transformer, "_stream_scheduled_tasks", ())
            if not task.done()
        ]


def _runs_late(transformer: StreamTransformer) -> bool:
    return not getattr(transformer, "before_builtins", False)


def _end_channel(channel: StreamChannel[Any], err: Optional[BaseException]) -> None:
    if err is None:
        channel.close()
    else:
        channel.fail(err)


settle("langgraph.stream._mux", StreamMux)

__getattr__ = find_elsewhere(
    __name__,
    {"langgraph_rust.stream._types": "ProtocolEvent"},
)
