"""Checkpoints in the form in which other code makes and reads them, over the engine.

Imported by the packages beside this one and by upstream's tests.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Mapping, Optional, Tuple, cast

from langgraph_rust._internal._config import (  # noqa: F401
    DELTA_MAX_SUPERSTEPS_SINCE_SNAPSHOT,
)
from langgraph_rust._internal._typing import MISSING
from langgraph_rust.channels.base import BaseChannel
from langgraph_rust.pregel._ask import aanswered, answered
from langgraph_rust.pregel._delta import (  # noqa: F401
    acheckpoint_superseded,
    channels_to_replay,
    checkpoint_superseded,
    create_checkpoint_plan_for_update_state_api,
    create_metadata_for_update_state_api,
    delta_channels_overwritten,
    delta_channels_to_snapshot,
    delta_channels_with_pending_writes,
    exit_delta_late_task_id,
    exit_delta_task_id,
    get_delta_channels_from_all_channels,
    get_updated_channels_from_tasks,
    put_writes_accepts_task_path,
    replay,
    require_saver_for_history,
    versions_seen_without_bumps,
)
from langgraph_rust.pregel._loaded import (  # noqa: F401
    LATEST_VERSION,
    copy_checkpoint,
    empty_checkpoint,
)
from langgraph_rust.pregel._stored import ask_history

if TYPE_CHECKING:
    from langgraph_rust.checkpoint.base import BaseCheckpointSaver, Checkpoint

Loaded = Tuple[Mapping[str, BaseChannel], Mapping[str, Any]]


def _load(
    specs: Mapping[str, Any],
    checkpoint: Checkpoint,
    saver: Optional[BaseCheckpointSaver],
    config: Any,
) -> Any:
    channels = {name: spec for name, spec in specs.items() if isinstance(spec, BaseChannel)}
    managed = {name: spec for name, spec in specs.items() if name not in channels}
    behind = channels_to_replay(channels, checkpoint)
    require_saver_for_history(behind, saver, config)
    histories: Mapping[str, Any] = {}
    if behind:
        histories = yield from ask_history(cast("BaseCheckpointSaver", saver), config, behind)
    values = checkpoint["channel_values"]
    loaded = {
        name: replay(spec, histories[name])
        if name in histories
        else spec.from_checkpoint(values.get(name, MISSING))
        for name, spec in channels.items()
    }
    return loaded, managed


def channels_from_checkpoint(
    specs: Mapping[str, Any],
    checkpoint: Checkpoint,
    *,
    saver: Optional[BaseCheckpointSaver] = None,
    config: Any = None,
) -> Loaded:
    """Return the channels at `checkpoint`, and the managed values among the specs.

    Args:
        specs: Channels and managed values by name.
        checkpoint: Where the channels stand.
        saver: Asked for the history of channels that are stored as writes.
        config: Names the checkpoint to the saver.

    Raises:
        ValueError: There is history to read and no saver or config.
    """
    return answered(_load(specs, checkpoint, saver, config))


async def achannels_from_checkpoint(
    specs: Mapping[str, Any],
    checkpoint: Checkpoint,
    *,
    saver: Optional[BaseCheckpointSaver] = None,
    config: Any = None,
) -> Loaded:
    """Async twin of `channels_from_checkpoint`."""
    return await aanswered(_load(specs, checkpoint, saver, config))
