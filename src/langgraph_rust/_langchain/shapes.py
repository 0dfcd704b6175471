"""langchain-core's classes that a graph describes itself with."""

from __future__ import annotations

from typing import Any, Dict


def drawable_graph() -> Any:
    """Return an empty `Graph` of langchain-core, to add nodes and edges to."""
    from langchain_core.runnables.graph import Graph

    return Graph()


def config_types() -> Dict[str, Any]:
    """Return the types of the keys of a `RunnableConfig`."""
    from typing import get_type_hints

    from langchain_core.runnables import RunnableConfig

    return get_type_hints(RunnableConfig)
