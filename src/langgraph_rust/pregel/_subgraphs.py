"""Graphs inside a graph: how to find them, and how to draw all of it. Methods of `Pregel`."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, AsyncIterator, Iterator

from langgraph_rust._internal._config import merge_configs, patch_configurable, recast_checkpoint_ns
from langgraph_rust._internal._constants import (
    CONF,
    CONFIG_KEY_CHECKPOINT_NS,
    CONFIG_KEY_CHECKPOINTER,
    NS_SEP,
)

if TYPE_CHECKING:
    from langchain_core.runnables import RunnableConfig
    from langchain_core.runnables.graph import Graph

    from langgraph_rust.checkpoint.base import BaseCheckpointSaver
    from langgraph_rust.pregel.main import Pregel
    from langgraph_rust.pregel.protocol import PregelProtocol


def get_subgraphs(
    self: Pregel, *, namespace: str | None = None, recurse: bool = False
) -> Iterator[tuple[str, PregelProtocol]]:
    """Yield the (namespace, graph) of the graphs that nodes run.

    Args:
        namespace: Yield only the graph there; names joined by `|`.
        recurse: Whether to look into those graphs too.
    """
    from langgraph_rust.pregel.main import Pregel

    for name, node in self.nodes.items():
        if namespace is not None and namespace != name and not namespace.startswith(name + NS_SEP):
            continue
        graph = node.subgraphs[0] if node.subgraphs else None
        if not graph:
            continue
        if namespace is None or namespace == name:
            yield name, graph
        if namespace == name:
            return
        if recurse and isinstance(graph, Pregel):
            rest = None if namespace is None else namespace[len(name) + 1 :]
            for inner, subgraph in graph.get_subgraphs(namespace=rest, recurse=recurse):
                yield f"{name}{NS_SEP}{inner}", subgraph


async def aget_subgraphs(
    self: Pregel, *, namespace: str | None = None, recurse: bool = False
) -> AsyncIterator[tuple[str, PregelProtocol]]:
    """Async twin of `get_subgraphs`."""
    for found in self.get_subgraphs(namespace=namespace, recurse=recurse):
        yield found


def _subgraph_for_namespace(
    self: Pregel,
    config: RunnableConfig,
    checkpointer: BaseCheckpointSaver,
    *,
    for_update: bool = False,
) -> tuple[PregelProtocol, RunnableConfig] | None:
    """Return the graph inside whose state `config` asks for, with the config to ask it.

    Raises:
        ValueError: `for_update` is set and there is no such graph.
    """
    checkpoint_ns = config[CONF].get(CONFIG_KEY_CHECKPOINT_NS, "")
    if not checkpoint_ns or CONFIG_KEY_CHECKPOINTER in config[CONF]:
        return None
    namespace = recast_checkpoint_ns(checkpoint_ns)
    for _, graph in self.get_subgraphs(namespace=namespace, recurse=True):
        return graph, patch_configurable(config, {CONFIG_KEY_CHECKPOINTER: checkpointer})
    if for_update:
        raise ValueError(f"Subgraph {namespace} not found")
    return None


def get_graph(
    self: Pregel, config: RunnableConfig | None = None, *, xray: int | bool = False
) -> Graph:
    """Return the graph as langchain-core's drawable `Graph`.

    Args:
        config: Merged over the graph's own config.
        xray: Whether to draw the graphs inside; a number is how many levels.
    """
    inner = _inner_xray(xray)
    return _draw(
        self,
        config,
        {n: g.get_graph(config, xray=inner) for n, g in self.get_subgraphs()} if xray else {},
    )


async def aget_graph(
    self: Pregel, config: RunnableConfig | None = None, *, xray: int | bool = False
) -> Graph:
    """Async twin of `get_graph`."""
    if not xray:
        return _draw(self, config, {})
    from asyncio import gather

    inner = _inner_xray(xray)
    graphs = {name: graph async for name, graph in self.aget_subgraphs()}
    drawn = await gather(*(graph.aget_graph(config, xray=inner) for graph in graphs.values()))
    return _draw(self, config, dict(zip(graphs, drawn)))


def _inner_xray(xray: int | bool) -> int | bool:
    return xray if isinstance(xray, bool) or xray <= 0 else xray - 1


def _draw(pregel: Pregel, config: RunnableConfig | None, subgraphs: dict[str, Any]) -> Graph:
    from langgraph_rust.pregel._draw import draw_graph

    return draw_graph(
        merge_configs(pregel.config, config),
        nodes=pregel.nodes,
        specs=pregel.channels,
        input_channels=pregel.input_channels,
        interrupt_after_nodes=pregel.interrupt_after_nodes,
        interrupt_before_nodes=pregel.interrupt_before_nodes,
        trigger_to_nodes=pregel.trigger_to_nodes,
        checkpointer=pregel.checkpointer,
        subgraphs=subgraphs,
    )
