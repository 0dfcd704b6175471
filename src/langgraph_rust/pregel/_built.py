"""The compiled form of a graph, kept until the graph changes."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Sequence

from langgraph_rust._internal import _runnable, _runnable_seq
from langgraph_rust._internal._runnable import RunnableCallable
from langgraph_rust._internal._runnable_seq import RunnableSeq
from langgraph_rust.channels._native import kinds_of, replaced_kinds
from langgraph_rust.pregel._parts import seal_of, sealed
from langgraph_rust.pregel._read import EDITS
from langgraph_rust.pregel._write import OWN_DO_WRITE, ChannelWrite

if TYPE_CHECKING:
    from langgraph_rust.pregel.main import Pregel

PARTS = frozenset(
    (
        "nodes",
        "channels",
        "input_channels",
        "output_channels",
        "stream_channels",
        # set by `validate`, after which a graph is compiled anew
        "trigger_to_nodes",
        "node_error_handler_map",
        "retry_policy",
        "cache_policy",
    )
)
"""Attributes of a graph that its compiled form is made of."""


_SEQ_INVOKE, _SEQ_AINVOKE = _runnable_seq.OWN_METHODS
_CALL_INVOKE, _CALL_AINVOKE = _runnable.OWN_METHODS


def steps_replaced() -> bool:
    """Tell whether somebody put methods of their own in the place of those that run a node."""
    return not (
        RunnableSeq.invoke is _SEQ_INVOKE
        and RunnableSeq.ainvoke is _SEQ_AINVOKE
        and RunnableCallable.invoke is _CALL_INVOKE
        and RunnableCallable.ainvoke is _CALL_AINVOKE
        and ChannelWrite.do_write is OWN_DO_WRITE
    )


class Built:
    """A compiled graph, and what tells whether it still is the graph's.

    Attributes of the graph that are re-assigned drop it at once (`Pregel.__setattr__`). Here it is
    told whether a node or channel was put in the place of another, or an attribute of any node was
    set, or the steps of nodes or the channels are called through somebody's replacement of their
    methods.

    Attributes:
        graph: The compiled graph.
        stream_channels: The channels that are streamed: one name, or several.
        deltas: The names of delta channels.
        replayed: The names of channels whose value older checkpoints' writes may have to make.
    """

    __slots__ = (
        "graph",
        "seals",
        "edits",
        "replaced",
        "kinds",
        "replaced_kinds",
        "stream_channels",
        "deltas",
        "replayed",
        "_subgraphs",
    )

    def __init__(self, pregel: Pregel) -> None:
        from langgraph_rust.channels.binop import BinaryOperatorAggregate
        from langgraph_rust.channels.delta import DeltaChannel

        channels = pregel.channels
        self.seals = (sealed(pregel.nodes), sealed(channels))
        self.edits = EDITS.count
        self.replaced = steps_replaced()
        self.kinds = kinds_of(channels)
        self.replaced_kinds = replaced_kinds(self.kinds)
        self.stream_channels = pregel.stream_channels_asis
        self.deltas = [n for n, c in channels.items() if isinstance(c, DeltaChannel)]
        self.replayed = [
            name
            for name, channel in channels.items()
            if isinstance(channel, (DeltaChannel, BinaryOperatorAggregate))
        ]
        self.graph = compiled(pregel, pregel.nodes, self.replaced, self.replaced_kinds)
        self._subgraphs: dict[str, Any] | None = None

    def subgraphs(self, pregel: Pregel) -> dict[str, Any]:
        """Return the graphs that nodes run, by node."""
        if self._subgraphs is None:
            self._subgraphs = dict(pregel.get_subgraphs())
        return self._subgraphs

    def fits(self, pregel: Pregel) -> bool:
        """Tell whether this still is the compiled form of `pregel`."""
        return (
            self.edits == EDITS.count
            and self.replaced == steps_replaced()
            and self.replaced_kinds == replaced_kinds(self.kinds)
            and self._has_parts(pregel)
        )

    def _has_parts(self, pregel: Pregel) -> bool:
        nodes, channels = self.seals
        if (
            nodes is not None
            and channels is not None
            and nodes is seal_of(pregel.nodes)
            and channels is seal_of(pregel.channels)
        ):
            return True
        seals = (sealed(pregel.nodes), sealed(pregel.channels))
        if not self.graph.is_of(pregel.nodes, pregel.channels):
            return False
        # they were changed, and changed back
        self.seals = seals
        return True

    def __reduce__(self) -> tuple[Any, tuple[()]]:
        # a copy of a graph, by `copy.deepcopy` or pickle, compiles anew
        return type(None), ()


def compiled(
    pregel: Pregel, nodes: dict[str, Any], watched: bool = False, foreign: Sequence[type] = ()
) -> Any:
    """Compile `nodes` on the channels of `pregel`.

    Args:
        pregel: The graph.
        nodes: Its nodes, or those that take part.
        watched: Whether nodes run step by step.
        foreign: Kinds of channels to run as the Python objects they are.
    """
    from langgraph_rust import _engine

    return _engine.Graph(
        nodes=nodes,
        channels=pregel.channels,
        input_channels=pregel.input_channels,
        output_channels=pregel.output_channels,
        stream_channels=pregel.stream_channels_asis,
        node_error_handler_map=dict(pregel.node_error_handler_map),
        retry_policy=pregel.retry_policy,
        cache_policy=pregel.cache_policy,
        watched=watched,
        foreign=foreign,
    )
