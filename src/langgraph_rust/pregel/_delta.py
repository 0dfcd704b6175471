"""Delta channels, stored as the writes since a snapshot: when to snapshot, what to replay.

Counters tell per channel how many updates and how many supersteps lie behind its last snapshot. A
branch of a thread cannot rely on its ancestors' writes (they may belong to another branch), so its
first checkpoint snapshots the channels that those touch.
"""

from __future__ import annotations

import sys
from types import FunctionType
from typing import TYPE_CHECKING, Any, Callable, Iterable, Mapping
from weakref import WeakKeyDictionary

from langgraph_rust._internal._config import DELTA_MAX_SUPERSTEPS_SINCE_SNAPSHOT, patch_configurable
from langgraph_rust._internal._constants import (
    CONF,
    CONFIG_KEY_CHECKPOINT_ID,
    NS_END,
    NS_SEP,
    PUSH,
    SNAPSHOT_BUMPS,
)
from langgraph_rust._internal._typing import MISSING
from langgraph_rust.channels.binop import BinaryOperatorAggregate, _get_overwrite
from langgraph_rust.channels.delta import DeltaChannel
from langgraph_rust.pregel._ask import aanswered, answered
from langgraph_rust.pregel._stored import ask_id

if TYPE_CHECKING:
    from typing import Literal

    from langchain_core.runnables import RunnableConfig

    from langgraph_rust.channels.base import BaseChannel
    from langgraph_rust.checkpoint.base import (
        BaseCheckpointSaver,
        ChannelVersions,
        Checkpoint,
        CheckpointTuple,
        DeltaChannelHistory,
        PendingWrite,
    )
    from langgraph_rust.pregel._ask import Body

COUNTERS = "counters_since_delta_snapshot"
"""Metadata key of the counters: {channel: (updates, supersteps)}."""

_TAKES_TASK_PATH: WeakKeyDictionary[Any, bool] = WeakKeyDictionary()


def put_writes_accepts_task_path(put_writes: Callable[..., Any]) -> bool:
    """Tell whether a saver's `put_writes` has the newer parameter `task_path`."""
    function = getattr(put_writes, "__func__", put_writes)
    if not isinstance(function, FunctionType):
        return _has_task_path(put_writes)
    # a signature costs more than a short run, and savers live long
    known = _TAKES_TASK_PATH.get(function)
    if known is None:
        known = _TAKES_TASK_PATH[function] = _has_task_path(put_writes)
    return known


def _has_task_path(put_writes: Callable[..., Any]) -> bool:
    from inspect import signature

    return "task_path" in signature(put_writes).parameters


def exit_delta_task_id(step: int, task_id: str) -> str:
    """Return a task id for delta writes saved at exit, which sorts by `step`.

    It is a valid UUID, as some savers store nothing else, and never the null id, whose writes mean
    something else.
    """
    from langgraph_rust._engine import exit_task_id

    return exit_task_id(step, task_id)


def exit_delta_late_task_id(step: int, task_id: str) -> str:
    """Return a task id for delta writes of supersteps after the one the checkpoint belongs to.

    It sorts by `step`, and after the id of every real task.
    """
    from langgraph_rust._engine import exit_task_id

    return exit_task_id(step, task_id, late=True)


def delta_channels_to_snapshot(
    channels: Mapping[str, BaseChannel],
    counters_since_delta_snapshot: Mapping[str, tuple[int, int]],
    channel_versions: ChannelVersions,
) -> set[str]:
    """Return the delta channels whose last snapshot is too many updates or supersteps ago."""
    due = set()
    bound = superstep_bound()
    for name in get_delta_channels_from_all_channels(channels, channel_versions):
        updates, supersteps = counters_since_delta_snapshot.get(name, (0, 0))
        if (
            updates >= channels[name].snapshot_frequency  # type: ignore[attr-defined]
            or supersteps >= bound
        ):
            due.add(name)
    return due


def superstep_bound() -> int:
    """Return how many supersteps a snapshot may be old: what `_checkpoint` says, once loaded."""
    home = sys.modules.get("langgraph_rust.pregel._checkpoint")
    return getattr(home, "DELTA_MAX_SUPERSTEPS_SINCE_SNAPSHOT", DELTA_MAX_SUPERSTEPS_SINCE_SNAPSHOT)


def get_updated_channels_from_tasks(run_tasks: Iterable[Any]) -> set[str]:
    """Return the channels that `run_tasks` wrote."""
    return {channel for task in run_tasks for channel, _ in task.writes if channel != PUSH}


def get_delta_channels_from_all_channels(
    channels: Mapping[str, BaseChannel], channel_versions: ChannelVersions
) -> set[str]:
    """Return the delta channels that have a value and were written on this branch."""
    return {
        name
        for name, channel in channels.items()
        if isinstance(channel, DeltaChannel) and channel.is_available() and name in channel_versions
    }


def delta_channels_with_pending_writes(
    specs: Mapping[str, Any], pending_writes: Iterable[PendingWrite] | None
) -> set[str]:
    """Return the delta channels that `pending_writes` touch."""
    return {
        name for _, name, _ in pending_writes or () if isinstance(specs.get(name), DeltaChannel)
    }


def delta_channels_overwritten(
    specs: Mapping[str, Any], writes: Iterable[tuple[str, Any]]
) -> set[str]:
    """Return the delta channels that `writes` overwrite, which ends the replay of older ones."""
    return {
        name
        for name, value in writes
        if isinstance(specs.get(name), DeltaChannel) and _get_overwrite(value)[0]
    }


