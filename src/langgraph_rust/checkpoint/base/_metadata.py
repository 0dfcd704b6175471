"""The metadata stored with a checkpoint, and the numbering of writes."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from langgraph_rust._internal._home import settle
from langgraph_rust.checkpoint.serde.types import ERROR, INTERRUPT, RESUME, SCHEDULED

if TYPE_CHECKING:
    from langchain_core.runnables import RunnableConfig

    from langgraph_rust.checkpoint.base._shapes import CheckpointMetadata

# A task's writes are numbered from 0; the special ones have numbers of their own below, so that
# a later one takes the place of the earlier, and none that of an ordinary write.
WRITES_IDX_MAP = {ERROR: -1, SCHEDULED: -2, INTERRUPT: -3, RESUME: -4}

EXCLUDED_METADATA_KEYS = {
    "thread_id",
    "checkpoint_id",
    "checkpoint_ns",
    "checkpoint_map",
    "langgraph_step",
    "langgraph_node",
    "langgraph_triggers",
    "langgraph_path",
    "langgraph_checkpoint_ns",
}


def writes_sort_key(task_path: str, task_id: str = "", idx: int = 0) -> tuple[str, str, int]:
    """The place of a write among those of its superstep, as a run applies them.

    Stored writes must be replayed in this order, or a reducer that minds the order builds
    another value than the run did. `task_path` is the one given to `put_writes`.
    """
    return (task_path, task_id, idx)


def get_checkpoint_id(config: RunnableConfig) -> str | None:
    """Return the id of the checkpoint that the config names, if it names one."""
    return config["configurable"].get("checkpoint_id")


def get_checkpoint_metadata(
    config: RunnableConfig, metadata: CheckpointMetadata
) -> CheckpointMetadata:
    """Return the metadata with what the config adds: plain values of its metadata and configurable.

    Strings lose their NUL characters, which some databases refuse.
    """
    merged: dict[str, Any] = dict(metadata)
    for key, value in metadata.items():
        if isinstance(value, str) and "\x00" in value:
            merged[key] = value.replace("\x00", "")
    for source in (config.get("metadata"), config.get("configurable")):
        for key, value in (source or {}).items():
            if key in merged or key in EXCLUDED_METADATA_KEYS or key.startswith("__"):
                continue
            if isinstance(value, str):
                merged[key] = value.replace("\x00", "")
            elif isinstance(value, (int, float)):
                merged[key] = value
    return merged  # type: ignore[return-value]


def get_serializable_checkpoint_metadata(
    config: RunnableConfig, metadata: CheckpointMetadata
) -> CheckpointMetadata:
    """Like `get_checkpoint_metadata`, without the `writes` that older versions kept there."""
    merged: Any = get_checkpoint_metadata(config, metadata)
    merged.pop("writes", None)
    return merged


settle(
    "langgraph.checkpoint.base",
    writes_sort_key,
    get_checkpoint_id,
    get_checkpoint_metadata,
    get_serializable_checkpoint_metadata,
)
