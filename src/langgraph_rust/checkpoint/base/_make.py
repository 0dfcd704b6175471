"""Makes and copies checkpoints."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Mapping

from langgraph_rust._internal._home import settle
from langgraph_rust.checkpoint.base._errors import EmptyChannelError
from langgraph_rust.checkpoint.base._ids import draw_checkpoint_id

if TYPE_CHECKING:
    from langgraph_rust.checkpoint.base._shapes import Checkpoint
    from langgraph_rust.checkpoint.serde.types import ChannelProtocol

# The version of the format that this module's functions make; a graph makes a later one itself.
LATEST_VERSION = 2


def _now() -> str:
    from datetime import datetime, timezone

    return datetime.now(timezone.utc).isoformat()


def copy_checkpoint(checkpoint: Checkpoint) -> Checkpoint:
    """Return a copy whose dicts are its own; the channels' values are shared."""
    return {  # type: ignore[typeddict-unknown-key]
        "v": checkpoint["v"],
        "ts": checkpoint["ts"],
        "id": checkpoint["id"],
        "channel_values": checkpoint["channel_values"].copy(),
        "channel_versions": checkpoint["channel_versions"].copy(),
        "versions_seen": {node: seen.copy() for node, seen in checkpoint["versions_seen"].items()},
        "pending_sends": checkpoint.get("pending_sends", []).copy(),
        "updated_channels": checkpoint.get("updated_channels", None),
    }


def empty_checkpoint() -> Checkpoint:
    """Return the checkpoint before any input."""
    return {  # type: ignore[typeddict-unknown-key]
        "v": LATEST_VERSION,
        "id": draw_checkpoint_id(-2),
        "ts": _now(),
        "channel_values": {},
        "channel_versions": {},
        "versions_seen": {},
        "pending_sends": [],
        "updated_channels": None,
    }


def create_checkpoint(
    checkpoint: Checkpoint,
    channels: Mapping[str, ChannelProtocol] | None,
    step: int,
    *,
    id: str | None = None,
) -> Checkpoint:
    """Return the checkpoint that follows `checkpoint` at superstep `step`.

    Args:
        checkpoint: The one before; its versions are taken over, not copied.
        channels: Where the values come from, for channels that have a version and a value;
            None takes the values over too.
        step: The superstep's number.
        id: The new checkpoint's id; a new one if not given.
    """
    return {  # type: ignore[typeddict-unknown-key]
        "v": LATEST_VERSION,
        "ts": _now(),
        "id": id or draw_checkpoint_id(step),
        "channel_values": checkpoint["channel_values"]
        if channels is None
        else _values(checkpoint, channels),
        "channel_versions": checkpoint["channel_versions"],
        "versions_seen": checkpoint["versions_seen"],
        "pending_sends": checkpoint.get("pending_sends", []),
        "updated_channels": None,
    }


def _values(checkpoint: Checkpoint, channels: Mapping[str, ChannelProtocol]) -> dict[str, Any]:
    values = {}
    for name, channel in channels.items():
        if name not in checkpoint["channel_versions"]:
            continue
        try:
            values[name] = channel.checkpoint()
        except EmptyChannelError:
            pass
    return values


settle("langgraph.checkpoint.base", copy_checkpoint, empty_checkpoint, create_checkpoint)
