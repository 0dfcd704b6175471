"""Reading the states that an `InMemorySaver` keeps in the engine's ledger.

What other savers give is a checkpoint in dicts, which is loaded into the engine to be shown. Here
it is in the engine already. Whatever is out of the ordinary is left to the general way: a value
that cannot be read, a channel whose value is made of the writes of many checkpoints, an input that
cannot be made.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, NamedTuple

from langgraph_rust._internal._constants import (
    CONF,
    CONFIG_KEY_CHECKPOINT_ID,
    CONFIG_KEY_CHECKPOINT_NS,
    CONFIG_KEY_THREAD_ID,
    NULL_TASK_ID,
)
from langgraph_rust.checkpoint.memory._saver import find_kept, find_ledger, name_checkpoint
from langgraph_rust.checkpoint.serde._reading import READING, Reading
from langgraph_rust.pregel._task_status import read_task_statuses

if TYPE_CHECKING:
    from langchain_core.runnables import RunnableConfig

    from langgraph_rust._tasks import PregelTask, StateSnapshot
    from langgraph_rust.checkpoint.base import CheckpointMetadata, PendingWrite
    from langgraph_rust.pregel.main import Pregel
    from langgraph_rust.types import StateUpdate


class Shown(NamedTuple):
    """What a checkpoint holds of a graph: its values, and the tasks that it leads to."""

    values: Any
    tasks: list[PregelTask]
    pending: list[PendingWrite]
    metadata: CheckpointMetadata


class Kept:
    """A checkpoint as it was when it was looked up.

    Attributes:
        entry: The checkpoint; None if it is not of a form that can be shown.
        config: Names it.
        parent_config: Names the one before it, if there is one.
    """

    __slots__ = ("entry", "_id", "_thread", "_loaders")

    def __init__(self, entry: Any, thread: tuple[str, str], id: str, loaders: Any) -> None:
        self.entry = entry
        self._id = id
        self._thread = thread
        self._loaders = loaders

    @property
    def config(self) -> RunnableConfig:
        return name_checkpoint(*self._thread, self._id)

    @property
    def parent_config(self) -> RunnableConfig | None:
        parent_id = self.entry.parent_id
        return name_checkpoint(*self._thread, parent_id) if parent_id else None

    def snapshot(
        self, pregel: Pregel, config: RunnableConfig | None, live: bool
    ) -> StateSnapshot | None:
        """Return the snapshot of the checkpoint, or None where it has to be made of what is shown.

        Args:
            pregel: The graph.
            config: What names the checkpoint, if it is not the saver's own name for it.
            live: Whether tasks that have ended since are to be seen.
        """
        entry = self.entry
        if entry is None:
            return None
        built = pregel._build()
        if built.subgraphs(pregel):
            return None
        return self._read(
            entry.snapshot, built.graph, *self._thread, config, built.stream_channels, live
        )

    def show(self, pregel: Pregel, live: bool) -> Shown | None:
        """Return what the checkpoint holds, or None where that has to be told the general way.

        Args:
            pregel: The graph.
            live: Whether writes of tasks that have ended since would have to be applied.
        """
        if self.entry is None:
            return None
        built = pregel._build()
        metadata = self._read(self.entry.metadata)
        shown = self._read(self.entry.show, built.graph, self._thread[1], built.stream_channels)
        if metadata is None or shown is None:
            return None
        values, tasks, pending = shown
        if pending:
            if any(task_id == NULL_TASK_ID for task_id, _, _ in pending):
                return None
            if live:
                statuses = read_task_statuses(pending)
                if any(task.id in statuses and statuses[task.id].finished for task in tasks):
                    return None
        return Shown(values, tasks, pending, metadata)

    def update(
        self,
        pregel: Pregel,
        saver: Any,
        update: StateUpdate,
        may_branch: bool,
    ) -> RunnableConfig | None:
        """Store what an update leads to and return the config of that, or None where it takes more.

        Args:
            pregel: The graph.
            saver: The `InMemorySaver` that has the checkpoint.
            update: Of one node.
            may_branch: Whether the checkpoint may have been followed by another.
        """
        ledger = find_ledger(saver)
        values, node, task_id = update
        if node is None and self.entry is not None:
            node = pregel._infer_as_node(self.entry.versions_seen())
        if ledger is None or self.entry is None or not isinstance(node, str):
            return None
        stored_id = self._read(
            self.entry.update,
            ledger,
            pregel._build().graph,
            *self._thread,
            node,
            values,
            task_id,
            may_branch,
            saver.serde.dumps_typed,
            takes_reading=True,
        )
        return name_checkpoint(*self._thread, stored_id) if stored_id else None

    def _read(self, method: Any, *args: Any, takes_reading: bool = False) -> Any:
        """Return what a method of the entry gives, or None where something cannot be read.

        Then the general way names what it is.
        """
        reading = Reading()
        if takes_reading:
            args = (*args, reading)
        token = None if self.entry.is_plain else READING.set(reading)
        try:
            found = method(*args, *self._loaders)
            return None if reading.losses else found
        except Exception:
            return None
        finally:
            if token is not None:
                READING.reset(token)


def kept_entry(saver: Any, conf: Any) -> Kept | None:
    """Return the checkpoint that configurable values name, if the engine's ledger has it."""
    kept = find_kept(saver)
    if kept is None:
        return None
    ledger, *loaders = kept
    thread = conf[CONFIG_KEY_THREAD_ID], conf.get(CONFIG_KEY_CHECKPOINT_NS, "")
    checkpoint_id = conf.get(CONFIG_KEY_CHECKPOINT_ID) or None
    if not _are_texts(*thread, checkpoint_id or ""):
        return None
    entry = ledger.entry(*thread, checkpoint_id)
    return None if entry is None else Kept(entry, thread, entry.id, loaders)


