"""Forgetting cached results of nodes. Methods of `Pregel`."""

from __future__ import annotations

from typing import TYPE_CHECKING, Sequence

from langgraph_rust._internal._constants import CACHE_NS_WRITES

if TYPE_CHECKING:
    from langgraph_rust.pregel.main import Pregel


def clear_cache(self: Pregel, nodes: Sequence[str] | None = None) -> None:
    """Forget the cached results of `nodes`, by default of all.

    Raises:
        ValueError: the graph has no cache.
    """
    if not self.cache:
        raise ValueError("No cache is set for this graph. Cannot clear cache.")
    self.cache.clear(_namespaces(self, nodes))


async def aclear_cache(self: Pregel, nodes: Sequence[str] | None = None) -> None:
    """Async twin of `clear_cache`."""
    if not self.cache:
        raise ValueError("No cache is set for this graph. Cannot clear cache.")
    await self.cache.aclear(_namespaces(self, nodes))


def _namespaces(self: Pregel, nodes: Sequence[str] | None) -> list[tuple[str, ...]]:
    from langgraph_rust.pregel._call import identifier

    return [
        (CACHE_NS_WRITES, identifier(self.nodes[name]) or "__dynamic__", name)
        for name in nodes or self.nodes
        if name in self.nodes
    ]
