"""langchain-core's classes that a graph describes itself with."""

from __future__ import annotations

from typing import Any, Dict, Mapping, Sequence


def drawable_graph() -> Any:
    """Return an empty `Graph` of langchain-core, to add nodes and edges to."""
    from langchain_core.runnables.graph import Graph

    return Graph()


def drawn_graph(nodes: Sequence[Mapping[str, Any]], edges: Sequence[Mapping[str, Any]]) -> Any:
    """Return the `Graph` of langchain-core that `nodes` and `edges`, each its fields, make up."""
    from langchain_core.runnables.graph import Edge, Graph, Node

    return Graph(
        nodes={node["id"]: Node(**node) for node in nodes}, edges=[Edge(**edge) for edge in edges]
    )


def config_types() -> Dict[str, Any]:
    """Return the types of the keys of a `RunnableConfig`."""
    from typing import get_type_hints

    from langchain_core.runnables import RunnableConfig

    return get_type_hints(RunnableConfig)
