"""The part of a builder that joins nodes: edges, joins, branches and sequences."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Callable

from langgraph_rust._internal._runnable import coerce_to_runnable
from langgraph_rust.constants import END, START
from langgraph_rust.graph._older import ask_condition
from langgraph_rust.graph._validate import InvalidGraph

if TYPE_CHECKING:
    from collections import defaultdict
    from collections.abc import Awaitable, Hashable, Sequence

    from langchain_core.runnables import Runnable
    from typing_extensions import Self

    from langgraph_rust.graph import _branch
    from langgraph_rust.graph._branch import BranchSpec
    from langgraph_rust.graph._node import StateNode
    from langgraph_rust.typing import ContextT, NodeInputT
else:
    from langgraph_rust._internal._later import Later

    _branch = Later("langgraph_rust.graph._branch")


def _get_node_name(node: StateNode[Any, ContextT]) -> str:
    return getattr(node, "__name__", node.__class__.__name__)


class EdgeBuilder:
    """What `StateGraph` is besides its nodes and schemas."""

    edges: set[tuple[str, str]]
    waiting_edges: set[tuple[tuple[str, ...], str]]
    branches: defaultdict[str, dict[str, BranchSpec]]
    nodes: dict[str, Any]
    compiled: bool

    if TYPE_CHECKING:

        def _add_schema(self, schema: type[Any], /, allow_managed: bool = True) -> None: ...

        add_node: Any

    @property
    def _all_edges(self) -> set[tuple[str, str]]:
        joins = {(start, end) for starts, end in self.waiting_edges for start in starts}
        return self.edges | joins

    def _warn_if_compiled(self, what: str) -> None:
        if self.compiled:
            import logging

            logging.getLogger("langgraph.graph.state").warning(
                "Adding %s to a graph that has already been compiled. "
                "This will not be reflected in the compiled graph.",
                what,
            )

    def add_edge(
        self,
        start_key: str | list[str],
        end_key: str,
        *,
        condition: Callable[..., Any] | None = None,
    ) -> Self:
        """Add an edge: when its start has run, its end runs.

        Args:
            start_key: The node it starts from; or several, all of which must have run.
            end_key: The node it leads to.
            condition: Asked with the state whether to take the edge; only from a single node.

        Raises:
            ValueError: It starts from END or leads to START, or an edge from several nodes
                names one that has not been added.
        """
        self._warn_if_compiled("an edge")
        is_join = not isinstance(start_key, str)
        starts = (start_key,) if isinstance(start_key, str) else tuple(start_key)
        for start in starts:
            if start == END:
                raise InvalidGraph("END cannot be a start node")
            if is_join and start not in self.nodes:
                raise InvalidGraph(f"Need to add_node `{start}` first")
        if end_key == START:
            raise InvalidGraph("START cannot be an end node")
        if is_join and end_key != END and end_key not in self.nodes:
            raise InvalidGraph(f"Need to add_node `{end_key}` first")
        if condition is not None:
            if is_join:
                raise InvalidGraph("An edge from several nodes cannot have a condition")
            path = ask_condition(condition, end_key)
            self._add_branch(starts[0], path, {True: end_key, False: END})
        elif is_join:
            self.waiting_edges.add((starts, end_key))
        else:
            self.edges.add((starts[0], end_key))
        return self

    def add_conditional_edges(
        self,
        source: str,
        path: Callable[..., Hashable | Sequence[Hashable]]
        | Callable[..., Awaitable[Hashable | Sequence[Hashable]]]
        | Runnable[Any, Hashable | Sequence[Hashable]],
        path_map: dict[Hashable, str] | list[str] | None = None,
    ) -> Self:
        """Add a branch: when its source has run, `path` decides which nodes run next.

        Args:
            source: The node it starts from.
            path: Takes the state; returns a node's name, END, a `Send`, or a list of these. A
                `Literal` return annotation tells drawings where it may lead.
            path_map: What its results stand for, if they are not node names; or a list of the
                nodes it may lead to.

        Raises:
            ValueError: The source has a branch of this path's name.
        """
        self._warn_if_compiled("an edge")
        return self._add_branch(source, coerce_to_runnable(path, name=None, trace=True), path_map)

    def _add_branch(self, source: str, path: Any, path_map: Any) -> Self:
        name = path.name or "condition"
        branches = self.branches[source]
        if name in branches:
            raise InvalidGraph(f"Branch with name `{path.name}` already exists for node `{source}`")
        branches[name] = branch = _branch.BranchSpec.from_path(path, path_map, True)
        if branch.input_schema:
            self._add_schema(branch.input_schema)
        return self

    def add_sequence(
        self,
        nodes: Sequence[
            StateNode[NodeInputT, ContextT] | tuple[str, StateNode[NodeInputT, ContextT]]
        ],
    ) -> Self:
        """Add nodes that run one after another; each is a node or a pair of a name and a node.

        Raises:
            ValueError: There are none, or two have the same name.
        """
        if len(nodes) < 1:
            raise InvalidGraph("Sequence requires at least one node.")
        previous = None
        for node in nodes:
            if isinstance(node, tuple) and len(node) == 2:
                name, action = node
            else:
                name, action = _get_node_name(node), node
            if name in self.nodes:
                raise InvalidGraph(
                    f"Node names must be unique: node with the name '{name}' already exists. "
                    "If you need to use two different runnables/callables with the same name "
                    "(for example, using `lambda`), please provide them as tuples "
                    "(name, runnable/callable)."
                )
            self.add_node(name, action)
            if previous is not None:
                self.add_edge(previous, name)
            previous = name
        return self

    def set_entry_point(self, key: str) -> Self:
        """Let the graph start with this node: an edge from START."""
        return self.add_edge(START, key)

    def set_conditional_entry_point(
        self,
        path: Callable[..., Hashable | Sequence[Hashable]]
        | Callable[..., Awaitable[Hashable | Sequence[Hashable]]]
        | Runnable[Any, Hashable | Sequence[Hashable]],
        path_map: dict[Hashable, str] | list[str] | None = None,
    ) -> Self:
        """Let a path decide which nodes the graph starts with: a branch from START."""
        return self.add_conditional_edges(START, path, path_map)

    def set_finish_point(self, key: str) -> Self:
        """Let the graph end with this node: an edge to END."""
        return self.add_edge(key, END)
