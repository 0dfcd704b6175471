"""Projections of a running graph: what `stream_events(version="v3")` hands out.

A run emits raw events; a `StreamMux` shows each of them to its transformers, and
every transformer fills the stream channels a caller iterates (`run.values`,
`run.messages`, `run.subgraphs`, …). Nothing here runs in the background: a
caller that asks a channel for its next item pumps the graph by one event.
"""

from __future__ import annotations

from typing import Any

# Every public name and the module of this package that defines it. Names
# resolve on first use, so that importing the package stays free of charge.
_HOMES = {
    "AsyncGraphRunStream": "run_stream",
    "AsyncSubgraphRunStream": "run_stream",
    "CheckpointsTransformer": "transformers",
    "CustomTransformer": "transformers",
    "DebugTransformer": "transformers",
    "GraphRunStream": "run_stream",
    "LifecyclePayload": "transformers",
    "LifecycleTransformer": "transformers",
    "ProtocolEvent": "_types",
    "StreamChannel": "stream_channel",
    "StreamTransformer": "_types",
    "SubgraphRunStream": "run_stream",
    "SubgraphStatus": "transformers",
    "SubgraphTransformer": "transformers",
    "TasksTransformer": "transformers",
    "UpdatesTransformer": "transformers",
}

__all__ = list(_HOMES)


def __getattr__(name: str) -> Any:
    home = _HOMES.get(name)
    if home is None:
        raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
    from importlib import import_module

    value = getattr(import_module(f"{__name__}.{home}"), name)
    globals()[name] = value
    return value


def __dir__() -> list[str]:
    return sorted({*globals(), *_HOMES})
