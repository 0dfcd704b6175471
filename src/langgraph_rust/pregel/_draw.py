"""A graph as nodes and edges.

Edges are found by walking through supersteps without running a node: each node's writers are given
an empty input, its branches write everything they declare, and what the next superstep would run is
an edge's end.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Iterable, Mapping, NamedTuple, Optional, Sequence

from langgraph_rust._internal._constants import CONF, CONFIG_KEY_SEND, INPUT
from langgraph_rust.channels.last_value import LastValueAfterFinish
from langgraph_rust.checkpoint.base._saver import is_saver
from langgraph_rust.constants import END, START
from langgraph_rust.pregel._io import map_input
from langgraph_rust.pregel._loaded import Writes, empty_checkpoint
from langgraph_rust.pregel._write import ChannelWrite

if TYPE_CHECKING:
    from langchain_core.runnables import RunnableConfig
    from langchain_core.runnables.graph import Graph

    from langgraph_rust.channels.base import BaseChannel
    from langgraph_rust.managed.base import ManagedValueSpec
    from langgraph_rust.pregel._read import PregelNode
    from langgraph_rust.types import All, Checkpointer


class Edge(NamedTuple):
    """An edge between two nodes."""

    source: str
    target: str
    conditional: bool
    data: Optional[str]


class TriggerEdge(NamedTuple):
    """Half an edge: a channel that is written, or the node that writes it, and the label."""

    source: str
    conditional: bool
    data: Optional[str]


def draw_graph(
    config: RunnableConfig,
    *,
    nodes: dict[str, PregelNode],
    specs: dict[str, BaseChannel | ManagedValueSpec],
    input_channels: str | Sequence[str],
    interrupt_after_nodes: All | Sequence[str],
    interrupt_before_nodes: All | Sequence[str],
    trigger_to_nodes: Mapping[str, Sequence[str]],
    checkpointer: Checkpointer,
    subgraphs: dict[str, Graph],
    limit: int = 250,
) -> Graph:
    """Return the graph as langchain-core's drawable `Graph`.

    Args:
        config: What the tasks of the walk are planned with.
        nodes: The nodes.
        specs: The channels.
        input_channels: Where the walk starts.
        interrupt_after_nodes: Nodes marked as such.
        interrupt_before_nodes: Nodes marked as such.
        trigger_to_nodes: Not looked at: nodes name what triggers them.
        checkpointer: Makes the versions of the walk, if it is a saver.
        subgraphs: Drawn graphs to put in the place of nodes.
        limit: Supersteps to walk at most.
    """
    from langgraph_rust._langchain.shapes import drawable_graph

    walk = _Walk(specs)
    start = walk.perform(
        _plan_by(config, nodes, specs, input_channels, checkpointer),
        map_input(input_channels, {}),
        limit,
    )
    graph = drawable_graph()
    for name, node in nodes.items():
        metadata = _metadata(
            name, node, walk.deferred, interrupt_before_nodes, interrupt_after_nodes
        )
        graph.add_node(node.bound, name, metadata=metadata or None)
    if START not in nodes:
        graph.add_node(None, START)
        for name in start:
            add_edge(graph, START, name)
    for source, target, conditional, label in walk.sorted_edges():
        add_edge(
            graph, source, target, data=label if label != target else None, conditional=conditional
        )
    _add_ends(graph, walk)
    for name, subgraph in subgraphs.items():
        _expand(graph, name, subgraph)
    return graph


class _Walk:
    """The supersteps walked through, and the edges they gave."""

    def __init__(self, specs: Mapping[str, Any]) -> None:
        root = specs.get("__root__")
        self.empty = None if root is None else root.ValueType()
        self.deferred = {
            name.split(":", 2)[-1]
            for name, spec in specs.items()
            if isinstance(spec, LastValueAfterFinish)
        }
        self.edges: set[Edge] = set()
        self.asked: set[Any] = set()
        """Writers that were asked what they declare."""
        self.declared: dict[str, set[TriggerEdge]] = {}
        """Per node what its branches may write, whenever it runs."""
        self.written: dict[str, set[TriggerEdge]] = {}
        """Per node what it last wrote, until an edge of an earlier superstep was drawn from it."""
        self.last: dict[str, set[TriggerEdge]] = {}
        """Per node of the last superstep what it wrote."""

    def perform(self, state: Any, input_writes: Iterable[tuple[str, Any]], limit: int) -> list[str]:
        """Walk from the input until nothing is triggered; return the names of the first tasks."""
        state.apply([Writes((), INPUT, list(input_writes), [])])
        tasks = start = _planned(state)
        for _ in range(limit + 1):
            if not tasks:
                break
            self.last = {task.name: self._writes_of(task) for task in tasks}
            self.written.update(self.last)
            writers: dict[str, set[TriggerEdge]] = {}
            for name, written in self.written.items():
                for channel, conditional, label in written:
                    writers.setdefault(channel, set()).add(TriggerEdge(name, conditional, label))
            state.apply(tasks)
            tasks = _planned(state)
            for task in tasks:
                self._add_edges(task, writers)
        return [task.name for task in start]

    def _writes_of(self, task: Any) -> set[TriggerEdge]:
        """Let the writers of `task` write; return what it wrote, or may write."""
        labels: dict[tuple[str, Any], str | None] = {}
        send = task.config[CONF][CONFIG_KEY_SEND]
        for writer in task.writers:
            if isinstance(writer, ChannelWrite):
                writer.invoke(self.empty, task.config)
            if writer in self.asked:
                continue
            self.asked.add(writer)
            for channel, value, label in ChannelWrite.get_static_writes(writer) or ():
                if channel == END:
                    self.edges.add(Edge(task.name, END, True, label))
                else:
                    labels[channel, value or None] = label
                    self.declared.setdefault(task.name, set()).add(
                        TriggerEdge(channel, True, label)
                    )
                    send([(channel, value)])
        made = set(self.declared.get(task.name, ()))
        for channel, value in task.writes:
            key = channel, value or None
            made.add(TriggerEdge(channel, key in labels, labels.get(key)))
        return made

    def _add_edges(self, task: Any, writers: Mapping[str, Iterable[TriggerEdge]]) -> None:
        """Add the edges to `task` from what triggered it."""
        added = False
        for trigger in task.triggers:
            for source, conditional, label in sorted(writers.get(trigger, ()), key=_by_label):
                self.edges.add(Edge(source, task.name, conditional, label))
                half = TriggerEdge(trigger, conditional, label)
                if half in self.last.get(source, ()):
                    added = True
                else:
                    # written in an earlier superstep: its edge is drawn now, once
                    self.written[source].discard(half)
        if not added:
            # nothing tells what led here, as with tasks made of a `Send`
            self.edges.update(Edge(source, task.name, True, None) for source in self.last)

    def sorted_edges(self) -> list[Edge]:
        return sorted(self.edges, key=_by_label)


def _by_label(edge: Any) -> tuple[Any, ...]:
    """Return a sort key in which no label comes before any label."""
    *rest, label = edge
    return (*rest, label is not None, label or "")


def _planned(state: Any) -> list[Any]:
    return sorted(state.plan(True, with_config=True).values(), key=lambda task: task.name)


def _plan_by(
    config: RunnableConfig,
    nodes: dict[str, PregelNode],
    specs: dict[str, Any],
    input_channels: str | Sequence[str],
    checkpointer: Checkpointer,
) -> Any:
    """Return the engine's state of an empty thread, whose nodes take any input."""
    from langgraph_rust import _engine

    graph = _engine.Graph(
        # an empty state need not satisfy the schema that a mapper makes of it
        nodes={
            k: v.copy({"mapper": None}) if v.mapper is not None else v for k, v in nodes.items()
        },
        channels=specs,
        input_channels=input_channels,
        output_channels=[],
        stream_channels=[],
    )
    next_version = checkpointer.get_next_version if is_saver(checkpointer) else _increment
    return _engine.State(graph, empty_checkpoint(), [], config, -1, -1, next_version, None, None)


