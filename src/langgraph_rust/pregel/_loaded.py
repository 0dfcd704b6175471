"""A checkpoint, loaded: the engine's `State` and what it was made from."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Mapping, NamedTuple, Sequence, Tuple, cast

from langgraph_rust._internal._constants import INPUT, NULL_TASK_ID
from langgraph_rust.channels.base import BaseChannel
from langgraph_rust.pregel._delta import channels_to_replay, replay, require_saver_for_history
from langgraph_rust.pregel._io import read_channels
from langgraph_rust.pregel._stored import LATEST_VERSION, ask_history
from langgraph_rust.pregel._task_status import read_task_statuses

if TYPE_CHECKING:
    from langchain_core.runnables import RunnableConfig

    from langgraph_rust.checkpoint.base import BaseCheckpointSaver, Checkpoint, PendingWrite
    from langgraph_rust.pregel._ask import Body
    from langgraph_rust.pregel.main import Pregel


class Writes(NamedTuple):
    """Writes to apply that come from no running task."""

    path: Tuple[Any, ...]
    name: str
    writes: Sequence[Tuple[str, Any]]
    triggers: Sequence[str]


def load_state(
    pregel: Pregel,
    checkpoint: Checkpoint,
    pending_writes: Sequence[PendingWrite] | None,
    config: RunnableConfig,
    step: int,
    *,
    saver: BaseCheckpointSaver,
    saved_config: RunnableConfig | None,
    versioned: bool,
    channels: Mapping[str, BaseChannel] | None = None,
) -> Body[Any]:
    """Load `checkpoint` into an engine's `State`.

    Args:
        pregel: The graph it belongs to.
        checkpoint: Left as it is.
        pending_writes: Of the superstep that follows it.
        config: What tasks are planned with.
        step: Number of the superstep that follows it.
        saver: Asked for the history of delta channels.
        saved_config: Names the checkpoint to the saver; None if it was never saved.
        versioned: Whether applied writes give channels new versions.
        channels: The channels, if they are loaded already.
    """
    from langgraph_rust import _engine

    built = pregel._build()
    behind = (
        channels_to_replay(pregel.channels, checkpoint, built.replayed) if channels is None else []
    )
    if behind:
        require_saver_for_history(behind, saver, saved_config)
        histories = yield from ask_history(saver, saved_config, behind)
        channels = {
            name: replay(cast(BaseChannel, pregel.channels[name]), histories[name])
            for name in behind
            if name in histories
        }
    return _engine.State(
        built.graph,
        checkpoint,
        list(pending_writes or ()),
        config,
        step,
        step + 2,
        saver.get_next_version if versioned else None,
        pregel.store,
        saver,
        dict(channels) if channels else None,
    )


class View:
    """What the writers of an update read: the state they are applied to.

    Attributes:
        step: Number of the checkpoint's superstep. Managed values look at this and at `stop`.
        stop: As if the recursion limit were one superstep away.
    """

    __slots__ = ("step", "stop", "_state", "_specs", "_writes")

    def __init__(
        self, state: Any, specs: Mapping[str, Any], writes: Sequence[tuple[str, Any]], step: int
    ) -> None:
        self.step = step
        self.stop = step + 2
        self._state = state
        self._specs = specs
        self._writes = writes

    def __call__(self, select: str | Sequence[str], fresh: bool = False) -> Any:
        """Return the value of a channel or a dict of several, with `fresh` after own writes."""
        names = [select] if isinstance(select, str) else select
        managed = [name for name in names if not isinstance(self._specs.get(name), BaseChannel)]
        if not fresh and not managed:
            return self._state.read(select)
        channels = self._state.channels
        if fresh:
            for name in names:
                if name in channels:
                    # without a write too: some channels keep nothing beyond a superstep
                    channels[name].update([value for key, value in self._writes if key == name])
        if isinstance(select, str):
            return read_channels(channels, select)
        values = read_channels(channels, [name for name in names if name not in managed])
        values.update((name, self._specs[name].get(self)) for name in managed)
        return values


def apply_unclaimed(state: Any, pending_writes: Sequence[PendingWrite] | None) -> set[str]:
    """Apply the pending writes that no task made; return the channels they updated."""
    writes = [
        (channel, value)
        for task_id, channel, value in pending_writes or ()
        if task_id == NULL_TASK_ID
    ]
    return state.apply([Writes((), INPUT, writes, [])]) if writes else set()


def restore_outputs(tasks: dict[str, Any], pending_writes: Sequence[PendingWrite] | None) -> None:
    """Give planned tasks that have already finished the writes they made."""
    for task_id, status in read_task_statuses(pending_writes or ()).items():
        if task_id in tasks:
            tasks[task_id].writes.extend(status.output)


def empty_checkpoint() -> Checkpoint:
    """Return the checkpoint of a thread that has none."""
    from datetime import datetime, timezone

    from langgraph_rust.checkpoint.base.id import uuid6

    return {
        "v": LATEST_VERSION,
        "id": str(uuid6(clock_seq=-2)),
        "ts": datetime.now(timezone.utc).isoformat(),
        "channel_values": {},
        "channel_versions": {},
        "versions_seen": {},
    }  # type: ignore[typeddict-item]


def copy_checkpoint(checkpoint: Checkpoint) -> Checkpoint:
    """Return a checkpoint whose dicts may be changed; the values in it are shared."""
    return {
        "v": checkpoint["v"],
        "ts": checkpoint["ts"],
        "id": checkpoint["id"],
        "channel_values": checkpoint["channel_values"].copy(),
        "channel_versions": checkpoint["channel_versions"].copy(),
        "versions_seen": {node: seen.copy() for node, seen in checkpoint["versions_seen"].items()},
        "updated_channels": checkpoint.get("updated_channels"),
    }


def forked_checkpoint(checkpoint: Checkpoint, step: int) -> Checkpoint:
    """Return a checkpoint of the same values with an id and time of its own."""
    from langgraph_rust.checkpoint.base.id import uuid6

    fresh = empty_checkpoint()
    copied = copy_checkpoint(checkpoint)
    return {
        **copied,
        "v": LATEST_VERSION,
        "ts": fresh["ts"],
        "id": str(uuid6(clock_seq=step)),
        "updated_channels": None,
    }
