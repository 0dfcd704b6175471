"""How `stream_events(version="v3")` starts: transformers, mux, then the run stream."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Callable, List, Mapping, Optional, Sequence, Tuple

from langgraph_rust._langchain.installed import is_installed
from langgraph_rust.stream._mux import StreamMux, TransformerFactory
from langgraph_rust.stream._types import StreamTransformer
from langgraph_rust.stream.run_stream import AsyncGraphRunStream, GraphRunStream
from langgraph_rust.stream.transformers import (
    LifecycleTransformer,
    MessagesTransformer,
    SubgraphTransformer,
    ValuesTransformer,
)

if TYPE_CHECKING:
    from langchain_core.runnables import RunnableConfig

    from langgraph_rust.pregel import Pregel

_BUILT_IN: Tuple[TransformerFactory, ...] = (
    ValuesTransformer,
    MessagesTransformer,
    LifecycleTransformer,
    SubgraphTransformer,
)

# The modes follow from the transformers, and subgraphs must report to be found.
_OWNED_ARGUMENTS = ("stream_mode", "subgraphs")


def open_stream(
    pregel: Pregel,
    input: Any,
    config: Optional[RunnableConfig] = None,
    *,
    transformers: Optional[Sequence[Callable[[Tuple[str, ...]], Any]]] = None,
    **options: Any,
) -> GraphRunStream:
    """Start a sync run whose caller pumps it.

    Args:
        pregel: The graph.
        input: Its input, a `Command`, or `None` to go on.
        config: The run's config.
        transformers: Transformer classes or factories beside the built-in ones
            and those of `pregel.stream_transformers`.
        **options: Further arguments of `pregel.stream`.

    Raises:
        TypeError: If a transformer is no factory.
    """
    mux, arguments = _prepare(pregel, config, transformers, options, is_async=False)
    return GraphRunStream(iter(pregel.stream(input, **arguments)), mux)


async def aopen_stream(
    pregel: Pregel,
    input: Any,
    config: Optional[RunnableConfig] = None,
    *,
    transformers: Optional[Sequence[Callable[[Tuple[str, ...]], Any]]] = None,
    **options: Any,
) -> AsyncGraphRunStream:
    """Asyncio counterpart of `open_stream`."""
    mux, arguments = _prepare(pregel, config, transformers, options, is_async=True)
    return AsyncGraphRunStream(pregel.astream(input, **arguments).__aiter__(), mux)


def _prepare(
    pregel: Pregel,
    config: Optional[RunnableConfig],
    transformers: Optional[Sequence[Callable[[Tuple[str, ...]], Any]]],
    options: Mapping[str, Any],
    is_async: bool,
) -> Tuple[StreamMux, Mapping[str, Any]]:
    """Make the mux of a run and the keyword arguments of its `stream` call."""
    from langgraph_rust._internal._config import patch_configurable
    from langgraph_rust._internal._constants import CONFIG_KEY_STREAM_MESSAGES_V2

    mux = StreamMux(
        factories=[
            *_BUILT_IN,
            *_normalize_stream_transformer_factories(pregel.stream_transformers),
            *_normalize_stream_transformer_factories(transformers),
        ],
        scope=_resolve_parent_ns(pregel.config, config),
        is_async=is_async,
    )
    return mux, {
        **options,
        "config": patch_configurable(config, {CONFIG_KEY_STREAM_MESSAGES_V2: True}),
        "stream_mode": _collect_stream_modes(mux),
        "subgraphs": True,
        "version": "v2",
    }


def _resolve_parent_ns(
    graph_config: Optional[RunnableConfig], call_config: Optional[RunnableConfig]
) -> Tuple[str, ...]:
    """The namespace of the calling task, in which the run's own events arrive."""
    from langgraph_rust._internal._config import ensure_config
    from langgraph_rust._internal._constants import CONF, CONFIG_KEY_CHECKPOINT_NS, NS_SEP

    merged = ensure_config(graph_config, call_config)
    namespace = merged.get(CONF, {}).get(CONFIG_KEY_CHECKPOINT_NS)
    return tuple(namespace.split(NS_SEP)) if namespace else ()


def _reject_v3_invariant_kwargs(options: Mapping[str, Any]) -> None:
    """Raise if a caller sets what the v3 protocol decides.

    Raises:
        TypeError: If `options` has `stream_mode` or `subgraphs`.
    """
    taken = [name for name in _OWNED_ARGUMENTS if name in options]
    if taken:
        raise TypeError(
            "stream_events(version='v3') / astream_events(version='v3') do "
            f"not accept {', '.join(taken)}; v3 owns these "
            "(stream_mode is built from the transformer mux, subgraphs is "
            "forced True so nested namespaces flow through scoped muxes)."
        )


def _collect_stream_modes(mux: StreamMux) -> List[str]:
    """The stream modes that some transformer of `mux` requires, each once.

    Modes that callbacks feed are left out where langchain-core is not installed: there are no
    messages and tool calls to hear of then.
    """
    modes = {
        mode: None
        for transformer in mux._transformers
        for mode in getattr(transformer, "required_stream_modes", ())
    }
    without = () if is_installed() else ("messages", "tools")
    return [mode for mode in modes if mode not in without]


def _normalize_stream_transformer_factories(
    specs: Optional[Sequence[Callable[[Tuple[str, ...]], Any]]],
) -> List[TransformerFactory]:
    """Check transformer classes and factories.

    Raises:
        TypeError: If one is a ready transformer or not callable.
    """
    for spec in specs or ():
        if isinstance(spec, StreamTransformer):
            raise TypeError(
                "stream_events(version='v3') transformers must be scope-aware "
                f"callables, got pre-built instance {type(spec).__name__}. Pass the "
                "transformer class or a factory like "
                "`lambda scope: MyTransformer(scope, ...)`."
            )
        if not callable(spec):
            raise TypeError(
                "stream_events(version='v3') transformers must be scope-aware "
                f"callables, got {type(spec).__name__}."
            )
    return list(specs or ())