def _increment(current: int | None, channel: None) -> int:
    return 1 if current is None else current + 1


def _metadata(
    name: str,
    node: PregelNode,
    deferred: set[str],
    before: All | Sequence[str],
    after: All | Sequence[str],
) -> dict[str, Any]:
    metadata = dict(node.metadata or {})
    if name in deferred:
        metadata["defer"] = True
    interrupts = [when for when, names in (("before", before), ("after", after)) if name in names]
    if interrupts:
        metadata["__interrupt"] = ",".join(interrupts)
    tools = getattr(node.bound, "tools_by_name", None)
    if isinstance(tools, Mapping) and tools:
        metadata["__tools"] = list(tools)
    return metadata


def _add_ends(graph: Graph, walk: _Walk) -> None:
    """Lead nodes that nothing follows to the end."""
    sources = {edge.source for edge in walk.edges}
    targets = {edge.target for edge in walk.edges}
    termini = targets - sources - {END}
    for name in sorted(termini):
        add_edge(graph, name, END)
    if not termini and len(walk.last) == 1 and END not in targets:
        for name in walk.last:
            add_edge(graph, name, END, conditional=True)


def _expand(graph: Graph, name: str, subgraph: Graph) -> None:
    """Put `subgraph` in the place of the node `name`, if it has more to show than that."""
    if (
        len(subgraph.nodes) < 2
        or name not in graph.nodes
        or not subgraph.first_node()
        or not subgraph.last_node()
    ):
        return
    subgraph.trim_first_node()
    subgraph.trim_last_node()
    graph.nodes.pop(name)
    first, last = graph.extend(subgraph, prefix=name)
    for number, edge in enumerate(graph.edges):
        if edge.source == name:
            edge = edge.copy(source=last.id)
        if edge.target == name:
            edge = edge.copy(target=first.id)
        graph.edges[number] = edge


def add_edge(
    graph: Graph, source: str, target: str, *, data: Any | None = None, conditional: bool = False
) -> None:
    """Add an edge, unless the two nodes have one; the end is added when something leads to it."""
    if any(edge.source == source and edge.target == target for edge in graph.edges):
        return
    if target == END and END not in graph.nodes:
        graph.add_node(None, END)
    graph.add_edge(graph.nodes[source], graph.nodes[target], data, conditional)
