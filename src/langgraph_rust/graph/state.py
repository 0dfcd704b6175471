"""The builder of graphs whose nodes read and update one shared state."""

from __future__ import annotations

from collections import defaultdict
from typing import TYPE_CHECKING, Any, Callable, Generic, cast, overload

from langgraph_rust._internal._compat import name_as_upstream
from langgraph_rust._internal._deprecated import take_deprecated
from langgraph_rust._internal._elsewhere import find_elsewhere
from langgraph_rust._internal._newer_typing import fill_parameters
from langgraph_rust._internal._runnable import coerce_to_runnable
from langgraph_rust._internal._typing import EMPTY_SEQ
from langgraph_rust.channels.last_value import LastValue
from langgraph_rust.constants import START
from langgraph_rust.graph._channels import (  # noqa: F401 - some are named by upstream's tests
    _get_channel,
    _get_channels,
    _is_field_binop,
    _is_field_channel,
    _is_field_managed_value,
    _warn_invalid_state_schema,
)
from langgraph_rust.graph._edges import EdgeBuilder, _get_node_name  # noqa: F401
from langgraph_rust.graph._infer import infer_name, infer_node
from langgraph_rust.graph._node import StateNodeSpec
from langgraph_rust.graph._validate import InvalidGraph, check_edges, check_node_name
from langgraph_rust.typing import ContextT, InputT, OutputT, StateT
from langgraph_rust.warnings import LangGraphDeprecatedSinceV10

if TYPE_CHECKING:
    from collections.abc import Sequence
    from datetime import timedelta

    from typing_extensions import Self, Unpack

    from langgraph_rust._internal import _timeout
    from langgraph_rust._internal._typing import DeprecatedKwargs
    from langgraph_rust.cache.base import BaseCache
    from langgraph_rust.channels.base import BaseChannel
    from langgraph_rust.graph import _compile, _compiled
    from langgraph_rust.graph._branch import BranchSpec
    from langgraph_rust.graph._compiled import CompiledStateGraph
    from langgraph_rust.graph._node import StateNode
    from langgraph_rust.managed.base import ManagedValueSpec
    from langgraph_rust.store.base import BaseStore
    from langgraph_rust.types import (
        All,
        CachePolicy,
        Checkpointer,
        RetryPolicy,
        TimeoutPolicy,
        TracePolicy,
    )
    from langgraph_rust.typing import NodeInputT
else:
    from langgraph_rust._internal._later import Later

    _compile = Later("langgraph_rust.graph._compile")
    _compiled = Later("langgraph_rust.graph._compiled")
    _timeout = Later("langgraph_rust._internal._timeout")

__all__ = ("StateGraph", "CompiledStateGraph")


