"""The compiled form of a state graph: its nodes, edges and branches as channels and writes."""

from __future__ import annotations

import sys
from typing import (
    TYPE_CHECKING,
    Any,
    Callable,
    Generic,
    Iterable,
    List,
    Mapping,
    Optional,
    Sequence,
    Tuple,
)

from langgraph_rust._internal._compat import name_as_upstream
from langgraph_rust.channels.ephemeral_value import EphemeralValue
from langgraph_rust.channels.last_value import LastValueAfterFinish
from langgraph_rust.channels.named_barrier_value import (
    NamedBarrierValue,
    NamedBarrierValueAfterFinish,
)
from langgraph_rust.constants import END, START, TAG_HIDDEN
from langgraph_rust.graph._write import (
    ROOT,
    RootUpdates,
    SchemaMapper,
    StateReader,
    StateUpdates,
    branch_writes,
    control_branch,
    declare_targets,
)
from langgraph_rust.managed.base import is_managed_value
from langgraph_rust.pregel import Pregel
from langgraph_rust.pregel._read import PregelNode, plain_node
from langgraph_rust.pregel._write import ChannelWrite, ChannelWriteEntry, ChannelWriteTupleEntry
from langgraph_rust.typing import ContextT, InputT, OutputT, StateT

if TYPE_CHECKING:
    from langchain_core.runnables import RunnableConfig

    from langgraph_rust.checkpoint.base import Checkpoint
    from langgraph_rust.graph._branch import BranchSpec
    from langgraph_rust.graph._node import StateNodeSpec
    from langgraph_rust.graph.state import StateGraph


def _pick_mapper(state_keys: Sequence[str], schema: Any) -> Optional[Callable[[Any], Any]]:
    """Choose how a dict of channels becomes the state a node expects; None leaves it a dict."""
    if state_keys == [ROOT] or not isinstance(schema, type):
        return None
    # A pydantic schema exists only if pydantic has been imported.
    pydantic = sys.modules.get("pydantic")
    if hasattr(schema, "__dataclass_fields__") or (
        pydantic is not None and issubclass(schema, pydantic.BaseModel)
    ):
        return SchemaMapper(schema)
    return None


def _says_more(node: StateNodeSpec[Any, Any]) -> bool:
    return (
        node.metadata is not None
        or node.retry_policy is not None
        or node.cache_policy is not None
        or node.timeout is not None
        or node.trace_policy is not None
        or node.error_handler_node is not None
        or node.is_error_handler
    )


