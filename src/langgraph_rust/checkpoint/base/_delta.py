"""Walks up the ancestors of a checkpoint for the stored values and writes of some channels.

The walk is a generator: it yields the config of a checkpoint it needs and is sent the tuple
that was found, so one body serves savers that wait and savers that do not.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Generator, Mapping, Sequence

if TYPE_CHECKING:
    from langchain_core.runnables import RunnableConfig

    from langgraph_rust.checkpoint.base._shapes import (
        CheckpointTuple,
        DeltaChannelHistory,
        PendingWrite,
    )

Walk = Generator["RunnableConfig", "CheckpointTuple | None", Mapping[str, "DeltaChannelHistory"]]


class HistoryOfChannels:
    """Gathers, newest first, what rebuilds each channel; done with one as soon as it has a seed."""

    def __init__(self, channels: Sequence[str]) -> None:
        self._writes: dict[str, list[PendingWrite]] = {channel: [] for channel in channels}
        self._seeds: dict[str, Any] = {}
        self.open = set(channels)

    def add_writes(self, writes: Sequence[PendingWrite]) -> None:
        """Take up an ancestor's writes, given in the order they were applied."""
        for write in reversed(writes):
            if write[1] in self.open:
                self._writes[write[1]].append(write)

    def close(self, channel: str, seed: Any) -> None:
        """Take `seed` as the value that the channel's writes so far are applied to."""
        self._seeds[channel] = seed
        self.open.discard(channel)

    def collect(self) -> dict[str, DeltaChannelHistory]:
        """Return the history of every channel, oldest write first."""
        found: dict[str, DeltaChannelHistory] = {}
        for channel, writes in self._writes.items():
            found[channel] = {"writes": writes[::-1]}
            if channel in self._seeds:
                found[channel]["seed"] = self._seeds[channel]
        return found


def walk_delta_history(config: RunnableConfig, channels: Sequence[str]) -> Walk:
    """Yield configs to look up; return each channel's history above the checkpoint of `config`."""
    if not channels:
        return {}
    history = HistoryOfChannels(channels)
    target = yield config
    cursor = target.parent_config if target else None
    while cursor is not None and history.open:
        ancestor = yield cursor
        if ancestor is None:
            break
        # An ancestor's value is the one before its own writes: they belong to the walk.
        history.add_writes(ancestor.pending_writes or ())
        values = ancestor.checkpoint["channel_values"]
        for channel in [name for name in history.open if name in values]:
            history.close(channel, values[channel])
        cursor = ancestor.parent_config
    return history.collect()