class StateGraph(EdgeBuilder, Generic[StateT, ContextT, InputT, OutputT]):
    """A graph whose nodes read and update a shared state; `compile` makes one that runs.

    A node takes the state and returns an update of it, a dict of some of its keys. A key that is
    annotated with a reducer, a function `(value, update) -> value`, gathers the updates of all
    nodes; any other key keeps the last one.

    Args:
        state_schema: The state: a TypedDict, dataclass or pydantic model, or `Annotated[T, f]`
            for a state of one value.
        context_schema: What a run is given beside the state and does not change, such as a
            user id; nodes read it from `Runtime.context`.
        input_schema: What the graph takes; the state if not given.
        output_schema: What the graph gives; the state if not given.

    Raises:
        ValueError: A key has two different reducers, a reducer does not take two arguments, or
            the input or output has a managed value.

    Example:
        >>> from operator import add
        >>> from typing_extensions import Annotated, TypedDict
        >>> class State(TypedDict):
        ...     words: Annotated[list, add]
        >>> graph = StateGraph(State)
        >>> _ = graph.add_node("greet", lambda state: {"words": ["hello"]})
        >>> _ = graph.add_edge(START, "greet")
        >>> graph.compile().invoke({"words": ["well,"]})
        {'words': ['well,', 'hello']}
    """

    if not TYPE_CHECKING:

        def __class_getitem__(cls, given):
            return super().__class_getitem__(fill_parameters(cls, given))

    edges: set[tuple[str, str]]
    nodes: dict[str, StateNodeSpec[Any, ContextT]]
    branches: defaultdict[str, dict[str, BranchSpec]]
    channels: dict[str, BaseChannel]
    managed: dict[str, ManagedValueSpec]
    schemas: dict[type[Any], dict[str, BaseChannel | ManagedValueSpec]]
    waiting_edges: set[tuple[tuple[str, ...], str]]

    compiled: bool
    state_schema: type[StateT]
    context_schema: type[ContextT] | None
    input_schema: type[InputT]
    output_schema: type[OutputT]

    def __init__(
        self,
        state_schema: type[StateT],
        context_schema: type[ContextT] | None = None,
        *,
        input_schema: type[InputT] | None = None,
        output_schema: type[OutputT] | None = None,
        **kwargs: Unpack[DeprecatedKwargs],
    ) -> None:
        self.nodes = {}
        self.edges = set()
        self.branches = defaultdict(dict)
        self.schemas = {}
        self.channels = {}
        self.managed = {}
        self.compiled = False
        self.waiting_edges = set()
        self.state_schema = state_schema
        self.context_schema = take_deprecated(
            kwargs, "config_schema", "context_schema", context_schema, LangGraphDeprecatedSinceV10
        )
        given_input: Any = take_deprecated(kwargs, "input", "input_schema", input_schema)
        given_output: Any = take_deprecated(kwargs, "output", "output_schema", output_schema)
        self.input_schema = cast(Any, given_input or state_schema)
        self.output_schema = cast(Any, given_output or state_schema)
        self._node_defaults = _compile.NodeDefaults()
        self._add_schema(self.state_schema)
        self._add_schema(self.input_schema, allow_managed=False)
        self._add_schema(self.output_schema, allow_managed=False)

    def __getitem__(self, name: str) -> StateNodeSpec[Any, ContextT]:
        """The node of this name; KeyError if there is none."""
        return self.nodes[name]

    def set_node_defaults(
        self,
        *,
        retry_policy: RetryPolicy | Sequence[RetryPolicy] | None = None,
        cache_policy: CachePolicy | None = None,
        error_handler: StateNode[Any, ContextT] | None = None,
        timeout: float | timedelta | TimeoutPolicy | None = None,
    ) -> Self:
        """Set what holds for nodes that say nothing themselves, wherever they were added.

        Handlers of errors get only the retry policy and the timeout. What is not given here
        stays as it was.

        Args:
            retry_policy: See `add_node`, like the others.
            cache_policy: See `add_node`.
            error_handler: See `add_node`; one handler for all nodes.
            timeout: See `add_node`.
        """
        defaults = self._node_defaults
        if retry_policy is not None:
            defaults.retry_policy = retry_policy
        if cache_policy is not None:
            defaults.cache_policy = cache_policy
        if error_handler is not None:
            defaults.error_handler = error_handler
        if timeout is not None:
            defaults.timeout = _timeout.coerce_timeout_policy(timeout)
        return self

    def _add_schema(self, schema: type[Any], /, allow_managed: bool = True) -> None:
        """Take over the channels and managed values of a schema, once."""
        if schema in self.schemas:
            return
        _warn_invalid_state_schema(schema)
        channels, managed, _ = _get_channels(schema)
        if managed and not allow_managed:
            raise InvalidGraph(
                "Invalid managed channels detected in "
                f"{getattr(schema, '__name__', '')}: {', '.join(managed)}. "
                "Managed channels are not permitted in Input/Output schema."
            )
        self.schemas[schema] = {**channels, **managed}
        for key, channel in channels.items():
            known = self.channels.setdefault(key, channel)
            # A schema that says nothing of how a key is updated agrees with any that does.
            if known is channel or isinstance(channel, LastValue):
                continue
            if known != channel:
                raise InvalidGraph(f"Channel '{key}' already exists with a different type")
        for key, value in managed.items():
            if self.managed.setdefault(key, value) != value:
                raise InvalidGraph(f"Managed value '{key}' already exists with a different type")

    @overload
    def add_node(
        self,
        node: StateNode[NodeInputT, ContextT],
        *,
        defer: bool = False,
        metadata: dict[str, Any] | None = None,
        input_schema: None = None,
        retry_policy: RetryPolicy | Sequence[RetryPolicy] | None = None,
        cache_policy: CachePolicy | None = None,
        error_handler: StateNode[Any, ContextT] | None = None,
        destinations: dict[str, str] | tuple[str, ...] | None = None,
        timeout: float | timedelta | TimeoutPolicy | None = None,
        trace_policy: TracePolicy | None = None,
        **kwargs: Unpack[DeprecatedKwargs],
    ) -> Self: ...

    @overload
    def add_node(
        self,
        node: StateNode[NodeInputT, ContextT],
        *,
        defer: bool = False,
        metadata: dict[str, Any] | None = None,
        input_schema: type[NodeInputT],
        retry_policy: RetryPolicy | Sequence[RetryPolicy] | None = None,
        cache_policy: CachePolicy | None = None,
        error_handler: StateNode[Any, ContextT] | None = None,
        destinations: dict[str, str] | tuple[str, ...] | None = None,
        timeout: float | timedelta | TimeoutPolicy | None = None,
        trace_policy: TracePolicy | None = None,
        **kwargs: Unpack[DeprecatedKwargs],
    ) -> Self: ...

    @overload
    def add_node(
        self,
        node: str,
        action: StateNode[NodeInputT, ContextT],
        *,
        defer: bool = False,
        metadata: dict[str, Any] | None = None,
        input_schema: None = None,
        retry_policy: RetryPolicy | Sequence[RetryPolicy] | None = None,
        cache_policy: CachePolicy | None = None,
        error_handler: StateNode[Any, ContextT] | None = None,
        destinations: dict[str, str] | tuple[str, ...] | None = None,
        timeout: float | timedelta | TimeoutPolicy | None = None,
        trace_policy: TracePolicy | None = None,
        **kwargs: Unpack[DeprecatedKwargs],
    ) -> Self: ...

    @overload
    def add_node(
        self,
        node: str | StateNode[NodeInputT, ContextT],
        action: StateNode[NodeInputT, ContextT] | None = None,
        *,
        defer: bool = False,
        metadata: dict[str, Any] | None = None,
        input_schema: type[NodeInputT],
        retry_policy: RetryPolicy | Sequence[RetryPolicy] | None = None,
        cache_policy: CachePolicy | None = None,
        error_handler: StateNode[Any, ContextT] | None = None,
        destinations: dict[str, str] | tuple[str, ...] | None = None,
        timeout: float | timedelta | TimeoutPolicy | None = None,
        trace_policy: TracePolicy | None = None,
        **kwargs: Unpack[DeprecatedKwargs],
    ) -> Self: ...

    def add_node(
        self,
        node: str | StateNode[NodeInputT, ContextT],
        action: StateNode[NodeInputT, ContextT] | None = None,
        *,
        defer: bool = False,
        metadata: dict[str, Any] | None = None,
        input_schema: type[NodeInputT] | None = None,
        retry_policy: RetryPolicy | Sequence[RetryPolicy] | None = None,
        cache_policy: CachePolicy | None = None,
        error_handler: StateNode[Any, ContextT] | None = None,
        destinations: dict[str, str] | tuple[str, ...] | None = None,
        timeout: float | timedelta | TimeoutPolicy | None = None,
        trace_policy: TracePolicy | None = None,
        **kwargs: Unpack[DeprecatedKwargs],
    ) -> Self:
        """Add a node.

        A node is a function, sync or async, a callable object, a runnable, or a compiled graph.
        It is given the state, and by the names of its parameters `config`, `runtime`, `store`,
        `writer` and `previous`, if they are annotated as such. It returns an update of the
        state, a `Command`, a list of these, or None.

        Args:
            node: The node's name, or what it runs, to be named after that.
            action: What it runs, if `node` is a name.
            defer: Run it only when nothing else is left to run.
            metadata: Given to tracers and shown in drawings.
            input_schema: The state it is given; by default the annotation of its first
                parameter if that is a class with fields, else the graph's state.
            retry_policy: When to try again after an error; of several, the first that matches.
            cache_policy: How to find the result of an earlier, equal run.
            error_handler: Run as a node of its own when this one has failed for good.
            destinations: Nodes it may go to by `Command`, for drawings only; by default those of
                a `Command[Literal[...]]` return annotation. A dict gives each edge a label.
            timeout: How long an attempt may take, in seconds; for async nodes.
            trace_policy: What of its input and output tracers get to see.

        Raises:
            ValueError: The name is taken, reserved or has a reserved character.
        """
        retry_policy = take_deprecated(kwargs, "retry", "retry_policy", retry_policy)
        input_schema = take_deprecated(kwargs, "input", "input_schema", input_schema)
        timeout = _timeout.coerce_timeout_policy(timeout)
        name, action = (node, action) if isinstance(node, str) else (infer_name(node), node)
        self._warn_if_compiled("a node")
        if action is None:
            raise RuntimeError(f"Node `{name}` has no action.")
        check_node_name(name, self.nodes)
        hints = infer_node(action, self.state_schema, with_schema=input_schema is None)
        schema = input_schema or hints.input_schema
        handler_node = None
        if error_handler is not None:
            handler_node = _compile.name_error_handler(name, self.nodes)
            self.nodes[handler_node] = _compile.make_error_handler(
                error_handler, handler_node, schema or self.state_schema
            )
        self.nodes[name] = StateNodeSpec(
            coerce_to_runnable(action, name=name, trace=False),
            metadata,
            input_schema=self.state_schema if schema is None else schema,
            retry_policy=retry_policy,
            cache_policy=cache_policy,
            error_handler_node=handler_node,
            ends=destinations if destinations is not None else hints.ends or EMPTY_SEQ,
            defer=defer,
            timeout=timeout,
            trace_policy=trace_policy,
        )
        if schema is not None:
            self._add_schema(schema)
        return self

    def validate(self, interrupt: Sequence[str] | None = None) -> Self:
        """Check that edges, branches and the nodes to interrupt at exist.

        Raises:
            ValueError: One does not, or START has no edge.
        """
        check_edges(self, interrupt)
        self.compiled = True
        return self

    def compile(
        self,
        checkpointer: Checkpointer = None,
        *,
        cache: BaseCache | None = None,
        store: BaseStore | None = None,
        interrupt_before: All | list[str] | None = None,
        interrupt_after: All | list[str] | None = None,
        debug: bool = False,
        name: str | None = None,
        transformers: Sequence[Callable[[tuple[str, ...]], Any]] | None = None,
    ) -> CompiledStateGraph[StateT, ContextT, InputT, OutputT]:
        """Make a graph that runs.

        Args:
            checkpointer: Keeps the state between runs, for memory, interrupts and time travel.
                None takes the surrounding graph's, False none, True one of its own.
            cache: Keeps results for nodes that have a cache policy.
            store: Shared by all threads; nodes reach it as `store`.
            interrupt_before: Nodes to stop before, or `"*"` for all.
            interrupt_after: Nodes to stop after, or `"*"` for all.
            debug: Print what happens in each superstep.
            name: The name of the compiled graph.
            transformers: Factories of stream transformers, called with a run's namespace.

        Raises:
            ValueError: See `validate`.
        """
        from langgraph_rust.types import ensure_valid_checkpointer

        checkpointer = ensure_valid_checkpointer(checkpointer)
        allowlist = _compile.collect_serde_allowlist(self)
        if allowlist is not None:
            from langgraph_rust._internal._serde import apply_checkpointer_allowlist

            checkpointer = apply_checkpointer_allowlist(checkpointer, allowlist)
        before, after = interrupt_before or [], interrupt_after or []
        # With "*" after each node nothing is named: the check of the compiled graph sees the rest.
        named = [] if after == "*" else [*(() if before == "*" else before), *after]
        self.validate(interrupt=named)
        _compile.apply_defaults(self)
        compiled = _compiled.CompiledStateGraph(
            builder=self,
            schema_to_mapper={},
            context_schema=self.context_schema,
            nodes={},
            channels=_compile.gather_channels(self),
            input_channels=START,
            stream_mode="updates",
            output_channels=_compile.name_channels(self.schemas[self.output_schema]),
            stream_channels=_compile.name_channels(self.channels),
            checkpointer=checkpointer,
            interrupt_before_nodes=before,
            interrupt_after_nodes=after,
            auto_validate=False,
            debug=debug,
            store=store,
            cache=cache,
            node_error_handler_map=_compile.map_error_handlers(self),
            name=name or "LangGraph",
            stream_transformers=transformers,
        )
        compiled._serde_allowlist = allowlist
        _compile.attach_all(self, compiled)
        return compiled.validate()


