"""Runs as streams of events. Methods of `Pregel`.

Versions v1 and v2 are langchain-core's own, made of the callbacks of a run. In v3 a run's chunks go
through a mux of transformers (`langgraph_rust.stream`), which the caller reads as projections.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, AsyncIterator, Awaitable, Callable, Sequence

from langgraph_rust._internal._config import ensure_config, patch_configurable
from langgraph_rust._internal._constants import (
    CONF,
    CONFIG_KEY_CHECKPOINT_NS,
    CONFIG_KEY_STREAM_MESSAGES_V2,
    NS_SEP,
)
from langgraph_rust._langchain.beta import announce_beta

if TYPE_CHECKING:
    from typing import Literal

    from langchain_core.runnables import RunnableConfig
    from langchain_core.runnables.schema import StreamEvent

    from langgraph_rust.pregel.main import Pregel
    from langgraph_rust.runtime import RunControl
    from langgraph_rust.stream.run_stream import AsyncGraphRunStream, GraphRunStream
    from langgraph_rust.types import All, Command, StreamMode
    from langgraph_rust.typing import InputT

_V3_INVARIANT_KWARGS = ("stream_mode", "subgraphs")
_V3_IS_BETA = "The v3 streaming protocol on Pregel is experimental."


def stream_events(
    self: Pregel,
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
    _reject_v3_invariant_kwargs(kwargs)
    return self._pregel_stream_v3(input, config, transformers=transformers, **kwargs)


def astream_events(
    self: Pregel,
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
    _reject_v3_invariant_kwargs(kwargs)
    return self._apregel_stream_v3(input, config, transformers=transformers, **kwargs)


def _pregel_stream_v3(
    self: Pregel,
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
    from langgraph_rust.stream.run_stream import GraphRunStream

    announce_beta("stream_events", _V3_IS_BETA)
    mux = _mux(self, config, transformers, is_async=False)
    chunks = self.stream(
        input,
        patch_configurable(config, {CONFIG_KEY_STREAM_MESSAGES_V2: True}),
        stream_mode=_collect_stream_modes(mux),
        subgraphs=True,
        version="v2",
        interrupt_before=interrupt_before,
        interrupt_after=interrupt_after,
        control=control,
        **kwargs,
    )
    return GraphRunStream(iter(chunks), mux)


async def _apregel_stream_v3(
    self: Pregel,
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
    from langgraph_rust.stream.run_stream import AsyncGraphRunStream

    announce_beta("astream_events", _V3_IS_BETA)
    mux = _mux(self, config, transformers, is_async=True)
    chunks = self.astream(
        input,
        patch_configurable(config, {CONFIG_KEY_STREAM_MESSAGES_V2: True}),
        stream_mode=_collect_stream_modes(mux),
        subgraphs=True,
        version="v2",
        interrupt_before=interrupt_before,
        interrupt_after=interrupt_after,
        control=control,
        **kwargs,
    )
    return AsyncGraphRunStream(chunks.__aiter__(), mux)


def _mux(
    pregel: Pregel,
    config: RunnableConfig | None,
    transformers: Sequence[Callable[[tuple[str, ...]], Any]] | None,
    *,
    is_async: bool,
) -> Any:
    from langgraph_rust.stream._mux import StreamMux
    from langgraph_rust.stream.transformers import (
        LifecycleTransformer,
        MessagesTransformer,
        SubgraphTransformer,
        ValuesTransformer,
    )

    return StreamMux(
        factories=[
            ValuesTransformer,
            MessagesTransformer,
            LifecycleTransformer,
            SubgraphTransformer,
            *_normalize_stream_transformer_factories(pregel.stream_transformers),
            *_normalize_stream_transformer_factories(transformers),
        ],
        scope=_resolve_parent_ns(pregel.config, config),
        is_async=is_async,
    )


def _reject_v3_invariant_kwargs(kwargs: dict[str, Any]) -> None:
    collisions = [name for name in _V3_INVARIANT_KWARGS if name in kwargs]
    if collisions:
        raise TypeError(
            "stream_events(version='v3') / astream_events(version='v3') do not accept "
            f"{', '.join(collisions)}; v3 owns these (stream_mode is built from the transformer "
            "mux, subgraphs is forced True so nested namespaces flow through scoped muxes)."
        )


def _collect_stream_modes(mux: Any) -> list[StreamMode]:
    """Return the modes that the transformers of `mux` need, each once."""
    return list(
        {mode for each in mux._transformers for mode in getattr(each, "required_stream_modes", ())}
    )


def _normalize_stream_transformer_factories(
    specs: Sequence[Callable[[tuple[str, ...]], Any]] | None,
) -> list[Callable[[tuple[str, ...]], Any]]:
    """Return `specs` as functions of one positional argument, the namespace.

    Raises:
        TypeError: one is a transformer already made, or no callable.
    """
    if not specs:
        return []
    from langgraph_rust.stream._types import StreamTransformer

    for spec in specs:
        if isinstance(spec, StreamTransformer):
            raise TypeError(
                "stream_events(version='v3') transformers must be scope-aware callables, got "
                f"pre-built instance {type(spec).__name__}. Pass the transformer class or a "
                "factory like `lambda scope: MyTransformer(scope, ...)`."
            )
        if not callable(spec):
            raise TypeError(
                "stream_events(version='v3') transformers must be scope-aware callables, got "
                f"{type(spec).__name__}."
            )
    return [lambda scope, _spec=spec: _spec(scope) for spec in specs]  # type: ignore[misc]


def _resolve_parent_ns(
    graph_config: RunnableConfig | None, call_config: RunnableConfig | None
) -> tuple[str, ...]:
    """Return the namespace of the task that calls, () outside of a graph."""
    ns = ensure_config(graph_config, call_config).get(CONF, {}).get(CONFIG_KEY_CHECKPOINT_NS)
    return tuple(ns.split(NS_SEP)) if ns else ()


def _parent(self: Pregel) -> Any:
    """Return `super()` of the method, which is no closure of the class here."""
    from langgraph_rust.pregel.main import Pregel

    return super(Pregel, self)
