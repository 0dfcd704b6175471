"""One superstep of updates to a thread, as `bulk_update_state` performs it."""

from __future__ import annotations

from collections import deque
from typing import TYPE_CHECKING, Any, Iterable, Sequence

from langgraph_rust._internal._config import (
    ensure_config,
    patch_checkpoint_map,
    patch_config,
    patch_configurable,
)
from langgraph_rust._internal._constants import (
    CONF,
    CONFIG_KEY_CHECKPOINT_ID,
    CONFIG_KEY_CHECKPOINT_NS,
    CONFIG_KEY_READ,
    CONFIG_KEY_SEND,
    CONFIG_KEY_TASK_ID,
    INPUT,
    INTERRUPT,
    PUSH,
)
from langgraph_rust._internal._runnable import RunnableSeq
from langgraph_rust._tasks import StateUpdate
from langgraph_rust.channels.delta import DeltaChannel
from langgraph_rust.constants import END
from langgraph_rust.errors import InvalidUpdateError
from langgraph_rust.pregel._ask import Ask
from langgraph_rust.pregel._delta import (
    COUNTERS,
    create_checkpoint_plan_for_update_state_api,
    delta_channels_overwritten,
    delta_channels_with_pending_writes,
    get_updated_channels_from_tasks,
    put_writes_accepts_task_path,
    superseded,
)
from langgraph_rust.pregel._io import map_input
from langgraph_rust.pregel._loaded import (
    View,
    Writes,
    apply_unclaimed,
    copy_checkpoint,
    empty_checkpoint,
    forked_checkpoint,
    load_state,
    restore_outputs,
)
from langgraph_rust.pregel._stored import ask_stored
from langgraph_rust.pregel._utils import get_new_channel_versions

if TYPE_CHECKING:
    from typing import Literal

    from langchain_core.runnables import RunnableConfig

    from langgraph_rust.checkpoint.base import BaseCheckpointSaver
    from langgraph_rust.pregel._ask import Body
    from langgraph_rust.pregel.main import Pregel

COPY = "__copy__"


