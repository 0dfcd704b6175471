"""Reading the state of a thread. Methods of `Pregel`."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, AsyncIterator, Iterator, Optional

from langgraph_rust._internal._config import ensure_config, merge_configs, patch_checkpoint_map
from langgraph_rust._internal._constants import (
    CONF,
    CONFIG_KEY_CHECKPOINT_ID,
    CONFIG_KEY_CHECKPOINT_NS,
    CONFIG_KEY_CHECKPOINTER,
    CONFIG_KEY_THREAD_ID,
    NS_END,
    NS_SEP,
)
from langgraph_rust._langchain.context import current_config
from langgraph_rust.pregel._ask import Ask, Each, aanswered, aeach, answered, each
from langgraph_rust.pregel._stored import ask_list, ask_stored, check_readable

if TYPE_CHECKING:
    from langchain_core.runnables import RunnableConfig

    from langgraph_rust.checkpoint.base import BaseCheckpointSaver, CheckpointTuple
    from langgraph_rust.pregel._ask import Body, Series
    from langgraph_rust.pregel._kept import Kept, Shown
    from langgraph_rust.pregel.main import Pregel
    from langgraph_rust.types import StateSnapshot


def get_state(self: Pregel, config: RunnableConfig, *, subgraphs: bool = False) -> StateSnapshot:
    """Return the state of the thread in `config`: the latest, or that of its `checkpoint_id`.

    Args:
        config: Has a `thread_id`; a `checkpoint_ns` asks for the state of a graph inside.
        subgraphs: Whether tasks that run graphs have the state of these, not just its config.

    Raises:
        ValueError: the graph has no checkpointer.
    """
    return answered(_snapshot_of(self, config, subgraphs))


async def aget_state(
    self: Pregel, config: RunnableConfig, *, subgraphs: bool = False
) -> StateSnapshot:
    """Async twin of `get_state`."""
    return await aanswered(_snapshot_of(self, config, subgraphs))


def get_state_history(
    self: Pregel,
    config: RunnableConfig,
    *,
    filter: dict[str, Any] | None = None,
    before: RunnableConfig | None = None,
    limit: int | None = None,
) -> Iterator[StateSnapshot]:
    """Yield the states of the thread in `config`, newest first.

    Args:
        config: Has a `thread_id`; a `checkpoint_ns` asks for the states of a graph inside.
        filter: What the metadata must contain.
        before: Yield only states older than the checkpoint it names.
        limit: How many at most.

    Raises:
        ValueError: the graph has no checkpointer.
        UnreadableCheckpointError: where a state cannot be read; those before it can, with its
            checkpoint as `before`.
    """
    yield from each(_history_of(self, config, filter, before, limit))


async def aget_state_history(
    self: Pregel,
    config: RunnableConfig,
    *,
    filter: dict[str, Any] | None = None,
    before: RunnableConfig | None = None,
    limit: int | None = None,
) -> AsyncIterator[StateSnapshot]:
    """Async twin of `get_state_history`."""
    async for snapshot in aeach(_history_of(self, config, filter, before, limit)):
        yield snapshot


def _state_checkpointer(self: Pregel, config: RunnableConfig) -> BaseCheckpointSaver:
    """Return the saver that has the thread of `config`.

    Raises:
        ValueError: there is none.
    """
    from langgraph_rust.checkpoint.base._saver import is_saver

    if current_config() is not None or CONF not in config:
        config = ensure_config(config)
    saver = self._resolve_checkpointer(config)
    if not is_saver(saver):
        raise ValueError("No checkpointer set")
    return saver


def _history_of(
    pregel: Pregel,
    config: RunnableConfig,
    filter: dict[str, Any] | None,
    before: RunnableConfig | None,
    limit: int | None,
) -> Series[StateSnapshot]:
    from langgraph_rust.pregel._kept import kept_entries

    config = ensure_config(config)
    saver = pregel._state_checkpointer(config)
    found = pregel._subgraph_for_namespace(config, saver)
    wanted: dict[str, Any] = {"filter": filter, "before": before, "limit": limit}
    if found:
        graph, subgraph_config = found
        yield Each(graph, "get_state_history", subgraph_config, **wanted)
        return
    conf = config[CONF]
    thread = {
        CONFIG_KEY_CHECKPOINT_NS: conf.get(CONFIG_KEY_CHECKPOINT_NS, ""),
        CONFIG_KEY_THREAD_ID: str(conf[CONFIG_KEY_THREAD_ID]),
    }
    config = pregel._own_checkpoint_config(merge_configs(pregel.config, config, {CONF: thread}))
    entries = kept_entries(saver, config, **wanted)
    if entries is not None:
        for entry in entries:
            snapshot = entry.snapshot(pregel, None, False)
            if snapshot is None:
                snapshot = yield from _entry_snapshot(pregel, saver, entry)
            if snapshot is not None:
                yield snapshot
        return
    # all at once: a saver may hold a lock or a cursor as long as it is iterated
    for saved in (yield from ask_list(saver, config, **wanted)):
        check_readable(saved, pregel.channels)
        yield (yield from _snapshot(pregel, saved.config, saved, saver))


def _snapshot_of(pregel: Pregel, config: RunnableConfig, subgraphs: bool) -> Body[StateSnapshot]:
    saver = pregel._state_checkpointer(config)
    found = pregel._subgraph_for_namespace(config, saver)
    if found:
        graph, subgraph_config = found
        return (yield Ask(graph, "get_state", subgraph_config, subgraphs=subgraphs))
    config = merge_configs(pregel.config, config) if pregel.config else config
    config = pregel._own_checkpoint_config(config)
    conf = config[CONF]
    if not isinstance(conf[CONFIG_KEY_THREAD_ID], str):
        conf[CONFIG_KEY_THREAD_ID] = str(conf[CONFIG_KEY_THREAD_ID])
    from langgraph_rust.pregel._kept import kept_entry

    live = CONFIG_KEY_CHECKPOINT_ID not in conf
    kept = kept_entry(saver, conf)
    if kept is not None:
        named = config if conf.get(CONFIG_KEY_CHECKPOINT_ID) else None
        snapshot = kept.snapshot(pregel, named, live)
        if snapshot is not None:
            return snapshot
        shown = kept.show(pregel, live)
        if shown is not None:
            named = named or kept.config
            return (yield from _kept_snapshot(pregel, kept, shown, named, saver, subgraphs, live))
    saved = yield from ask_stored(saver, config, pregel.channels)
    return (yield from _snapshot(pregel, config, saved, saver, subgraphs, live=live))


def _entry_snapshot(
    pregel: Pregel, saver: BaseCheckpointSaver, kept: Kept
) -> Body[Optional[StateSnapshot]]:
    """Make the snapshot of a checkpoint in the history of an `InMemorySaver`.

    None if it can only be shown the general way and was deleted meanwhile.
    """
    shown = kept.show(pregel, live=False)
    if shown is not None:
        return (yield from _kept_snapshot(pregel, kept, shown, kept.config, saver))
    saved = yield from ask_stored(saver, kept.config, pregel.channels)
    if saved is None:
        return None
    return (yield from _snapshot(pregel, saved.config, saved, saver))


def _kept_snapshot(
    pregel: Pregel,
    kept: Kept,
    shown: Shown,
    config: RunnableConfig,
    saver: BaseCheckpointSaver,
    subgraphs: bool = False,
    live: bool = False,
) -> Body[StateSnapshot]:
    """Make the snapshot of what an `InMemorySaver` keeps, as `_snapshot` of what others give."""
    from langgraph_rust._tasks import StateSnapshot

    tasks = tuple(shown.tasks)
    inner = yield from _inner_states(pregel, tasks, kept.config, saver, subgraphs)
    if inner or shown.pending:
        from langgraph_rust.pregel.debug import tasks_w_writes

        channels = pregel._build().stream_channels
        tasks = tasks_w_writes(tasks, shown.pending, inner, channels, live=live)
    return StateSnapshot(
        values=shown.values,
        next=tuple(task.name for task in tasks),
        config=patch_checkpoint_map(config, shown.metadata),
        metadata=shown.metadata,
        created_at=kept.entry.created_at,
        parent_config=patch_checkpoint_map(kept.parent_config, shown.metadata),
        tasks=tasks,
        interrupts=tuple(interrupt for task in tasks for interrupt in task.interrupts),
    )


def _snapshot(
    pregel: Pregel,
    config: RunnableConfig,
    saved: CheckpointTuple | None,
    saver: BaseCheckpointSaver,
    subgraphs: bool = False,
    live: bool = False,
) -> Body[StateSnapshot]:
    """Make the snapshot of a saved checkpoint.

    Args:
        pregel: The graph.
        config: The snapshot's config if nothing was saved.
        saved: What the saver has; None for an empty snapshot.
        saver: Asked for histories and the state of graphs inside.
        subgraphs: Whether to ask for these.
        live: Whether it is the latest state of its thread, which shows what tasks of the superstep
            under way wrote.
    """
    from langgraph_rust._tasks import StateSnapshot

    if not saved:
        return StateSnapshot(
            values={},
            next=(),
            config=config,
            metadata=None,
            created_at=None,
            parent_config=None,
            tasks=(),
            interrupts=(),
        )
    from langgraph_rust.pregel._loaded import apply_unclaimed, load_state, restore_outputs
    from langgraph_rust.pregel.debug import tasks_w_writes

    pregel._migrate_checkpoint(saved.checkpoint)
    state = yield from load_state(
        pregel,
        saved.checkpoint,
        saved.pending_writes,
        saved.config,
        saved.metadata.get("step", -1) + 1,
        saver=saver,
        saved_config=saved.config,
        versioned=False,
    )
    planned = state.plan(True)
    inner = yield from _inner_states(pregel, planned.values(), saved.config, saver, subgraphs)
    apply_unclaimed(state, saved.pending_writes)
    if live:
        restore_outputs(planned, saved.pending_writes)
        finished = [task for task in planned.values() if task.writes]
        if finished:
            state.apply(finished)
    shown = pregel._build().stream_channels
    tasks = tasks_w_writes(planned.values(), saved.pending_writes, inner, shown, live=live)
    return StateSnapshot(
        values=state.read(shown),
        next=tuple(task.name for task in planned.values() if not task.writes),
        config=patch_checkpoint_map(saved.config, saved.metadata),
        metadata=saved.metadata,
        created_at=saved.checkpoint["ts"],
        parent_config=patch_checkpoint_map(saved.parent_config, saved.metadata),
        tasks=tasks,
        interrupts=tuple(interrupt for task in tasks for interrupt in task.interrupts),
    )


def _inner_states(
    pregel: Pregel, tasks: Any, config: RunnableConfig, saver: BaseCheckpointSaver, subgraphs: bool
) -> Body[dict[str, RunnableConfig | StateSnapshot]]:
    """Return per task that runs a graph the config of its state, or with `subgraphs` the state."""
    graphs = pregel._build().subgraphs(pregel)
    if not graphs:
        return {}
    parent_ns = config[CONF].get(CONFIG_KEY_CHECKPOINT_NS, "")
    states: dict[str, RunnableConfig | StateSnapshot] = {}
    for task in tasks:
        if task.name not in graphs:
            continue
        task_ns = f"{task.name}{NS_END}{task.id}"
        conf = {
            "thread_id": config[CONF]["thread_id"],
            CONFIG_KEY_CHECKPOINT_NS: f"{parent_ns}{NS_SEP}{task_ns}" if parent_ns else task_ns,
        }
        if subgraphs:
            conf[CONFIG_KEY_CHECKPOINTER] = saver
            states[task.id] = yield Ask(
                graphs[task.name], "get_state", {CONF: conf}, subgraphs=True
            )
        else:
            states[task.id] = {CONF: conf}
    return states
