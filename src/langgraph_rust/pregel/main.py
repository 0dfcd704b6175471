"""`Pregel`: nodes on channels, run superstep by superstep.

The class holds a graph's parts and its public methods. What a method does stands in the module of
its concept: `_runs`, `_state` and `_update` (threads), `_events`, `_schemas`, `_subgraphs`,
`_caching`.
"""

from __future__ import annotations

import sys
import warnings
from typing import (
    TYPE_CHECKING,
    Any,
    Callable,
    Dict,
    Generic,
    Mapping,
    Sequence,
    cast,
)

from langgraph_rust._internal._config import merge_configs, patch_configurable
from langgraph_rust._internal._constants import (
    CONF,
    CONFIG_KEY_CACHE,
    CONFIG_KEY_CHECKPOINT_NS,
    CONFIG_KEY_CHECKPOINTER,
    CONFIG_KEY_DURABILITY,
    CONFIG_KEY_RUNTIME,
    NS_END,
    NS_SEP,
    TASKS,
)
from langgraph_rust._internal._typing import MISSING
from langgraph_rust.channels.base import BaseChannel
from langgraph_rust.channels.topic import Topic
from langgraph_rust.pregel import _runs
from langgraph_rust.pregel._adopt import Late, adopt
from langgraph_rust.pregel._builder import NodeBuilder
from langgraph_rust.pregel._built import PARTS, Built
from langgraph_rust.pregel._parts import Parts
from langgraph_rust.pregel._read import PregelNode
from langgraph_rust.pregel._utils import validate_timeout_supported
from langgraph_rust.pregel._validate import validate_graph, validate_keys
from langgraph_rust.pregel.protocol import PregelProtocol
from langgraph_rust.types import RetryPolicy, Send, ensure_valid_checkpointer
from langgraph_rust.typing import ContextT, InputT, OutputT, StateT
from langgraph_rust.warnings import LangGraphDeprecatedSinceV10

if TYPE_CHECKING:
    from langchain_core.runnables import RunnableConfig
    from typing_extensions import Self, Unpack

    from langgraph_rust._internal._typing import DeprecatedKwargs
    from langgraph_rust.cache.base import BaseCache
    from langgraph_rust.checkpoint.base import BaseCheckpointSaver, Checkpoint
    from langgraph_rust.managed.base import ManagedValueSpec
    from langgraph_rust.pregel._signatures import Pregel as PregelMethods
    from langgraph_rust.store.base import BaseStore
    from langgraph_rust.types import All, CachePolicy, Checkpointer, Durability, StreamMode
else:
    PregelMethods = PregelProtocol

# Where methods are that many programs never call; imported at the first call.
_CACHING, _EVENTS, _SCHEMAS, _STATE, _SUBGRAPHS, _UPDATE = (
    f"langgraph_rust.pregel.{name}"
    for name in ("_caching", "_events", "_schemas", "_state", "_subgraphs", "_update")
)

__all__ = ("NodeBuilder", "Pregel")


