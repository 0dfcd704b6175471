"""The compiled form of a state graph: its nodes, edges and branches as channels and writes."""

from __future__ import annotations

import sys
from typing import TYPE_CHECKING, Any, Callable, Generic, List, Optional, Sequence

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
    name_branch,
)
from langgraph_rust.managed.base import is_managed_value
from langgraph_rust.pregel import Pregel
from langgraph_rust.pregel._read import PregelNode
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
        writers: List[Any] = [self._write_updates(key, node)]
        if key == START:
            self.nodes[key] = PregelNode(
                tags=[TAG_HIDDEN], triggers=[START], channels=START, writers=writers
            )
            return
        if node is None:
            raise RuntimeError(f"Node `{key}` has no specification.")
        channels = list(self.builder.schemas[node.input_schema])
        branch_channel = name_branch(key)
        self.channels[branch_channel] = (
            LastValueAfterFinish(Any) if node.defer else EphemeralValue(Any, guard=False)
        )
        self.nodes[key] = PregelNode(
            triggers=[branch_channel],
            channels=ROOT if channels == [ROOT] else channels,
            mapper=self._map_schema(channels, node.input_schema),
            writers=writers,
            metadata=node.metadata,
            retry_policy=node.retry_policy,
            cache_policy=node.cache_policy,
            is_error_handler=node.is_error_handler,
            error_handler_node=node.error_handler_node,
            bound=node.runnable,
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
        if end == END:
            return
        if isinstance(starts, str):
            write = ChannelWriteEntry(name_branch(end), None)
            self.nodes[starts].writers.append(ChannelWrite((write,)))
            return
        channel = f"join:{'+'.join(starts)}:{end}"
        deferred = self.builder.nodes[end].defer
        barrier = NamedBarrierValueAfterFinish if deferred else NamedBarrierValue
        self.channels[channel] = barrier(str, set(starts))
        self.nodes[end].triggers.append(channel)
        for start in starts:
            self.nodes[start].writers.append(ChannelWrite((ChannelWriteEntry(channel, start),)))

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