def superseded(
    saver: BaseCheckpointSaver, config: RunnableConfig, saved: CheckpointTuple
) -> Body[bool]:
    """Tell whether the thread has a newer checkpoint than `saved`, which `config` asked for by its
    id."""
    if not config[CONF].get(CONFIG_KEY_CHECKPOINT_ID):
        return False
    from langgraph_rust.pregel._kept import kept_latest

    latest = kept_latest(saver, config[CONF])
    if latest is None:
        config = patch_configurable(config, {CONFIG_KEY_CHECKPOINT_ID: None})
        latest = yield from ask_id(saver, config)
    return latest is not None and latest != saved.checkpoint["id"]


def checkpoint_superseded(
    saver: BaseCheckpointSaver, config: RunnableConfig, saved: CheckpointTuple
) -> bool:
    """Answer `superseded` with the saver's sync methods."""
    return answered(superseded(saver, config, saved))


async def acheckpoint_superseded(
    saver: BaseCheckpointSaver, config: RunnableConfig, saved: CheckpointTuple
) -> bool:
    """Async twin of `checkpoint_superseded`."""
    return await aanswered(superseded(saver, config, saved))


def create_metadata_for_update_state_api(
    channels: Mapping[str, BaseChannel],
    updated_channels: set[str],
    *,
    prev_metadata: Mapping[str, Any] | None,
) -> dict[str, tuple[int, int]]:
    """Return the counters one superstep later, in which `updated_channels` were updated."""
    counters = (prev_metadata or {}).get(COUNTERS) or {}
    advanced = {}
    for name, channel in channels.items():
        if isinstance(channel, DeltaChannel):
            updates, supersteps = counters.get(name, (0, 0))
            advanced[name] = (updates + (name in updated_channels), supersteps + 1)
    return advanced


def create_checkpoint_plan_for_update_state_api(
    channels: Mapping[str, BaseChannel],
    updated_channels: set[str],
    *,
    source: Literal["update", "input"],
    step: int,
    parents: dict[str, Any],
    saved_metadata: Mapping[str, Any] | None,
    is_fresh_thread: bool,
    fork_channels: set[str],
    channel_versions: ChannelVersions,
) -> tuple[set[str], dict[str, Any]]:
    """Return which channels the checkpoint of an update snapshots, and its metadata."""
    metadata: dict[str, Any] = {"source": source, "step": step, "parents": parents}
    if is_fresh_thread:
        return get_delta_channels_from_all_channels(channels, channel_versions), metadata
    counters = create_metadata_for_update_state_api(
        channels, updated_channels, prev_metadata=saved_metadata
    )
    snapshot = delta_channels_to_snapshot(channels, counters, channel_versions) | fork_channels
    behind = {
        name: each for name, each in counters.items() if name not in snapshot and each != (0, 0)
    }
    if behind:
        metadata[COUNTERS] = behind
    return snapshot, metadata


def versions_seen_without_bumps(
    versions_seen: dict[str, ChannelVersions],
) -> dict[str, ChannelVersions]:
    """Return what nodes really read.

    A version that only a snapshot made was marked as seen, so that it triggers nothing; here it is
    what was seen before.
    """
    marks = versions_seen.get(SNAPSHOT_BUMPS)
    if not marks:
        return versions_seen
    read: dict[str, ChannelVersions] = {}
    for node, seen in versions_seen.items():
        if node == SNAPSHOT_BUMPS:
            continue
        read[node] = {}
        for channel, version in seen.items():
            advanced, before = _bump_keys(node, channel)
            if marks.get(advanced) != version:
                read[node][channel] = version
            elif before in marks:
                read[node][channel] = marks[before]
    return read


def _bump_keys(node: str, channel: str) -> tuple[str, str]:
    """Return the marks' keys of the version made and of the version read; no name has either
    separator."""
    return f"{node}{NS_SEP}{channel}", f"{node}{NS_END}{channel}"


def channels_to_replay(
    specs: Mapping[str, Any], checkpoint: Checkpoint, candidates: Iterable[str] | None = None
) -> list[str]:
    """Return the channels whose value must be made of writes that older checkpoints hold.

    Only `candidates` are looked at, where they are given. The channels have a version and nothing
    stored. A reducing channel stores its value whenever it has one: if it did not, it was a delta
    channel at the time.
    """
    values = checkpoint["channel_values"]
    return [
        name
        for name in (specs if candidates is None else candidates)
        if isinstance(specs[name], (DeltaChannel, BinaryOperatorAggregate))
        and name in checkpoint["channel_versions"]
        and values.get(name, MISSING) is MISSING
    ]


def replay(spec: BaseChannel, history: DeltaChannelHistory) -> BaseChannel:
    """Return a channel with the value that `history` leads to."""
    channel = spec.from_checkpoint(history.get("seed", MISSING))
    if isinstance(channel, DeltaChannel):
        channel.replay_writes(history["writes"])
    else:
        # one by one: the writes are of many supersteps, each of which may overwrite
        for _, _, value in history["writes"]:
            channel.update([value])
    return channel


def require_saver_for_history(
    channels: list[str], saver: BaseCheckpointSaver | None, config: RunnableConfig | None
) -> None:
    """Check that the history of `channels` can be asked for.

    Raises:
        ValueError: it cannot.
    """
    if channels and (saver is None or config is None):
        raise ValueError(
            f"DeltaChannel {channels} has history to replay but no checkpointer or config "
            "was passed to read it"
        )
