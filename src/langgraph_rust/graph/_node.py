"""What a node of a state graph is: what it may be made of, and what is known of it."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Generic, Sequence

from langgraph_rust._internal._compat import name_as_upstream
from langgraph_rust._internal._record import record
from langgraph_rust._internal._typing import EMPTY_SEQ
from langgraph_rust.typing import ContextT, NodeInputT

if TYPE_CHECKING:
    from langgraph_rust.graph._node_types import StateNode
    from langgraph_rust.types import CachePolicy, RetryPolicy, TimeoutPolicy, TracePolicy

__all__ = ["StateNode", "StateNodeSpec"]


@record()
class StateNodeSpec(Generic[NodeInputT, ContextT]):
    """A node as `StateGraph.nodes` holds it.

    Attributes:
        runnable: What the node runs.
        metadata: Given to tracers and shown in drawings.
        input_schema: The schema of the state the node is given.
        retry_policy: When to try again after an error; the first policy that matches counts.
        cache_policy: How to find the result of an earlier, equal run.
        is_error_handler: Whether the node only runs after another one failed.
        error_handler_node: The name of the node that runs when this one has failed.
        ends: Nodes that this one may go to by `Command`, or those with a label each.
        defer: Whether the node waits until nothing else is left to run.
        timeout: How long one attempt may take.
        trace_policy: What of the node's input and output tracers get to see.
    """

    __slots__ = (
        "cache_policy",
        "defer",
        "ends",
        "error_handler_node",
        "input_schema",
        "is_error_handler",
        "metadata",
        "retry_policy",
        "runnable",
        "timeout",
        "trace_policy",
    )

    runnable: StateNode[NodeInputT, ContextT]
    metadata: dict[str, Any] | None
    input_schema: type[NodeInputT]
    retry_policy: RetryPolicy | Sequence[RetryPolicy] | None
    cache_policy: CachePolicy | None
    is_error_handler: bool
    error_handler_node: str | None
    ends: tuple[str, ...] | dict[str, str] | None
    defer: bool
    timeout: TimeoutPolicy | None
    trace_policy: TracePolicy | None

    def __init__(
        self,
        runnable: StateNode[NodeInputT, ContextT],
        metadata: dict[str, Any] | None,
        input_schema: type[NodeInputT],
        retry_policy: RetryPolicy | Sequence[RetryPolicy] | None,
        cache_policy: CachePolicy | None,
        is_error_handler: bool = False,
        error_handler_node: str | None = None,
        ends: tuple[str, ...] | dict[str, str] | None = EMPTY_SEQ,
        defer: bool = False,
        timeout: TimeoutPolicy | None = None,
        trace_policy: TracePolicy | None = None,
    ) -> None:
        self.runnable = runnable
        self.metadata = metadata
        self.input_schema = input_schema
        self.retry_policy = retry_policy
        self.cache_policy = cache_policy
        self.is_error_handler = is_error_handler
        self.error_handler_node = error_handler_node
        self.ends = ends
        self.defer = defer
        self.timeout = timeout
        self.trace_policy = trace_policy


name_as_upstream(globals())


def __getattr__(name: str) -> Any:
    # The protocols are for type checkers; making ten of them takes as long as a small graph.
    if name in _HELD_BY_TYPES or name.startswith("_Node"):
        from langgraph_rust.graph import _node_types

        return getattr(_node_types, name)
    if name.endswith("Policy"):
        from langgraph_rust import types

        return getattr(types, name)
    raise AttributeError(f"module {__name__!r} has no attribute {name!r}")


_HELD_BY_TYPES = frozenset(
    ("BaseStore", "NodeInputT_contra", "Runtime", "StateNode", "StreamWriter")
)