def kept_latest(saver: Any, conf: Any) -> str | None:
    """Return the id of a namespace's latest checkpoint, if the engine's ledger has it."""
    kept = find_kept(saver)
    if kept is None:
        return None
    thread = conf[CONFIG_KEY_THREAD_ID], conf.get(CONFIG_KEY_CHECKPOINT_NS, "")
    return kept[0].latest(*thread) if _are_texts(*thread) else None


def kept_entries(
    saver: Any,
    config: RunnableConfig,
    filter: dict[str, Any] | None,
    before: RunnableConfig | None,
    limit: int | None,
) -> list[Kept] | None:
    """Return what the saver's `list` would, newest first, if the engine's ledger has it."""
    kept = find_kept(saver)
    if kept is None:
        return None
    ledger, *loaders = kept
    conf = config[CONF]
    thread = conf[CONFIG_KEY_THREAD_ID], conf[CONFIG_KEY_CHECKPOINT_NS]
    if not _are_texts(*thread):
        return None
    only_id = conf.get(CONFIG_KEY_CHECKPOINT_ID)
    before_id = before[CONF].get(CONFIG_KEY_CHECKPOINT_ID) if before else None
    found: list[Kept] = []
    for checkpoint_id in ledger.ids(*thread):
        if only_id and checkpoint_id != only_id or before_id and checkpoint_id >= before_id:
            continue
        if limit is not None and len(found) >= limit:
            break
        if filter:
            metadata = ledger.metadata(*thread, checkpoint_id, *loaders)
            if any(value != metadata.get(key) for key, value in filter.items()):
                continue
        found.append(Kept(ledger.entry(*thread, checkpoint_id), thread, checkpoint_id, loaders))
    return found


def _are_texts(thread_id: Any, checkpoint_ns: Any, checkpoint_id: Any = "") -> bool:
    return (
        isinstance(thread_id, str)
        and isinstance(checkpoint_ns, str)
        and isinstance(checkpoint_id, str)
    )