class Superstep:
    """Updates that are applied together, onto the checkpoint that `config` names.

    Attributes:
        saved: That checkpoint, None if the thread has none.
        fork: Delta channels to snapshot, as the new checkpoint cannot rely on older writes.
    """

    def __init__(
        self,
        pregel: Pregel,
        saver: BaseCheckpointSaver,
        config: RunnableConfig,
        updates: Sequence[StateUpdate],
        *,
        is_first: bool,
    ) -> None:
        self.pregel = pregel
        self.saver = saver
        self.config = pregel._own_checkpoint_config(ensure_config(pregel.config, config))
        self.updates = updates
        self.is_first = is_first
        self.fork: set[str] = set()

    def perform(self) -> Body[RunnableConfig]:
        """Apply the updates; return the config of the checkpoint made."""
        yield from self._load()
        values, as_node = self.updates[0][:2]
        if values is None and as_node == END:
            self._require_single("Cannot apply multiple updates when clearing state")
            return (yield from self._clear())
        if as_node == INPUT:
            self._require_single("Cannot apply multiple updates when updating as input")
            return (yield from self._input(values))
        if as_node == COPY:
            self._require_single("Cannot copy checkpoint with multiple updates")
            return (yield from self._copy(values))
        return (yield from self._write())

    def _require_single(self, message: str) -> None:
        if len(self.updates) > 1:
            raise InvalidUpdateError(message)

    def _load(self) -> Body[None]:
        saved = self.saved = yield from ask_stored(self.saver, self.config, self.pregel.channels)
        if saved is None:
            self.checkpoint = empty_checkpoint()
            self.metadata: dict[str, Any] = {}
            self.previous_versions: dict[str, Any] = {}
            ns = self.config[CONF].get(CONFIG_KEY_CHECKPOINT_NS, "")
            self.checkpoint_config = patch_configurable(self.config, {CONFIG_KEY_CHECKPOINT_NS: ns})
        else:
            if self.is_first:
                self.fork = delta_channels_with_pending_writes(
                    self.pregel.channels, saved.pending_writes
                )
            self.pregel._migrate_checkpoint(saved.checkpoint)
            self.checkpoint = copy_checkpoint(saved.checkpoint)
            self.metadata = dict(saved.metadata)
            self.previous_versions = saved.checkpoint["channel_versions"].copy()
            self.checkpoint_config = patch_configurable(self.config, saved.config[CONF])
        self.step: int = self.metadata.get("step", -1)
        self.state = yield from load_state(
            self.pregel,
            self.checkpoint,
            saved.pending_writes if saved else None,
            saved.config if saved else self.config,
            self.step + 1,
            saver=self.saver,
            saved_config=saved.config if saved else None,
            versioned=True,
        )

    def _clear(self) -> Body[RunnableConfig]:
        """End what the thread was at: apply what finished tasks wrote, plan nothing more."""
        updated: set[str] = set()
        if self.saved is not None:
            planned = self.state.plan(True)
            updated |= apply_unclaimed(self.state, self.saved.pending_writes)
            restore_outputs(planned, self.saved.pending_writes)
            updated |= self.state.apply(list(planned.values()))
        return self._config_of(
            (yield from self._put(updated, "update", self.step + 1, id_step=self.step))
        )

    def _input(self, values: Any) -> Body[RunnableConfig]:
        """Write `values` as the input of a run would be."""
        from uuid import UUID, uuid5

        writes = deque(map_input(self.pregel.input_channels, values))
        if not writes:
            raise InvalidUpdateError(f"Received no input writes for {self.pregel.input_channels}")
        task_id = str(uuid5(UUID(self.checkpoint["id"]), INPUT))
        yield from self._store([(task_id, writes, None)])
        updated = self.state.apply([Writes((), INPUT, writes, [])])
        self.fork |= delta_channels_overwritten(self.pregel.channels, writes)
        step = self.step + 1 if self.metadata.get("step") is not None else -1
        return self._config_of((yield from self._put(updated, "input", step)))

    def _copy(self, values: Any) -> Body[RunnableConfig]:
        """Put the same state again beside the checkpoint; then apply the updates in `values`."""
        saved = self.saved
        if saved is None:
            raise InvalidUpdateError("Cannot copy a non-existent checkpoint")
        metadata = {
            "source": "fork",
            "step": self.step + 1,
            "parents": self.metadata.get("parents", {}),
        }
        if COUNTERS in self.metadata:
            metadata[COUNTERS] = self.metadata[COUNTERS]
        copied = forked_checkpoint(self.checkpoint, self.step)
        beside = saved.parent_config or patch_configurable(
            saved.config, {CONFIG_KEY_CHECKPOINT_ID: None}
        )
        config = yield Ask(self.saver, "put", beside, copied, metadata, {})
        result = self._config_of(config)
        if not isinstance(values, list) or not values:
            return result
        state = yield from load_state(
            self.pregel,
            copied,
            saved.pending_writes,
            config,
            self.step + 2,
            saver=self.saver,
            saved_config=config,
            versioned=True,
            channels=self.state.channels,
        )
        updates = _for_tasks(values, state.plan(True).values())
        return (
            yield from Superstep(self.pregel, self.saver, result, updates, is_first=False).perform()
        )

    def _write(self) -> Body[RunnableConfig]:
        """Run the writers of the nodes on the values, and apply what they write."""
        channels = self.pregel.channels
        tasks = yield from self._run_writers(self._checked_updates())
        writes = [task for _, task in tasks]
        updated = get_updated_channels_from_tasks(writes)
        self.fork |= delta_channels_overwritten(
            channels, (write for task in writes for write in task.writes)
        )
        yield from self._store([(task_id, task.writes, task) for task_id, task in tasks])
        self.state.apply(writes)
        config = yield from self._put(updated, "update", self.step + 1)
        for task_id, task in tasks:
            pushed = [write for write in task.writes if write[0] == PUSH]
            if pushed:
                yield Ask(self.saver, "put_writes", config, pushed, task_id)
        return self._config_of(config)

    def _checked_updates(self) -> list[tuple[str, Any, str | None]]:
        """Return the (node, values, task id) of each update."""
        checked = []
        for values, as_node, task_id in self.updates:
            if as_node is None:
                if len(self.updates) > 1:
                    raise InvalidUpdateError("as_node is required when applying multiple updates")
                as_node = self.pregel._infer_as_node(self.checkpoint["versions_seen"])
            if as_node is None:
                raise InvalidUpdateError("Ambiguous update, specify as_node")
            if as_node not in self.pregel.nodes:
                raise InvalidUpdateError(f"Node {as_node} does not exist")
            checked.append((as_node, values, task_id))
        return checked

    def _run_writers(
        self, updates: Sequence[tuple[str, Any, str | None]]
    ) -> Body[list[tuple[str, Writes]]]:
        """Return the (task id, writes) of each update.

        An update takes the id of a planned task of its node, so that this task counts as finished.
        """
        planned: dict[str, deque[str]] = {}
        if self.saved is not None and self.saved.pending_writes is not None:
            for task in self.state.plan(True).values():
                planned.setdefault(task.name, deque()).append(task.id)
        tasks = []
        for number, (node, values, task_id) in enumerate(updates):
            writers = self.pregel.nodes[node].flat_writers
            if not writers:
                raise InvalidUpdateError(f"Node {node} has no writers")
            if not task_id:
                task_id = (
                    planned[node].popleft()
                    if planned.get(node)
                    else _task_id(self.checkpoint["id"], number)
                )
            task = Writes((INTERRUPT, number), node, deque(), [INTERRUPT])
            tasks.append((task_id, task))
            run = RunnableSeq(*writers) if len(writers) > 1 else writers[0]
            yield Ask(run, "invoke", values, self._writer_config(task_id, task))
        return tasks

    def _writer_config(self, task_id: str, task: Writes) -> RunnableConfig:
        return patch_config(
            self.config,
            run_name=self.pregel.name + "UpdateState",
            configurable={
                CONFIG_KEY_SEND: task.writes.extend,  # type: ignore[attr-defined]
                CONFIG_KEY_TASK_ID: task_id,
                CONFIG_KEY_READ: View(self.state, self.pregel.channels, task.writes, self.step),
            },
        )

    def _store(self, tasks: Iterable[tuple[str, Any, Writes | None]]) -> Body[None]:
        """Save the (task id, writes, task) as pending writes of the checkpoint they are applied to.

        Not on a branch: another checkpoint has consumed its writes already, and would replay these
        too.
        """
        tasks = list(tasks)
        for _, writes, _ in tasks:
            self._identify_messages(writes)
        if self.saved is None:
            return
        if self.is_first and (yield from superseded(self.saver, self.config, self.saved)):
            channels = self.pregel.channels
            written = {name for _, writes, _ in tasks for name, _ in writes}
            self.fork.update(
                name for name in written if isinstance(channels.get(name), DeltaChannel)
            )
            return
        for task_id, writes, task in tasks:
            kept = [write for write in writes if write[0] != PUSH]
            if kept:
                yield _PutWrites(self.saver, task, self.checkpoint_config, kept, task_id)

    def _identify_messages(self, writes: Any) -> None:
        channels = self.pregel.channels
        if any(isinstance(channels.get(name), DeltaChannel) for name, _ in writes):
            from langgraph_rust.pregel._messages import ensure_message_ids

            ensure_message_ids(channels, writes)

    def _put(
        self,
        updated: set[str],
        source: Literal["update", "input"],
        step: int,
        id_step: int | None = None,
    ) -> Body[RunnableConfig]:
        """Save the state as a new checkpoint; return its config."""
        # only delta channels are looked at, and making channel objects takes its time
        channels = self.state.channels if self.pregel._build().deltas else {}
        snapshot, metadata = create_checkpoint_plan_for_update_state_api(
            channels,
            updated,
            source=source,
            step=step,
            parents=self.metadata.get("parents", {}),
            saved_metadata=self.metadata,
            is_fresh_thread=self.saved is None,
            fork_channels=self.fork,
            channel_versions=self.state.versions if channels else {},
        )
        checkpoint = self.state.checkpoint(
            step if id_step is None else id_step,
            channels_to_snapshot=snapshot,
            stored_versions=self.previous_versions,
        )
        versions = get_new_channel_versions(self.previous_versions, checkpoint["channel_versions"])
        return (
            yield Ask(self.saver, "put", self.checkpoint_config, checkpoint, metadata, versions)
        )

    def _config_of(self, config: RunnableConfig) -> RunnableConfig:
        return patch_checkpoint_map(config, self.saved.metadata if self.saved else None)