class Pregel(
    PregelMethods[StateT, ContextT, InputT, OutputT], Generic[StateT, ContextT, InputT, OutputT]
):
    """A graph that runs: nodes that read and write channels.

    A run goes in supersteps. In each, the nodes whose trigger channels have a new value run at the
    same time, none of them seeing what the others write; then all writes are applied at once. The
    run ends when nothing is triggered.

    Example:
        >>> from langgraph_rust.channels import EphemeralValue, LastValue
        >>> node = NodeBuilder().subscribe_only("a").do(lambda text: text * 2).write_to("b")
        >>> graph = Pregel(
        ...     nodes={"double": node},
        ...     channels={"a": EphemeralValue(str), "b": LastValue(str)},
        ...     input_channels=["a"],
        ...     output_channels=["b"],
        ... )
        >>> graph.invoke({"a": "ho"})
        {'b': 'hoho'}
    """

    __module__ = "langgraph.pregel.main"

    nodes: dict[str, PregelNode]
    """The nodes, by name."""
    channels: dict[str, BaseChannel | ManagedValueSpec]
    """The channels and managed values, by name."""
    stream_mode: StreamMode = "values"
    """What `stream` emits when it is not told."""
    stream_eager: bool = False
    """Whether chunks are emitted as they come, not at the end of each task."""
    output_channels: str | Sequence[str]
    """What a run returns."""
    stream_channels: str | Sequence[str] | None = None
    """What `values` and `updates` show; None is every channel."""
    interrupt_after_nodes: All | Sequence[str]
    """Nodes after which a run pauses."""
    interrupt_before_nodes: All | Sequence[str]
    """Nodes before which a run pauses."""
    input_channels: str | Sequence[str]
    """What an input is written to."""
    step_timeout: float | None = None
    """Limit of one superstep, in seconds."""
    debug: bool
    """Whether runs print their updates and values."""
    checkpointer: Checkpointer = None
    """Where threads are kept. True takes the parent graph's, False takes none."""
    store: BaseStore | None = None
    """Memory shared by all threads."""
    cache: BaseCache | None = None
    """Where results of nodes with a cache policy are kept."""
    retry_policy: Sequence[RetryPolicy] = ()
    """Retry policies of nodes that have none."""
    cache_policy: CachePolicy | None = None
    """Cache policy of nodes that have none."""
    context_schema: type[ContextT] | None = None
    """Type of the `context` of a run."""
    config: RunnableConfig | None = None
    """The config every run starts from."""
    name: str = "LangGraph"
    """Name of the runs."""
    trigger_to_nodes: Mapping[str, Sequence[str]]
    """Per channel the nodes it triggers; made by `validate`."""
    node_error_handler_map: Mapping[str, str]
    """Per node the node that handles its failure."""

    _built: Built | None = None
    _output_mapper: Callable[[Any], Any] | None = None
    _state_mapper: Callable[[Any], Any] | None = None

    def __init__(
        self,
        *,
        nodes: dict[str, PregelNode | NodeBuilder],
        channels: dict[str, BaseChannel | ManagedValueSpec] | None,
        auto_validate: bool = True,
        stream_mode: StreamMode = "values",
        stream_eager: bool = False,
        output_channels: str | Sequence[str],
        stream_channels: str | Sequence[str] | None = None,
        interrupt_after_nodes: All | Sequence[str] = (),
        interrupt_before_nodes: All | Sequence[str] = (),
        input_channels: str | Sequence[str],
        step_timeout: float | None = None,
        debug: bool | None = None,
        checkpointer: Checkpointer = None,
        store: BaseStore | None = None,
        cache: BaseCache | None = None,
        retry_policy: RetryPolicy | Sequence[RetryPolicy] = (),
        cache_policy: CachePolicy | None = None,
        context_schema: type[ContextT] | None = None,
        config: RunnableConfig | None = None,
        trigger_to_nodes: Mapping[str, Sequence[str]] | None = None,
        node_error_handler_map: Mapping[str, str] | None = None,
        name: str = "LangGraph",
        stream_transformers: Sequence[Callable[[tuple[str, ...]], Any]] | None = None,
        **deprecated_kwargs: Unpack[DeprecatedKwargs],
    ) -> None:
        config_type = deprecated_kwargs.get("config_type", MISSING)
        if config_type is not MISSING:
            warnings.warn(
                "`config_type` is deprecated and will be removed. "
                "Please use `context_schema` instead.",
                category=LangGraphDeprecatedSinceV10,
                stacklevel=2,
            )
            context_schema = (
                cast("type[ContextT]", config_type) if context_schema is None else context_schema
            )
        self.checkpointer = ensure_valid_checkpointer(checkpointer)
        self.nodes = Parts(
            {k: v.build() if isinstance(v, NodeBuilder) else v for k, v in nodes.items()}
        )
        self.channels = _with_tasks(channels or {})
        self.stream_mode = stream_mode
        self.stream_eager = stream_eager
        self.output_channels = output_channels
        self.stream_channels = stream_channels
        self.interrupt_after_nodes = interrupt_after_nodes
        self.interrupt_before_nodes = interrupt_before_nodes
        self.input_channels = input_channels
        self.step_timeout = step_timeout
        self.debug = debug if debug is not None else _langchain_debug()
        self.store = store
        self.cache = cache
        self.retry_policy = (
            (retry_policy,) if isinstance(retry_policy, RetryPolicy) else retry_policy
        )
        self.cache_policy = cache_policy
        self.context_schema = context_schema
        self.config = config
        self.trigger_to_nodes = trigger_to_nodes or {}
        self.node_error_handler_map = node_error_handler_map or {}
        self.name = name
        self.stream_transformers: tuple[Callable[[tuple[str, ...]], Any], ...] = tuple(
            stream_transformers or ()
        )
        self._serde_allowlist: set[tuple[str, ...]] | None = None
        if auto_validate:
            self.validate()

    def __setattr__(self, name: str, value: Any) -> None:
        if name in PARTS:
            self.__dict__.pop("_built", None)
        super().__setattr__(name, value)

    def _compiled(self) -> Any:
        """Return the engine's form of this graph, made on first use and again after a change."""
        return self._build().graph

    def _build(self) -> Built:
        """Return the compiled form with what else follows from the graph's parts."""
        built = self._built
        if built is None or not built.fits(self):
            built = self._built = Built(self)
        return built

    def validate(self) -> Self:
        """Check the graph and index its triggers; return it.

        Raises:
            ValueError: a name is reserved or unknown, or a sync node has a timeout.
        """
        for name, node in self.nodes.items():
            if getattr(node, "timeout", None) is not None:
                validate_timeout_supported(node.node or node.bound, name=name)
        channels: dict[str, Any] = self.channels
        managed = _managed_of(channels)
        if managed:
            channels = {k: v for k, v in channels.items() if k not in managed}
        self.trigger_to_nodes = validate_graph(
            self.nodes,
            channels,
            managed,
            self.input_channels,
            self.output_channels,
            self.stream_channels,
            self.interrupt_after_nodes,
            self.interrupt_before_nodes,
        )
        return self

    def copy(self, update: dict[str, Any] | None = None) -> Self:
        """Return a new graph with the attributes in `update` replaced."""
        kept = {
            name: value
            for name, value in self.__dict__.items()
            if name not in ("__orig_class__", "_built")
        }
        return self.__class__(**{**kept, **(update or {})})

    def with_config(self, config: RunnableConfig | None = None, **kwargs: Any) -> Self:
        """Return a copy whose runs start from `config`, merged over the present one."""
        return self.copy(
            {"config": merge_configs(self.config, config, cast("RunnableConfig", kwargs))}
        )

    def _repr_mimebundle_(self, **kwargs: Any) -> dict[str, Any]:
        """Show the graph as a picture in a notebook."""
        return {"text/plain": repr(self), "image/png": self.get_graph().draw_mermaid_png()}

    @property
    def stream_channels_list(self) -> Sequence[str]:
        """The channels that are streamed, as a list."""
        channels = self.stream_channels_asis
        return [channels] if isinstance(channels, str) else channels

    @property
    def stream_channels_asis(self) -> str | Sequence[str]:
        """The channels that are streamed: one name, or several."""
        return self.stream_channels or [
            k for k, v in self.channels.items() if isinstance(v, BaseChannel)
        ]

    def _resolve_checkpointer(self, config: RunnableConfig) -> BaseCheckpointSaver | None:
        """Return the saver of a run with `config`.

        Raises:
            RuntimeError: the graph takes its parent's and there is no parent.
        """
        if self.checkpointer is False:
            return None
        checkpointer = config.get(CONF, {}).get(CONFIG_KEY_CHECKPOINTER, MISSING)
        if checkpointer is MISSING:
            if self.checkpointer is True:
                raise RuntimeError("checkpointer=True cannot be used for root graphs.")
            checkpointer = self.checkpointer
        if checkpointer is None:
            return None
        from langgraph_rust.checkpoint.base._saver import is_saver

        if is_saver(checkpointer):
            return self._apply_checkpointer_allowlist(checkpointer)
        return checkpointer

    def _apply_checkpointer_allowlist(
        self, checkpointer: BaseCheckpointSaver | None
    ) -> BaseCheckpointSaver | None:
        from langgraph_rust._internal import _serde

        if not _serde.STRICT_MSGPACK_ENABLED:
            return checkpointer
        return _serde.apply_checkpointer_allowlist(checkpointer, self._serde_allowlist)

    def _own_checkpoint_config(self, config: RunnableConfig) -> RunnableConfig:
        """Return `config` with the namespace this graph keeps its state under.

        A subgraph with `checkpointer=True` keeps one state over all calls, so its namespace has no
        task ids.
        """
        if self.checkpointer is not True:
            return config
        parts = config[CONF].get(CONFIG_KEY_CHECKPOINT_NS, "").split(NS_SEP)
        return patch_configurable(
            config, {CONFIG_KEY_CHECKPOINT_NS: NS_SEP.join(part.split(NS_END)[0] for part in parts)}
        )

    def _migrate_checkpoint(self, checkpoint: Checkpoint) -> None:
        """Bring a checkpoint of an older format to the present one, in place."""
        if checkpoint["v"] < 4 and checkpoint.get("pending_sends"):
            sends = cast(Dict[str, Any], checkpoint).pop("pending_sends")
            checkpoint["channel_values"][TASKS] = sends
            checkpoint["channel_versions"][TASKS] = max(checkpoint["channel_versions"].values())

    def _defaults(
        self,
        config: RunnableConfig,
        *,
        stream_mode: StreamMode | Sequence[StreamMode],
        print_mode: StreamMode | Sequence[StreamMode],
        output_keys: str | Sequence[str] | None,
        interrupt_before: All | Sequence[str] | None,
        interrupt_after: All | Sequence[str] | None,
        durability: Durability | None = None,
    ) -> tuple[
        set[StreamMode],
        str | Sequence[str],
        All | Sequence[str],
        All | Sequence[str],
        BaseCheckpointSaver | None,
        BaseStore | None,
        BaseCache | None,
        Durability,
    ]:
        """Fill in what a run was not told, from its config and the graph."""
        if config["recursion_limit"] < 1:
            raise ValueError("recursion_limit must be at least 1")
        if output_keys is None:
            output_keys = self.stream_channels or self._build().stream_channels
        else:
            validate_keys(output_keys, self.channels)
        modes: set[StreamMode] = set()
        for asked in (stream_mode, print_mode):
            modes.update((asked,) if isinstance(asked, str) else asked)
        conf = config.get(CONF) or {}
        checkpointer = self._resolve_checkpointer(config)
        if checkpointer and not conf:
            raise ValueError(
                "Checkpointer requires one or more of the following 'configurable' keys: "
                "thread_id, checkpoint_ns, checkpoint_id"
            )
        return (
            modes,
            output_keys,
            interrupt_before or self.interrupt_before_nodes,
            interrupt_after or self.interrupt_after_nodes,
            checkpointer,
            conf[CONFIG_KEY_RUNTIME].store if CONFIG_KEY_RUNTIME in conf else self.store,
            conf.get(CONFIG_KEY_CACHE, self.cache),
            durability or conf.get(CONFIG_KEY_DURABILITY, "async"),
        )

    if not TYPE_CHECKING:
        stream = _runs.stream
        astream = _runs.astream
        invoke = _runs.invoke
        ainvoke = _runs.ainvoke

        config_schema = Late(_SCHEMAS)
        get_config_jsonschema = Late(_SCHEMAS)
        get_context_jsonschema = Late(_SCHEMAS)
        InputType = Late(_SCHEMAS)
        get_input_schema = Late(_SCHEMAS)
        get_input_jsonschema = Late(_SCHEMAS)
        OutputType = Late(_SCHEMAS)
        get_output_schema = Late(_SCHEMAS)
        get_output_jsonschema = Late(_SCHEMAS)

        get_subgraphs = Late(_SUBGRAPHS)
        aget_subgraphs = Late(_SUBGRAPHS)
        _subgraph_for_namespace = Late(_SUBGRAPHS)
        get_graph = Late(_SUBGRAPHS)
        aget_graph = Late(_SUBGRAPHS)

        _state_checkpointer = Late(_STATE)
        get_state = Late(_STATE)
        aget_state = Late(_STATE)
        get_state_history = Late(_STATE)
        aget_state_history = Late(_STATE)
        _infer_as_node = Late(_UPDATE)
        bulk_update_state = Late(_UPDATE)
        abulk_update_state = Late(_UPDATE)
        update_state = Late(_UPDATE)
        aupdate_state = Late(_UPDATE)

        stream_events = Late(_EVENTS)
        astream_events = Late(_EVENTS)
        _pregel_stream_v3 = Late(_EVENTS)
        _apregel_stream_v3 = Late(_EVENTS)

        clear_cache = Late(_CACHING)
        aclear_cache = Late(_CACHING)


