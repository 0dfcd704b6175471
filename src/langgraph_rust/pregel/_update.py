"""Changing the state of a thread from outside of a run. Methods of `Pregel`."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Sequence

from langgraph_rust._internal._config import patch_configurable
from langgraph_rust._internal._constants import (
    CONF,
    CONFIG_KEY_CHECKPOINT_ID,
    CONFIG_KEY_CHECKPOINT_NS,
    CONFIG_KEY_THREAD_ID,
)
from langgraph_rust._langchain.context import current_config
from langgraph_rust.pregel._ask import Ask, aanswered, answered

if TYPE_CHECKING:
    from langchain_core.runnables import RunnableConfig

    from langgraph_rust.checkpoint.base import BaseCheckpointSaver, ChannelVersions
    from langgraph_rust.pregel._ask import Body
    from langgraph_rust.pregel.main import Pregel
    from langgraph_rust.types import StateUpdate

# What a config may say of a checkpoint without adding to what is stored with it.
_COORDINATES = {CONFIG_KEY_CHECKPOINT_ID, CONFIG_KEY_CHECKPOINT_NS, CONFIG_KEY_THREAD_ID}


def bulk_update_state(
    self: Pregel, config: RunnableConfig, supersteps: Sequence[Sequence[StateUpdate]]
) -> RunnableConfig:
    """Apply several supersteps of updates to the thread in `config`.

    Args:
        config: Has a `thread_id`; with a `checkpoint_id` the first superstep starts a branch there.
        supersteps: Each a list of updates applied together. `as_node` of an update may also be
            `__end__` with values None (drop what would run next), `__input__` (as an input would)
            or `__copy__` (the same state again).

    Returns:
        The config of the last checkpoint made.

    Raises:
        ValueError: the graph has no checkpointer, or there is nothing to apply.
        InvalidUpdateError: an update names no node, or one that does not exist or writes nothing.
    """
    return answered(_updated(self, config, supersteps))


async def abulk_update_state(
    self: Pregel, config: RunnableConfig, supersteps: Sequence[Sequence[StateUpdate]]
) -> RunnableConfig:
    """Async twin of `bulk_update_state`."""
    return await aanswered(_updated(self, config, supersteps))


def update_state(
    self: Pregel,
    config: RunnableConfig,
    values: dict[str, Any] | Any | None,
    as_node: str | None = None,
    task_id: str | None = None,
) -> RunnableConfig:
    """Write `values` to the thread in `config` as if a node had returned them.

    Args:
        config: Has a `thread_id`; with a `checkpoint_id` the update starts a branch there.
        values: What the node would have returned.
        as_node: The node; by default the one that ran last, if there is just one.
        task_id: The task, if the node has several.

    Returns:
        The config of the checkpoint made.

    Raises:
        InvalidUpdateError: it is ambiguous which node ran last.
    """
    from langgraph_rust._tasks import StateUpdate

    return self.bulk_update_state(config, [[StateUpdate(values, as_node, task_id)]])


async def aupdate_state(
    self: Pregel,
    config: RunnableConfig,
    values: dict[str, Any] | Any,
    as_node: str | None = None,
    task_id: str | None = None,
) -> RunnableConfig:
    """Async twin of `update_state`."""
    from langgraph_rust._tasks import StateUpdate

    return await self.abulk_update_state(config, [[StateUpdate(values, as_node, task_id)]])


def _updated(
    pregel: Pregel, config: RunnableConfig, supersteps: Sequence[Sequence[StateUpdate]]
) -> Body[RunnableConfig]:
    from langgraph_rust.pregel._superstep import Superstep

    saver = pregel._state_checkpointer(config)
    if len(supersteps) == 0:
        raise ValueError("No supersteps provided")
    if any(len(updates) == 0 for updates in supersteps):
        raise ValueError("No updates provided")
    found = pregel._subgraph_for_namespace(config, saver, for_update=True)
    if found:
        graph, subgraph_config = found
        return (yield Ask(graph, "bulk_update_state", subgraph_config, supersteps))
    config = patch_configurable(
        config, {CONFIG_KEY_THREAD_ID: str(config[CONF][CONFIG_KEY_THREAD_ID])}
    )
    for number, updates in enumerate(supersteps):
        is_first = number == 0
        after = _update_kept(pregel, saver, config, updates, is_first)
        if after is None:
            step = Superstep(pregel, saver, config, updates, is_first=is_first)
            after = yield from step.perform()
        config = after
    return config


def _update_kept(
    pregel: Pregel,
    saver: BaseCheckpointSaver,
    config: RunnableConfig,
    updates: Sequence[StateUpdate],
    is_first: bool,
) -> RunnableConfig | None:
    """Apply one update to a checkpoint of an `InMemorySaver`, or return None where it takes more.

    Nobody is told of it, and nothing of the config is stored with it: it only names the checkpoint.
    """
    from langgraph_rust.pregel._kept import kept_entry

    if len(updates) > 1 or pregel.config or current_config() is not None:
        return None
    conf = config[CONF]
    if not conf.keys() <= _COORDINATES or any(v for key, v in config.items() if key != CONF):
        return None
    kept = kept_entry(saver, conf)
    if kept is None:
        return None
    may_branch = is_first and bool(conf.get(CONFIG_KEY_CHECKPOINT_ID))
    return kept.update(pregel, saver, updates[0], may_branch)


def _infer_as_node(self: Pregel, versions_seen: dict[str, ChannelVersions]) -> str | None:
    """Return the node that ran last, None if that cannot be told."""
    if len(self.nodes) == 1:
        return next(iter(self.nodes))
    from langgraph_rust.pregel._delta import versions_seen_without_bumps

    seen = versions_seen_without_bumps(versions_seen)
    if not any(version for versions in seen.values() for version in versions.values()):
        # nothing has run yet: the update stands for the input
        start = self.input_channels
        return start if isinstance(start, str) and start in self.nodes else None
    latest = sorted(
        (version, name)
        for name, versions in seen.items()
        if name in self.nodes
        for version in versions.values()
    )
    if not latest or (len(latest) > 1 and latest[-1][0] == latest[-2][0]):
        return None
    return latest[-1][1]
