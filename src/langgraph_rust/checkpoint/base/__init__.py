"""What a checkpoint is, and what keeps one."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from langgraph_rust.checkpoint.base._allowlist import _with_msgpack_allowlist
from langgraph_rust.checkpoint.base._errors import EmptyChannelError as EmptyChannelError
from langgraph_rust.checkpoint.base._make import (
    LATEST_VERSION as LATEST_VERSION,
)
from langgraph_rust.checkpoint.base._make import (
    copy_checkpoint as copy_checkpoint,
)
from langgraph_rust.checkpoint.base._make import (
    create_checkpoint as create_checkpoint,
)
from langgraph_rust.checkpoint.base._make import (
    empty_checkpoint as empty_checkpoint,
)
from langgraph_rust.checkpoint.base._metadata import (
    EXCLUDED_METADATA_KEYS as EXCLUDED_METADATA_KEYS,
)
from langgraph_rust.checkpoint.base._metadata import (
    WRITES_IDX_MAP as WRITES_IDX_MAP,
)
from langgraph_rust.checkpoint.base._metadata import (
    get_checkpoint_id as get_checkpoint_id,
)
from langgraph_rust.checkpoint.base._metadata import (
    get_checkpoint_metadata as get_checkpoint_metadata,
)
from langgraph_rust.checkpoint.base._metadata import (
    get_serializable_checkpoint_metadata as get_serializable_checkpoint_metadata,
)
from langgraph_rust.checkpoint.base._metadata import (
    writes_sort_key as writes_sort_key,
)
from langgraph_rust.checkpoint.base._saver import BaseCheckpointSaver as BaseCheckpointSaver
from langgraph_rust.checkpoint.base._saver import V as V
from langgraph_rust.checkpoint.base._shapes import (
    ChannelVersions as ChannelVersions,
)
from langgraph_rust.checkpoint.base._shapes import (
    Checkpoint as Checkpoint,
)
from langgraph_rust.checkpoint.base._shapes import (
    CheckpointMetadata as CheckpointMetadata,
)
from langgraph_rust.checkpoint.base._shapes import (
    CheckpointTuple as CheckpointTuple,
)
from langgraph_rust.checkpoint.base._shapes import (
    DeltaChannelHistory as DeltaChannelHistory,
)
from langgraph_rust.checkpoint.base._shapes import (
    PendingWrite as PendingWrite,
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

if not TYPE_CHECKING:

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
