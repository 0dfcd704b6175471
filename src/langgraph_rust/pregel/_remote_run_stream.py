"""Streams of remote runs: the v3 events of `RemoteGraph`, on the SDK's thread streams."""

from __future__ import annotations

import sys
from typing import TYPE_CHECKING, Any, AsyncIterator, Iterator, Mapping

from langgraph_rust.types import Command

if TYPE_CHECKING:
    from types import TracebackType

    from langchain_core.runnables import RunnableConfig
    from langgraph_sdk._async.stream import AsyncThreadStream
    from langgraph_sdk._sync.stream import SyncThreadStream
    from langgraph_sdk.client import LangGraphClient, SyncLangGraphClient


def _translate_command_input(input: Any) -> Any:
    """Return what a run is started with: the input, or what a `Command` resumes with.

    Raises:
        NotImplementedError: the command does more than resume.
    """
    if not isinstance(input, Command):
        return input
    if input.goto or input.update:
        raise NotImplementedError(
            "RemoteGraph v3 streaming supports `Command(resume=...)` only; `goto` / `update` are "
            "not supported by the v3 `run.start` path."
        )
    return input.resume


class _ChannelProjection:
    """The items of one channel of events; each iteration subscribes anew."""

    __module__ = "langgraph.pregel._remote_run_stream"

    def __init__(self, sdk: AsyncThreadStream | SyncThreadStream, channel: str) -> None:
        self._sdk = sdk
        self._channel = channel

    def _subscribed(self) -> tuple[Any, Any]:
        from langgraph_sdk.stream.decoders import DataDecoder

        return DataDecoder(self._channel), self._sdk.subscribe([self._channel])

    def __iter__(self) -> Iterator[Any]:
        decoder, events = self._subscribed()
        for event in events:
            yield from decoder.feed(event)

    async def __aiter__(self) -> AsyncIterator[Any]:
        decoder, events = self._subscribed()
        async for event in events:
            for item in decoder.feed(event):
                yield item


class _ProjectionRegistry(Mapping):
    """The projections of a run by name; unknown names are custom channels, subscribed when read."""

    __module__ = "langgraph.pregel._remote_run_stream"

    _TYPED = ("values", "messages", "tool_calls", "subgraphs")
    _DECODED = ("updates", "checkpoints", "tasks", "custom")
    _NATIVE = _TYPED + _DECODED

    def __init__(self, sdk: AsyncThreadStream | SyncThreadStream) -> None:
        self._sdk = sdk

    def __getitem__(self, name: str) -> Any:
        if name in self._TYPED:
            return getattr(self._sdk, name)
        if name in self._DECODED:
            return _ChannelProjection(self._sdk, name)
        return self._sdk.extensions[name]

    def __iter__(self) -> Iterator[str]:
        return iter(self._NATIVE)

    def __len__(self) -> int:
        return len(self._NATIVE)


class _RunStream:
    """What the sync and the async stream of a remote run share."""

    def __init__(
        self, client: Any, sdk_thread: Any, input: Any, config: Any, metadata: Any
    ) -> None:
        self._client = client
        self._sdk = sdk_thread
        self._start_kwargs = {
            "input": _translate_command_input(input),
            "config": config,
            "metadata": metadata,
        }
        self._run_id: str | None = None
        self._closed = False
        self._events: Any = None

    def _require_open(self) -> None:
        if self._closed:
            raise RuntimeError(f"{type(self).__name__} already closed")

    def _close(self) -> bool:
        """Mark the stream closed; tell whether it was open."""
        was_open = not self._closed
        self._closed = True
        return was_open

    @property
    def values(self) -> Any:
        """The states of the run."""
        return self._sdk.values

    @property
    def messages(self) -> Any:
        """The messages that models stream."""
        return self._sdk.messages

    @property
    def subgraphs(self) -> Any:
        """The runs of graphs inside."""
        return self._sdk.subgraphs

    @property
    def tool_calls(self) -> Any:
        """The calls of tools."""
        return self._sdk.tool_calls

    @property
    def extensions(self) -> Mapping[str, Any]:
        """All projections by name, those of custom channels included."""
        return _ProjectionRegistry(self._sdk)


