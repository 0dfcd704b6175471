"""Checks of a graph: that names can be names, and that edges and branches lead to nodes."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Container, Sequence, Set

from langgraph_rust._internal._constants import NS_END, NS_SEP
from langgraph_rust.constants import END, START
from langgraph_rust.errors import StateGraphError

if TYPE_CHECKING:
    from langgraph_rust.graph.state import StateGraph


class InvalidGraph(StateGraphError, ValueError):
    """A graph that cannot be: a node, edge, branch or schema that does not fit the others."""


def check_node_name(name: str, taken: Container[str]) -> None:
    """Check that a node may have this name.

    Raises:
        ValueError: It is taken, reserved or has a reserved character.
    """
    if name in taken:
        raise InvalidGraph(f"Node `{name}` already present.")
    if name in (START, END):
        raise InvalidGraph(f"Node `{name}` is reserved.")
    for character in (NS_SEP, NS_END):
        if character in name:
            raise InvalidGraph(
                f"'{character}' is a reserved character and is not allowed in the node names."
            )


def check_edges(graph: StateGraph[Any, Any, Any, Any], interrupt: Sequence[str] | None) -> None:
    """Check a graph before it is compiled.

    Raises:
        ValueError: An edge, branch or interrupt names an unknown node, or START has no edge.
    """
    nodes = graph.nodes
    with_ends = {name: spec.ends for name, spec in nodes.items() if spec.ends}
    sources = _find_sources(graph)
    sources.update(with_ends)
    for source in sources.difference(nodes):
        if source != START:
            raise InvalidGraph(f"Found edge starting at unknown node '{source}'")
    if START not in sources:
        raise InvalidGraph(
            "Graph must have an entrypoint: add at least one edge from START to another node"
        )
    targets = _find_targets(graph)
    targets.update(*with_ends.values())
    for target in targets.difference(nodes):
        if target != END:
            raise InvalidGraph(f"Found edge ending at unknown node `{target}`")
    for name in interrupt or ():
        if name not in nodes:
            raise InvalidGraph(f"Interrupt node `{name}` not found")


def _find_sources(graph: StateGraph[Any, Any, Any, Any]) -> Set[str]:
    sources = {start for start, _ in graph.edges}
    for starts, _ in graph.waiting_edges:
        sources.update(starts)
    sources.update(graph.branches)
    return sources


def _find_targets(graph: StateGraph[Any, Any, Any, Any]) -> Set[str]:
    targets = {end for _, end in graph.edges}
    targets.update(end for _, end in graph.waiting_edges)
    for start, branches in graph.branches.items():
        for name, branch in branches.items():
            if branch.ends is None:
                continue  # may go to any node, all of which exist
            for end in branch.ends.values():
                if end not in graph.nodes and end != END:
                    raise InvalidGraph(
                        f"At '{start}' node, '{name}' branch found unknown target '{end}'"
                    )
    return targets
