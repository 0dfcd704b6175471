"""What a checkpoint is, and what keeps one."""

from __future__ import annotations

from typing import Any

from langgraph_rust.checkpoint.base._allowlist import _with_msgpack_allowlist
from langgraph_rust.checkpoint.base._errors import EmptyChannelError
from langgraph_rust.checkpoint.base._make import (
    LATEST_VERSION,
    copy_checkpoint,
    create_checkpoint,
    empty_checkpoint,
)
from langgraph_rust.checkpoint.base._metadata import (
    EXCLUDED_METADATA_KEYS,
    WRITES_IDX_MAP,
    get_checkpoint_id,
    get_checkpoint_metadata,
    get_serializable_checkpoint_metadata,
    writes_sort_key,
)
from langgraph_rust.checkpoint.base._saver import BaseCheckpointSaver, V
from langgraph_rust.checkpoint.base._shapes import (
    ChannelVersions,
    Checkpoint,
    CheckpointMetadata,
    CheckpointTuple,
    DeltaChannelHistory,
    PendingWrite,
)
from langgraph_rust.checkpoint.serde.base import SerializerProtocol, maybe_add_typed_methods
from langgraph_rust.checkpoint.serde.jsonplus import JsonPlusSerializer
from langgraph_rust.checkpoint.serde.types import (
    ERROR,
    INTERRUPT,
    RESUME,
    SCHEDULED,
    ChannelProtocol,
)


def __getattr__(name: str) -> Any:
    # Slow to import, and rarely asked for here.
    if name == "uuid6":
        from langgraph_rust.checkpoint.base.id import uuid6

        return uuid6
    if name == "EncryptedSerializer":
        from langgraph_rust.checkpoint.serde.encrypted import EncryptedSerializer

        return EncryptedSerializer
    if name == "logger":
        from langgraph_rust.checkpoint.base._allowlist import find_logger

        return find_logger()
    if name == "RunnableConfig":
        from langchain_core.runnables import RunnableConfig

        return RunnableConfig
    raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