class _RemoteGraphRunStream(_RunStream):
    """A remote run as a stream of events; entering it starts the run."""

    __module__ = "langgraph.pregel._remote_run_stream"

    def __init__(
        self,
        *,
        sync_client: SyncLangGraphClient,
        sdk_thread: SyncThreadStream,
        input: Any,
        config: RunnableConfig | None,
        metadata: dict[str, Any] | None,
    ) -> None:
        super().__init__(sync_client, sdk_thread, input, config, metadata)

    def __enter__(self) -> _RemoteGraphRunStream:
        self._require_open()
        self._sdk.__enter__()
        try:
            self._run_id = self._sdk.run.start(**self._start_kwargs)["run_id"]
        except BaseException:
            # nobody exits what was not entered
            self._sdk.__exit__(*sys.exc_info())
            raise
        return self

    def __exit__(
        self,
        exc_type: type[BaseException] | None,
        exc: BaseException | None,
        tb: TracebackType | None,
    ) -> None:
        if self._close():
            self._sdk.__exit__(exc_type, exc, tb)

    @property
    def output(self) -> Any:
        """The run's output; waits for its end."""
        return self._sdk.output

    @property
    def interrupted(self) -> bool:
        """Whether the run was interrupted."""
        return self._sdk.interrupted

    @property
    def interrupts(self) -> list[Any]:
        """What the run asks."""
        return list(self._sdk.interrupts)

    def abort(self) -> None:
        """Cancel the run and close the stream; errors of either are only logged."""
        if not self._close():
            return
        if self._run_id is not None:
            try:
                self._client.runs.cancel(self._sdk.thread_id, self._run_id, wait=False)
            except Exception:
                _log_failed("runs.cancel")
        try:
            self._sdk.close()
        except Exception:
            _log_failed("sdk.close")

    def __iter__(self) -> Iterator[Any]:
        if self._events is None:
            self._events = iter(self._sdk.events)
        return self._events

    def interleave(self, *names: str) -> Iterator[tuple[str, Any]]:
        """Yield the (name, item) of several projections in the order they arrive."""
        yield from self._sdk.interleave_projections(list(names))


class _AsyncRemoteGraphRunStream(_RunStream):
    """Async twin of `_RemoteGraphRunStream`."""

    __module__ = "langgraph.pregel._remote_run_stream"

    def __init__(
        self,
        *,
        client: LangGraphClient,
        sdk_thread: AsyncThreadStream,
        input: Any,
        config: RunnableConfig | None,
        metadata: dict[str, Any] | None,
    ) -> None:
        super().__init__(client, sdk_thread, input, config, metadata)

    async def __aenter__(self) -> _AsyncRemoteGraphRunStream:
        self._require_open()
        await self._sdk.__aenter__()
        try:
            self._run_id = (await self._sdk.run.start(**self._start_kwargs))["run_id"]
        except BaseException:
            await self._sdk.__aexit__(*sys.exc_info())
            raise
        return self

    async def __aexit__(
        self,
        exc_type: type[BaseException] | None,
        exc: BaseException | None,
        tb: TracebackType | None,
    ) -> None:
        if self._close():
            await self._sdk.__aexit__(exc_type, exc, tb)

    async def output(self) -> Any:
        """Wait for the run's end and return its output."""
        return await self._sdk.output

    async def interrupted(self) -> bool:
        """Tell whether the run was interrupted."""
        return self._sdk.interrupted

    async def interrupts(self) -> list[Any]:
        """Return what the run asks."""
        return list(self._sdk.interrupts)

    async def abort(self) -> None:
        """Async twin of `_RemoteGraphRunStream.abort`."""
        if not self._close():
            return
        if self._run_id is not None:
            try:
                await self._client.runs.cancel(self._sdk.thread_id, self._run_id, wait=False)
            except Exception:
                _log_failed("runs.cancel")
        try:
            await self._sdk.close()
        except Exception:
            _log_failed("sdk.close")

    def __aiter__(self) -> AsyncIterator[Any]:
        if self._events is None:
            self._events = self._sdk.events.__aiter__()
        return self._events


def _log_failed(call: str) -> None:
    import logging

    logging.getLogger("langgraph.pregel._remote_run_stream").debug(
        "abort: %s failed", call, exc_info=True
    )