class _PutWrites(Ask):
    """`put_writes` of a saver, with the task's path if this saver takes it."""

    __slots__ = ("task",)

    def __init__(self, saver: BaseCheckpointSaver, task: Writes | None, *args: Any) -> None:
        super().__init__(saver, "put_writes", *args)
        self.task = task

    def call(self) -> Any:
        self._add_path(self.target.put_writes)
        return super().call()

    async def acall(self) -> Any:
        self._add_path(self.target.aput_writes)
        return await super().acall()

    def _add_path(self, method: Any) -> None:
        if self.task is not None and put_writes_accepts_task_path(method):
            from langgraph_rust.pregel._algo import task_path_str

            self.kwargs["task_path"] = task_path_str(self.task.path)


def _for_tasks(updates: list[Any], planned: Iterable[Any]) -> list[StateUpdate]:
    """Return `updates` by node, with the ids of planned tasks as far as there are some."""
    task_ids: dict[str, deque[str]] = {}
    for task in planned:
        task_ids.setdefault(task.name, deque()).append(task.id)
    by_node: dict[str, list[StateUpdate]] = {}
    for update in updates:
        if not isinstance(update, Sequence):
            raise InvalidUpdateError(f"Invalid update item: {update} when copying checkpoint")
        values, node = update[:2]
        waiting = task_ids.get(node)
        by_node.setdefault(node, []).append(
            StateUpdate(values, node, waiting.popleft() if waiting else None)
        )
    return [update for group in by_node.values() for update in group]


def _task_id(checkpoint_id: str, number: int) -> str:
    """Return the id of the task that stands for an update of no planned task."""
    from hashlib import sha1

    # as `uuid.uuid5` has it, which takes its time
    name = f"{INTERRUPT}:{number}" if number else INTERRUPT
    digest = bytearray(sha1(bytes.fromhex(checkpoint_id.replace("-", "")) + name.encode()).digest())
    digest[6] = digest[6] & 0x0F | 0x50
    digest[8] = digest[8] & 0x3F | 0x80
    text = digest[:16].hex()
    return f"{text[:8]}-{text[8:12]}-{text[12:16]}-{text[16:20]}-{text[20:]}"
