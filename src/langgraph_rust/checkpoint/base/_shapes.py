"""What a checkpoint is made of."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Dict, List, Literal, NamedTuple, Tuple, TypedDict, Union

from langgraph_rust._internal._home import pickled_at_home, settle

if TYPE_CHECKING:
    from langchain_core.runnables import RunnableConfig

# (task id, channel, value)
PendingWrite = Tuple[str, str, Any]

# channel -> version
ChannelVersions = Dict[str, Union[str, int, float]]


class CheckpointMetadata(TypedDict, total=False):
    """What is known about a checkpoint beside the state itself; keys may be added over time."""

    source: Literal["input", "loop", "update", "fork"]
    """What made it: a run's input, a superstep, an update by hand, or a copy of another one."""
    step: int
    """The superstep: -1 for a first input, 0 for the first superstep, then counting up."""
    parents: Dict[str, str]
    """Namespace to the id of the parent checkpoint there."""
    run_id: str
    """The run that made it."""
    counters_since_delta_snapshot: Dict[str, Tuple[int, int]]
    """Per delta channel, since its last snapshot: supersteps that wrote to it, supersteps in all.

    Beta. Absent if there are no delta channels; JSON makes lists of the pairs.
    """


class Checkpoint(TypedDict):
    """The state at a barrier."""

    v: int
    """The version of the format."""
    id: str
    """Unique, and greater than the ids made before it."""
    ts: str
    """When it was made, in ISO 8601."""
    channel_values: Dict[str, Any]
    """Channel to its stored value."""
    channel_versions: ChannelVersions
    """Channel to its version, which grows with every change."""
    versions_seen: Dict[str, ChannelVersions]
    """Node to the versions of the channels it has already reacted to."""
    updated_channels: Union[List[str], None]
    """The channels whose value changed at this barrier."""


@pickled_at_home
class CheckpointTuple(NamedTuple):
    """A checkpoint, the config that names it, its metadata, its parent's config, its writes."""

    config: RunnableConfig
    checkpoint: Checkpoint
    metadata: CheckpointMetadata
    parent_config: RunnableConfig | None = None
    pending_writes: list[PendingWrite] | None = None


class _DeltaWrites(TypedDict):
    writes: List[PendingWrite]


class DeltaChannelHistory(_DeltaWrites, total=False):
    """What rebuilds one channel's value at a checkpoint: a stored value and the writes since. Beta.

    `writes` are of this channel alone, oldest first, within one checkpoint in the order of
    `writes_sort_key`; those of the checkpoint itself are not among them. `seed` is the value
    stored at the nearest ancestor that has one; there is no such key if none has, and the
    channel then starts empty.
    """

    seed: Any


settle(
    "langgraph.checkpoint.base",
    CheckpointMetadata,
    Checkpoint,
    CheckpointTuple,
    DeltaChannelHistory,
)
