"""Threads and drawings of remote graphs. Methods of `RemoteGraph`."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, AsyncIterator, Iterator

from langgraph_rust.pregel._remote_wire import (
    checkpoint_of,
    config_of,
    drawable_nodes,
    snapshot_of,
)

if TYPE_CHECKING:
    from langchain_core.runnables import RunnableConfig
    from langchain_core.runnables.graph import Graph as DrawableGraph
    from langgraph_sdk.schema import QueryParamTypes

    from langgraph_rust.pregel.remote import RemoteGraph
    from langgraph_rust.types import StateSnapshot


def get_graph(
    self: RemoteGraph,
    config: RunnableConfig | None = None,
    *,
    xray: int | bool = False,
    headers: dict[str, str] | None = None,
    params: QueryParamTypes | None = None,
) -> DrawableGraph:
    """Return the remote graph as langchain-core's drawable `Graph`; `config` is not used."""
    graph = self._validate_sync_client().assistants.get_graph(
        assistant_id=self.assistant_id, xray=xray, headers=headers, params=params
    )
    return _drawn(graph)


def get_state(
    self: RemoteGraph,
    config: RunnableConfig,
    *,
    subgraphs: bool = False,
    headers: dict[str, str] | None = None,
    params: QueryParamTypes | None = None,
) -> StateSnapshot:
    """Return the state of the remote thread in `config`."""
    state = self._validate_sync_client().threads.get_state(
        **self._thread(config), subgraphs=subgraphs, headers=headers, params=params
    )
    return snapshot_of(state)


def get_state_history(
    self: RemoteGraph,
    config: RunnableConfig,
    *,
    filter: dict[str, Any] | None = None,
    before: RunnableConfig | None = None,
    limit: int | None = None,
    headers: dict[str, str] | None = None,
    params: QueryParamTypes | None = None,
) -> Iterator[StateSnapshot]:
    """Yield the states of the remote thread in `config`, newest first; ten by default."""
    states = self._validate_sync_client().threads.get_history(
        **self._thread(config),
        limit=limit or 10,
        before=checkpoint_of(before),
        metadata=filter,
        headers=headers,
        params=params,
    )
    for state in states:
        yield snapshot_of(state)


def bulk_update_state(
    self: RemoteGraph,
    config: RunnableConfig,
    updates: list[tuple[dict[str, Any] | None, str | None]],
) -> RunnableConfig:
    """Not supported: servers take one update at a time."""
    raise NotImplementedError


def update_state(
    self: RemoteGraph,
    config: RunnableConfig,
    values: dict[str, Any] | Any | None,
    as_node: str | None = None,
    *,
    headers: dict[str, str] | None = None,
    params: QueryParamTypes | None = None,
) -> RunnableConfig:
    """Write `values` to the remote thread in `config` as if `as_node` had returned them."""
    response: Any = self._validate_sync_client().threads.update_state(
        **self._thread(config), values=values, as_node=as_node, headers=headers, params=params
    )
    return config_of(response["checkpoint"])


async def aget_graph(
    self: RemoteGraph,
    config: RunnableConfig | None = None,
    *,
    xray: int | bool = False,
    headers: dict[str, str] | None = None,
    params: QueryParamTypes | None = None,
) -> DrawableGraph:
    """Async twin of `get_graph`."""
    graph = await self._validate_client().assistants.get_graph(
        assistant_id=self.assistant_id, xray=xray, headers=headers, params=params
    )
    return _drawn(graph)


async def aget_state(
    self: RemoteGraph,
    config: RunnableConfig,
    *,
    subgraphs: bool = False,
    headers: dict[str, str] | None = None,
    params: QueryParamTypes | None = None,
) -> StateSnapshot:
    """Async twin of `get_state`."""
    state = await self._validate_client().threads.get_state(
        **self._thread(config), subgraphs=subgraphs, headers=headers, params=params
    )
    return snapshot_of(state)


async def aget_state_history(
    self: RemoteGraph,
    config: RunnableConfig,
    *,
    filter: dict[str, Any] | None = None,
    before: RunnableConfig | None = None,
    limit: int | None = None,
    headers: dict[str, str] | None = None,
    params: QueryParamTypes | None = None,
) -> AsyncIterator[StateSnapshot]:
    """Async twin of `get_state_history`."""
    states = await self._validate_client().threads.get_history(
        **self._thread(config),
        limit=limit or 10,
        before=checkpoint_of(before),
        metadata=filter,
        headers=headers,
        params=params,
    )
    for state in states:
        yield snapshot_of(state)


async def abulk_update_state(
    self: RemoteGraph,
    config: RunnableConfig,
    updates: list[tuple[dict[str, Any] | None, str | None]],
) -> RunnableConfig:
    """Async twin of `bulk_update_state`."""
    raise NotImplementedError


async def aupdate_state(
    self: RemoteGraph,
    config: RunnableConfig,
    values: dict[str, Any] | Any | None,
    as_node: str | None = None,
    *,
    headers: dict[str, str] | None = None,
    params: QueryParamTypes | None = None,
) -> RunnableConfig:
    """Async twin of `update_state`."""
    response: Any = await self._validate_client().threads.update_state(
        **self._thread(config), values=values, as_node=as_node, headers=headers, params=params
    )
    return config_of(response["checkpoint"])


def _drawn(graph: Any) -> DrawableGraph:
    from langgraph_rust._langchain.shapes import drawn_graph

    return drawn_graph(drawable_nodes(graph), graph["edges"])