adopt(Pregel, __name__)


def _with_tasks(channels: dict[str, Any]) -> dict[str, Any]:
    """Add the channel of sends to `channels`, in place; return them."""
    tasks = channels.get(TASKS)
    if tasks is None:
        channels[TASKS] = Topic(Send, accumulate=False)
    elif not isinstance(tasks, Topic):
        raise ValueError(f"Channel '{TASKS}' is reserved and cannot be used in the graph.")
    return channels


def _managed_of(channels: dict[str, Any]) -> dict[str, Any]:
    """Return what is not a channel but a managed value."""
    kinds = {
        kind for kind in {type(v) for v in channels.values()} if not issubclass(kind, BaseChannel)
    }
    return {k: v for k, v in channels.items() if type(v) in kinds} if kinds else {}


def _langchain_debug() -> bool:
    # nobody can have turned it on before langchain-core was imported
    module = sys.modules.get("langchain_core.globals")
    return module.get_debug() if module else False


if not TYPE_CHECKING:

    def __getattr__(name: str) -> Any:
        if name == "__path__":  # asked for by every import from here
            raise AttributeError(name)
        from langgraph_rust._internal._elsewhere import find_elsewhere
        from langgraph_rust.pregel._passing import PASSING

        return find_elsewhere(__name__, PASSING)(name)
