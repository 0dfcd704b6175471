"""Runs as streams of events. Methods of `Pregel`.

Versions v1 and v2 are langchain-core's own, made of the callbacks of a run. In v3 a run's chunks go
through a mux of transformers (`langgraph_rust.stream`), which the caller reads as projections.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, AsyncIterator, Awaitable, Callable, Sequence

if TYPE_CHECKING:
    from typing import Literal

    from langchain_core.runnables import RunnableConfig
    from langchain_core.runnables.schema import StreamEvent

    from langgraph_rust.pregel.main import Pregel
    from langgraph_rust.runtime import RunControl
    from langgraph_rust.stream.run_stream import AsyncGraphRunStream, GraphRunStream
    from langgraph_rust.types import All, Command
    from langgraph_rust.typing import ContextT, InputT, OutputT, StateT


def stream_events(
    self: Pregel[StateT, ContextT, InputT, OutputT],
    input: InputT | Command | None,
    config: RunnableConfig | None = None,
    *,
    version: Literal["v1", "v2", "v3"] = "v2",
    transformers: Sequence[Callable[[tuple[str, ...]], Any]] | None = None,
    **kwargs: Any,
) -> Any:
    """Run the graph and return its events; sync runs have version `v3` alone.

    Args:
        input: As in `stream`.
        config: As in `stream`.
        version: `v3` returns a `GraphRunStream`.
        transformers: More transformers of this run: classes, or functions of the namespace.
        **kwargs: Further arguments of `stream`.

    Raises:
        TypeError: an argument that v3 sets itself, or a transformer that is no callable.
        NotImplementedError: version `v1` or `v2`.
    """
    if version != "v3":
        return _parent(self).stream_events(input, config, version=version, **kwargs)
    from langgraph_rust.stream._open import _reject_v3_invariant_kwargs

    _reject_v3_invariant_kwargs(kwargs)
    return self._pregel_stream_v3(input, config, transformers=transformers, **kwargs)


def astream_events(
    self: Pregel[StateT, ContextT, InputT, OutputT],
    input: InputT | Command | None,
    config: RunnableConfig | None = None,
    *,
    version: Literal["v1", "v2", "v3"] = "v2",
    transformers: Sequence[Callable[[tuple[str, ...]], Any]] | None = None,
    **kwargs: Any,
) -> AsyncIterator[StreamEvent] | Awaitable[Any]:
    """Async twin of `stream_events`; `v1` and `v2` iterate over langchain-core's events, `v3` is
    awaited."""
    if version != "v3":
        return _parent(self).astream_events(input, config, version=version, **kwargs)
    from langgraph_rust.stream._open import _reject_v3_invariant_kwargs

    _reject_v3_invariant_kwargs(kwargs)
    return self._apregel_stream_v3(input, config, transformers=transformers, **kwargs)


def _pregel_stream_v3(
    self: Pregel[StateT, ContextT, InputT, OutputT],
    input: InputT | Command | None,
    config: RunnableConfig | None = None,
    *,
    interrupt_before: All | Sequence[str] | None = None,
    interrupt_after: All | Sequence[str] | None = None,
    control: RunControl | None = None,
    transformers: Sequence[Callable[[tuple[str, ...]], Any]] | None = None,
    **kwargs: Any,
) -> GraphRunStream:
    """Start a run and return its stream of events."""
    from langgraph_rust.stream._open import open_stream

    return open_stream(
        self,
        input,
        config,
        interrupt_before=interrupt_before,
        interrupt_after=interrupt_after,
        control=control,
        transformers=transformers,
        **kwargs,
    )


async def _apregel_stream_v3(
    self: Pregel[StateT, ContextT, InputT, OutputT],
    input: InputT | Command | None,
    config: RunnableConfig | None = None,
    *,
    interrupt_before: All | Sequence[str] | None = None,
    interrupt_after: All | Sequence[str] | None = None,
    control: RunControl | None = None,
    transformers: Sequence[Callable[[tuple[str, ...]], Any]] | None = None,
    **kwargs: Any,
) -> AsyncGraphRunStream:
    """Async twin of `_pregel_stream_v3`."""
    from langgraph_rust.stream._open import aopen_stream

    return await aopen_stream(
        self,
        input,
        config,
        interrupt_before=interrupt_before,
        interrupt_after=interrupt_after,
        control=control,
        transformers=transformers,
        **kwargs,
    )


def _parent(self: Pregel) -> Any:
    """Return `super()` of the method, which is no closure of the class here."""
    from langgraph_rust.pregel.main import Pregel

    return super(Pregel, self)