if not TYPE_CHECKING:
    __getattr__ = find_elsewhere(
        __name__,
        {
            "langchain_core.runnables": "Runnable RunnableConfig",
            "langgraph_rust._internal._constants": "INTERRUPT NS_END NS_SEP TASKS",
            "langgraph_rust._internal._fields": (
                "get_cached_annotated_keys get_field_default get_update_as_tuples"
            ),
            "langgraph_rust._internal._pydantic": "create_model",
            "langgraph_rust._internal._timeout": "coerce_timeout_policy",
            "langgraph_rust._internal._typing": "MISSING DeprecatedKwargs",
            "langgraph_rust.cache.base": "BaseCache",
            "langgraph_rust.channels.base": "BaseChannel",
            "langgraph_rust.channels.binop": "BinaryOperatorAggregate",
            "langgraph_rust.channels.delta": "DeltaChannel",
            "langgraph_rust.channels.ephemeral_value": "EphemeralValue",
            "langgraph_rust.channels.last_value": "LastValueAfterFinish",
            "langgraph_rust.channels.named_barrier_value": (
                "NamedBarrierValue NamedBarrierValueAfterFinish"
            ),
            "langgraph_rust.checkpoint.base": "Checkpoint",
            "langgraph_rust.constants": "END TAG_HIDDEN",
            "langgraph_rust.errors": (
                "ErrorCode InvalidUpdateError ParentCommand create_error_message"
            ),
            "langgraph_rust.graph._branch": "BranchSpec",
            "langgraph_rust.graph._compile": "_DEFAULT_ERROR_HANDLER_NODE",
            "langgraph_rust.graph._compiled": "CompiledStateGraph _pick_mapper",
            "langgraph_rust.graph._json_schema": "_get_json_schema",
            "langgraph_rust.graph._node": "StateNode",
            "langgraph_rust.managed.base": "ManagedValueSpec is_managed_value",
            "langgraph_rust.pregel": "Pregel",
            "langgraph_rust.pregel._read": "ChannelRead PregelNode",
            "langgraph_rust.pregel._write": "ChannelWrite ChannelWriteEntry ChannelWriteTupleEntry",
            "langgraph_rust.store.base": "BaseStore",
            "langgraph_rust.types": (
                "All CachePolicy Checkpointer Command RetryPolicy Send TimeoutPolicy TracePolicy "
                "ensure_valid_checkpointer"
            ),
            "langgraph_rust.typing": "NodeInputT",
            "langgraph_rust.warnings": "LangGraphDeprecatedSinceV05",
        },
    )
name_as_upstream(globals())
