"""A checkpoint saver that keeps everything in memory."""

from __future__ import annotations

from langgraph_rust.checkpoint.base import (
    WRITES_IDX_MAP,
    BaseCheckpointSaver,
    ChannelVersions,
    Checkpoint,
    CheckpointMetadata,
    CheckpointTuple,
    DeltaChannelHistory,
    PendingWrite,
    SerializerProtocol,
    get_checkpoint_id,
    get_checkpoint_metadata,
    writes_sort_key,
)
from langgraph_rust.checkpoint.memory._persistent import PersistentDict as PersistentDict
from langgraph_rust.checkpoint.memory._saver import InMemorySaver as InMemorySaver

MemorySaver = InMemorySaver