class CompiledStateGraph(
    Pregel[StateT, ContextT, InputT, OutputT], Generic[StateT, ContextT, InputT, OutputT]
):
    """A state graph that runs; made by `StateGraph.compile`.

    Attributes:
        builder: The graph this was compiled from.
        schema_to_mapper: How to make an instance of each schema from its channels.
    """

    builder: StateGraph[StateT, ContextT, InputT, OutputT]
    schema_to_mapper: dict[type[Any], Callable[[Any], Any] | None]
    _output_mapper: Callable[[Any], Any] | None
    _state_mapper: Callable[[Any], Any] | None
    # the writer that all nodes without declared destinations share
    _plain_updates: ChannelWrite | None = None

    def __init__(
        self,
        *,
        builder: StateGraph[StateT, ContextT, InputT, OutputT],
        schema_to_mapper: dict[type[Any], Callable[[Any], Any] | None],
        **kwargs: Any,
    ) -> None:
        super().__init__(**kwargs)
        self.builder = builder
        self.schema_to_mapper = schema_to_mapper

    def __getitem__(self, name: str) -> PregelNode:
        """The node of this name; KeyError if there is none."""
        return self.nodes[name]

    def get_input_jsonschema(self, config: RunnableConfig | None = None) -> dict[str, Any]:
        """Describe what the graph takes, as JSON schema."""
        return self._describe(self.builder.input_schema, "Input")

    def get_output_jsonschema(self, config: RunnableConfig | None = None) -> dict[str, Any]:
        """Describe what the graph gives, as JSON schema."""
        return self._describe(self.builder.output_schema, "Output")

    def _describe(self, schema: Any, suffix: str) -> dict[str, Any]:
        from langgraph_rust.graph._json_schema import _get_json_schema

        return _get_json_schema(
            typ=schema,
            schemas=self.builder.schemas,
            channels=self.builder.channels,
            name=self.get_name(suffix),
        )

    def attach_node(self, key: str, node: StateNodeSpec[Any, ContextT] | None) -> None:
        """Add a node, with what maps its return value to writes.

        Args:
            key: The node's name.
            node: The node; only START has none.
        """
        if key == START:
            self.nodes[key] = PregelNode(
                tags=[TAG_HIDDEN],
                triggers=[START],
                channels=START,
                writers=[self._write_updates(key, node)],
            )
            return
        if node is None:
            raise RuntimeError(f"Node `{key}` has no specification.")
        self._attach_nodes({key: node})

    def _attach_nodes(self, specs: Mapping[str, StateNodeSpec[Any, ContextT]]) -> None:
        # One loop, since most nodes of a graph differ from the one before in little.
        nodes, channels, schemas = self.nodes, self.channels, self.builder.schemas
        schema: Any = self
        reads: List[str] = []
        mapper: Any = None
        plain: Any = None
        for key, node in specs.items():
            if node.input_schema is not schema:
                schema = node.input_schema
                reads = list(schemas[schema])
                mapper = self._map_schema(reads, schema)
            trigger = f"branch:to:{key}"
            channels[trigger] = (
                LastValueAfterFinish(Any) if node.defer else EphemeralValue(Any, False)
            )
            if node.ends or plain is None:
                updates = self._write_updates(key, node)
                plain = self._plain_updates
            else:
                updates = plain
            nodes[key] = made = plain_node(
                ROOT if reads == [ROOT] else reads.copy(), [trigger], [updates], node.runnable
            )
            if mapper is not None or _says_more(node):
                made._complete(
                    mapper=mapper,
                    metadata=node.metadata,
                    retry_policy=node.retry_policy,
                    cache_policy=node.cache_policy,
                    is_error_handler=node.is_error_handler,
                    error_handler_node=node.error_handler_node,
                    timeout=node.timeout,
                    trace_policy=node.trace_policy,
                )

    def _write_updates(self, key: str, node: StateNodeSpec[Any, Any] | None) -> ChannelWrite:
        builder = self.builder
        ends = None if node is None else node.ends
        if key != START and not ends and self._plain_updates is not None:
            return self._plain_updates
        static = None if ends is None else declare_targets(ends)
        if key == START:
            fields = builder.schemas[builder.input_schema]
            keys = [name for name, field in fields.items() if not is_managed_value(field)]
        else:
            keys = [*builder.channels, *builder.managed]
        updates = ChannelWrite(
            (
                ChannelWriteTupleEntry(
                    mapper=RootUpdates() if keys == [ROOT] else StateUpdates(keys)
                ),
                ChannelWriteTupleEntry(mapper=control_branch, static=static),
            )
        )
        if key != START and not ends:
            self._plain_updates = updates
        return updates

    def _map_schema(self, channels: List[str], schema: Any) -> Optional[Callable[[Any], Any]]:
        # One mapper a schema: nodes that share it can share the state that was made for one.
        mappers = self.schema_to_mapper
        if schema not in mappers:
            mappers[schema] = _pick_mapper(channels, schema)
        return mappers[schema]

    def attach_edge(self, starts: str | Sequence[str], end: str) -> None:
        """Add an edge.

        Args:
            starts: The node it starts from, or several that must all have run.
            end: The node it leads to; END needs no edge.
        """
        if isinstance(starts, str):
            self._attach_edges(((starts, end),))
            return
        if end == END:
            return
        channel = f"join:{'+'.join(starts)}:{end}"
        deferred = self.builder.nodes[end].defer
        barrier = NamedBarrierValueAfterFinish if deferred else NamedBarrierValue
        self.channels[channel] = barrier(str, set(starts))
        self.nodes[end].triggers.append(channel)
        for start in starts:
            self.nodes[start].writers.append(ChannelWrite((ChannelWriteEntry(channel, start),)))

    def _attach_edges(self, edges: Iterable[Tuple[str, str]]) -> None:
        nodes = self.nodes
        for start, end in edges:
            if end != END:
                write = ChannelWriteEntry(f"branch:to:{end}", None)
                nodes[start].writers.append(ChannelWrite((write,)))

    def attach_branch(
        self, start: str, name: str, branch: BranchSpec, *, with_reader: bool = True
    ) -> None:
        """Add a branch.

        Args:
            start: The node it starts from.
            name: The branch's name among those of the node.
            branch: Its path and destinations.
            with_reader: Whether the path is given the state, or what the node returned.
        """
        reader = None
        if with_reader:
            schema = branch.input_schema
            if not schema:
                spec = self.builder.nodes.get(start)
                schema = self.builder.state_schema if spec is None else spec.input_schema
            channels = list(self.builder.schemas[schema])
            reader = StateReader(
                ROOT if channels == [ROOT] else channels,
                fresh=True,
                mapper=self._map_schema(channels, schema),
            )
        self.nodes[start].writers.append(branch.run(branch_writes, reader))

    def _migrate_checkpoint(self, checkpoint: Checkpoint) -> None:
        """Bring a checkpoint of an older layout up to date, in place."""
        from langgraph_rust.graph._migrate import migrate_checkpoint

        super()._migrate_checkpoint(checkpoint)
        migrate_checkpoint(checkpoint, self.nodes, self.builder.edges)


# as if it were made there, where its users find it
name_as_upstream(globals(), "graph.state")
