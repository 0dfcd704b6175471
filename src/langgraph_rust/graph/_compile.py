"""From a state graph's builder to the graph that runs."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Container, Dict, List, Optional, Union

from langgraph_rust._internal._runnable import coerce_to_runnable
from langgraph_rust.channels.ephemeral_value import EphemeralValue
from langgraph_rust.constants import START
from langgraph_rust.graph._compiled import CompiledStateGraph, _pick_mapper
from langgraph_rust.graph._node import StateNodeSpec
from langgraph_rust.graph._validate import InvalidGraph
from langgraph_rust.graph._write import ROOT
from langgraph_rust.managed.base import is_managed_value
from langgraph_rust.pregel._parts import Parts

if TYPE_CHECKING:
    from langgraph_rust.channels.base import BaseChannel
    from langgraph_rust.graph.state import StateGraph

_DEFAULT_ERROR_HANDLER_NODE = "__default_error_handler__"


class NodeDefaults:
    """What `StateGraph.set_node_defaults` has set, for nodes that say nothing themselves."""

    __slots__ = ("cache_policy", "error_handler", "retry_policy", "timeout")

    def __init__(self) -> None:
        self.retry_policy: Any = None
        self.cache_policy: Any = None
        self.error_handler: Any = None
        self.timeout: Any = None

    def __bool__(self) -> bool:
        """Whether anything was set."""
        return any(getattr(self, name) is not None for name in self.__slots__)


def name_channels(fields: Dict[str, Any]) -> Union[str, List[str]]:
    """Name the channels of a schema, or the only one if the schema is not a mapping."""
    if len(fields) == 1 and ROOT in fields:
        return ROOT
    return [key for key, field in fields.items() if not is_managed_value(field)]


def gather_channels(graph: StateGraph[Any, Any, Any, Any]) -> Parts:
    """The channels of the state, its managed values, and the channel of the input."""
    start: BaseChannel[Any, Any, Any] = EphemeralValue(graph.input_schema)
    return Parts({**graph.channels, **graph.managed, START: start})


def name_error_handler(node: str, taken: Container[str]) -> str:
    """Name the node that handles the errors of `node`.

    Raises:
        ValueError: The name is taken.
    """
    name = f"__error_handler__{node}"
    if name in taken:
        raise InvalidGraph(f"Auto-generated error handler node `{name}` already exists.")
    return name


def make_error_handler(handler: Any, name: str, input_schema: Any) -> StateNodeSpec[Any, Any]:
    """Make the node that runs when another one has failed."""
    return StateNodeSpec(
        coerce_to_runnable(handler, name=name, trace=False),
        metadata=None,
        input_schema=input_schema,
        retry_policy=None,
        cache_policy=None,
        is_error_handler=True,
    )


def apply_defaults(graph: StateGraph[Any, Any, Any, Any]) -> None:
    """Give the graph's defaults to its nodes, adding the node of a default error handler.

    Raises:
        ValueError: The name of that node is taken.
    """
    defaults = graph._node_defaults
    handler_node = None
    if defaults.error_handler is not None:
        handler_node = _DEFAULT_ERROR_HANDLER_NODE
        taken = graph.nodes.get(handler_node)
        # The handler of an earlier compilation may be there, and is replaced.
        if taken is not None and not taken.is_error_handler:
            raise InvalidGraph(
                f"Auto-generated default error handler node `{handler_node}` already exists."
            )
        graph.nodes[handler_node] = make_error_handler(
            defaults.error_handler, handler_node, graph.state_schema
        )
    if handler_node is None and not defaults:
        return
    for spec in graph.nodes.values():
        if spec.retry_policy is None:
            spec.retry_policy = defaults.retry_policy
        if spec.timeout is None:
            spec.timeout = defaults.timeout
        if spec.is_error_handler:
            continue
        if spec.error_handler_node is None:
            spec.error_handler_node = handler_node
        if spec.cache_policy is None:
            spec.cache_policy = defaults.cache_policy


def map_error_handlers(graph: StateGraph[Any, Any, Any, Any]) -> Dict[str, str]:
    """Map each node that has an error handler to the handler's node."""
    return {
        name: spec.error_handler_node
        for name, spec in graph.nodes.items()
        if not spec.is_error_handler and spec.error_handler_node is not None
    }


def collect_serde_allowlist(graph: StateGraph[Any, Any, Any, Any]) -> Optional[set]:
    """List the types that a strict checkpointer may revive; None if none is strict."""
    from langgraph_rust.checkpoint.serde import _msgpack

    if not _msgpack.STRICT_MSGPACK_ENABLED:
        return None
    from langgraph_rust._internal._serde import build_serde_allowlist

    schemas = [graph.state_schema, graph.input_schema, graph.output_schema]
    if graph.context_schema is not None:
        schemas.append(graph.context_schema)
    schemas.extend(spec.input_schema for spec in graph.nodes.values())
    for branches in graph.branches.values():
        schemas.extend(b.input_schema for b in branches.values() if b.input_schema is not None)
    return build_serde_allowlist(schemas=schemas, channels=graph.channels)


def attach_all(
    graph: StateGraph[Any, Any, Any, Any], compiled: CompiledStateGraph[Any, Any, Any, Any]
) -> None:
    """Give a compiled graph the nodes, edges and branches of its builder."""
    compiled.attach_node(START, None)
    compiled._attach_nodes(graph.nodes)
    output, state = compiled.output_channels, compiled.stream_channels
    compiled._output_mapper = _pick_mapper(_as_list(output), graph.output_schema)
    compiled._state_mapper = _pick_mapper(_as_list(state), graph.state_schema)
    # Sets have no order of their own; sorted, every process makes the same graph.
    compiled._attach_edges(sorted(graph.edges))
    for starts, end in sorted(graph.waiting_edges):
        compiled.attach_edge(starts, end)
    for start, branches in graph.branches.items():
        for name, branch in branches.items():
            compiled.attach_branch(start, name, branch)


def _as_list(channels: Any) -> Any:
    return [channels] if isinstance(channels, str) else list(channels)
