"""`InMemorySaver`: checkpoints in dicts.

storage  thread -> namespace -> checkpoint id -> (checkpoint, metadata, parent's id)
blobs    (thread, namespace, channel, version) -> value
writes   (thread, namespace, checkpoint id) -> (task id, index)
             -> (task id, channel, value, task path)

Checkpoints, metadata and values are as the serializer wrote them, so what is read is never
shared with what was stored. A channel's value is stored once a version: a checkpoint names
versions, and holds no values.
"""

from __future__ import annotations

from collections import defaultdict
from contextlib import AbstractAsyncContextManager, AbstractContextManager, ExitStack
from random import random
from typing import TYPE_CHECKING, Any, AsyncIterator, Iterator, Mapping, Sequence, cast

from langgraph_rust._internal._home import settle
from langgraph_rust.checkpoint.base._delta import HistoryOfChannels
from langgraph_rust.checkpoint.base._metadata import (
    WRITES_IDX_MAP,
    get_checkpoint_id,
    get_checkpoint_metadata,
    writes_sort_key,
)
from langgraph_rust.checkpoint.base._saver import BaseCheckpointSaver
from langgraph_rust.checkpoint.base._shapes import CheckpointTuple

if TYPE_CHECKING:
    from types import TracebackType

    from langchain_core.runnables import RunnableConfig

    from langgraph_rust.checkpoint.base._shapes import (
        ChannelVersions,
        Checkpoint,
        CheckpointMetadata,
        DeltaChannelHistory,
    )
    from langgraph_rust.checkpoint.serde.base import SerializerProtocol

    Typed = tuple[str, bytes]
    Stored = tuple[Typed, Typed, "str | None"]

# What a channel without a value has for a value.
_EMPTY = ("empty", b"")


def _dict_of_dicts() -> defaultdict:
    return defaultdict(dict)


def _name(thread_id: str, checkpoint_ns: str, checkpoint_id: str) -> RunnableConfig:
    return {
        "configurable": {
            "thread_id": thread_id,
            "checkpoint_ns": checkpoint_ns,
            "checkpoint_id": checkpoint_id,
        }
    }


class InMemorySaver(BaseCheckpointSaver[str], AbstractContextManager, AbstractAsyncContextManager):
    """Keeps checkpoints in memory, for as long as it lives: for tests and trials.

    Args:
        serde: What turns values into bytes.
        factory: What makes the dicts, if they are to be more than dicts (`PersistentDict`);
            they are then entered and left with the saver.
    """

    storage: defaultdict[str, dict[str, dict[str, Stored]]]
    writes: defaultdict[tuple[str, str, str], dict[tuple[str, int], tuple[str, str, Typed, str]]]
    blobs: dict[tuple[str, str, str, str | int | float], Typed]

    def __init__(
        self,
        *,
        serde: SerializerProtocol | None = None,
        factory: type[defaultdict] = defaultdict,
    ) -> None:
        super().__init__(serde=serde)
        self.storage = factory(_dict_of_dicts)
        self.writes = factory(dict)
        self.blobs = factory()
        self.stack = ExitStack()
        if factory is not defaultdict:
            for entered in (self.storage, self.writes, self.blobs):
                self.stack.enter_context(cast(Any, entered))

    def __enter__(self) -> InMemorySaver:
        self.stack.__enter__()
        return self

    def __exit__(
        self,
        exc_type: type[BaseException] | None,
        exc_value: BaseException | None,
        traceback: TracebackType | None,
    ) -> bool | None:
        return self.stack.__exit__(exc_type, exc_value, traceback)

    async def __aenter__(self) -> InMemorySaver:
        return self.__enter__()

    async def __aexit__(
        self,
        __exc_type: type[BaseException] | None,
        __exc_value: BaseException | None,
        __traceback: TracebackType | None,
    ) -> bool | None:
        return self.__exit__(__exc_type, __exc_value, __traceback)

    def _load_blobs(
        self, thread_id: str, checkpoint_ns: str, versions: ChannelVersions
    ) -> dict[str, Any]:
        found, loads, blobs = {}, self.serde.loads_typed, self.blobs
        for channel, version in versions.items():
            key = (thread_id, checkpoint_ns, channel, version)
            # By `in`: a dict of the user's making may fill in what is missing.
            if key in blobs and (blob := blobs[key])[0] != "empty":
                found[channel] = loads(blob)
        return found

    def _ordered_writes(
        self, thread_id: str, checkpoint_ns: str, checkpoint_id: str
    ) -> list[tuple[str, str, Typed, str]]:
        stored = self.writes.get((thread_id, checkpoint_ns, checkpoint_id))
        if not stored:
            return []
        return [write for _, write in sorted(stored.items(), key=_order_of_item)]

    def _load_writes(
        self, thread_id: str, checkpoint_ns: str, checkpoint_id: str
    ) -> list[tuple[str, str, Any]]:
        loads = self.serde.loads_typed
        return [
            (task_id, channel, loads(value))
            for task_id, channel, value, _ in self._ordered_writes(
                thread_id, checkpoint_ns, checkpoint_id
            )
        ]

    def _load_tuple(
        self, thread_id: str, checkpoint_ns: str, checkpoint_id: str, stored: Stored, **known: Any
    ) -> CheckpointTuple:
        """Put together what belongs to a stored checkpoint; `known` are parts already at hand."""
        checkpoint, metadata, parent_id = stored
        loads = self.serde.loads_typed
        loaded: Any = loads(checkpoint)
        loaded["channel_values"] = self._load_blobs(
            thread_id, checkpoint_ns, loaded["channel_versions"]
        )
        return CheckpointTuple(
            config=known.get("config") or _name(thread_id, checkpoint_ns, checkpoint_id),
            checkpoint=loaded,
            metadata=known["metadata"] if "metadata" in known else loads(metadata),
            parent_config=_name(thread_id, checkpoint_ns, parent_id) if parent_id else None,
            pending_writes=self._load_writes(thread_id, checkpoint_ns, checkpoint_id),
        )

    def get_tuple(self, config: RunnableConfig) -> CheckpointTuple | None:
        """Return the checkpoint that the config names, the latest if it names none, or None."""
        thread_id: str = config["configurable"]["thread_id"]
        checkpoint_ns: str = config["configurable"].get("checkpoint_ns", "")
        checkpoints = self.storage[thread_id][checkpoint_ns]
        checkpoint_id = get_checkpoint_id(config)
        if checkpoint_id:
            stored = checkpoints.get(checkpoint_id)
            if not stored:
                return None
            return self._load_tuple(thread_id, checkpoint_ns, checkpoint_id, stored, config=config)
        if not checkpoints:
            return None
        latest = max(checkpoints)
        return self._load_tuple(thread_id, checkpoint_ns, latest, checkpoints[latest])

    def list(
        self,
        config: RunnableConfig | None,
        *,
        filter: dict[str, Any] | None = None,
        before: RunnableConfig | None = None,
        limit: int | None = None,
    ) -> Iterator[CheckpointTuple]:
        """Iterate over stored checkpoints: thread by thread, namespace by namespace, newest first.

        Args:
            config: What to list: a thread, of it a namespace or a checkpoint; None for all threads.
            filter: Keys of the metadata and the values they must have.
            before: Names a checkpoint; only older ones are listed.
            limit: How many to list at most.
        """
        wanted = config["configurable"] if config else {}
        only_ns, only_id = wanted.get("checkpoint_ns"), wanted.get("checkpoint_id")
        before_id = get_checkpoint_id(before) if before else None
        for thread_id in (wanted["thread_id"],) if config else self.storage:
            for checkpoint_ns, checkpoints in self.storage[thread_id].items():
                if only_ns is not None and checkpoint_ns != only_ns:
                    continue
                for checkpoint_id in sorted(checkpoints, reverse=True):
                    if (
                        only_id
                        and checkpoint_id != only_id
                        or before_id
                        and checkpoint_id >= before_id
                    ):
                        continue
                    stored = checkpoints[checkpoint_id]
                    metadata = self.serde.loads_typed(stored[1])
                    if filter and any(value != metadata.get(key) for key, value in filter.items()):
                        continue
                    if limit is not None:
                        if limit <= 0:
                            break
                        limit -= 1
                    yield self._load_tuple(
                        thread_id, checkpoint_ns, checkpoint_id, stored, metadata=metadata
                    )

    def put(
        self,
        config: RunnableConfig,
        checkpoint: Checkpoint,
        metadata: CheckpointMetadata,
        new_versions: ChannelVersions,
    ) -> RunnableConfig:
        """Store a checkpoint, and the values of the channels that changed.

        Args:
            config: Names the thread, the namespace, and the parent checkpoint if there is one.
            checkpoint: What to store.
            metadata: What to store with it.
            new_versions: The channels that changed since the parent, with their versions.

        Returns:
            A config that names the stored checkpoint.
        """
        thread_id = config["configurable"]["thread_id"]
        checkpoint_ns = config["configurable"]["checkpoint_ns"]
        checkpoint_id = checkpoint["id"]
        dumps, blobs = self.serde.dumps_typed, self.blobs
        rest: dict[str, Any] = cast(Any, checkpoint.copy())
        values = rest.pop("channel_values")
        for channel, version in new_versions.items():
            value = dumps(values[channel]) if channel in values else _EMPTY
            blobs[thread_id, checkpoint_ns, channel, version] = value
        self.storage[thread_id][checkpoint_ns][checkpoint_id] = (
            dumps(rest),
            dumps(get_checkpoint_metadata(config, metadata)),
            get_checkpoint_id(config),
        )
        return _name(thread_id, checkpoint_ns, checkpoint_id)

    def put_writes(
        self,
        config: RunnableConfig,
        writes: Sequence[tuple[str, Any]],
        task_id: str,
        task_path: str = "",
    ) -> None:
        """Store the writes of a task.

        A write already stored stays as it is; an error, an interrupt or a resume takes the
        place of the one before.

        Args:
            config: Names the checkpoint.
            writes: Pairs of channel and value.
            task_id: The task that wrote.
            task_path: Its place in the superstep, by which writes are sorted.
        """
        thread_id = config["configurable"]["thread_id"]
        checkpoint_ns = config["configurable"].get("checkpoint_ns", "")
        checkpoint_id = config["configurable"]["checkpoint_id"]
        if not writes:
            return
        dumps = self.serde.dumps_typed
        stored = self.writes[thread_id, checkpoint_ns, checkpoint_id]
        for index, (channel, value) in enumerate(writes):
            key = (task_id, WRITES_IDX_MAP.get(channel, index))
            if key[1] < 0 or key not in stored:
                stored[key] = (task_id, channel, dumps(value), task_path)

    def delete_thread(self, thread_id: str) -> None:
        """Delete everything of a thread."""
        self.storage.pop(thread_id, None)
        by_thread: Any
        for by_thread in (self.writes, self.blobs):
            for key in [key for key in by_thread if key[0] == thread_id]:
                del by_thread[key]

    def get_delta_channel_history(
        self, *, config: RunnableConfig, channels: Sequence[str]
    ) -> Mapping[str, DeltaChannelHistory]:
        """Return what rebuilds the values of delta channels at a checkpoint. Beta.

        Loads of each ancestor its versions, and values and writes of the channels still looked for.
        """
        if not channels:
            return {}
        thread_id = config["configurable"]["thread_id"]
        checkpoint_ns = config["configurable"].get("checkpoint_ns", "")
        checkpoints = self.storage.get(thread_id, {}).get(checkpoint_ns, {})
        target = checkpoints.get(get_checkpoint_id(config) or max(checkpoints, default=""))
        history, loads = HistoryOfChannels(channels), self.serde.loads_typed
        ancestor_id = target[2] if target else None
        while ancestor_id is not None and history.open and ancestor_id in checkpoints:
            stored = checkpoints[ancestor_id]
            versions = loads(stored[0]).get("channel_versions", {})
            seeds = {}
            for channel in history.open & versions.keys():
                blob = self.blobs.get((thread_id, checkpoint_ns, channel, versions[channel]))
                if blob is not None and blob[0] != "empty":
                    seeds[channel] = loads(blob)
            # An ancestor's value is the one before its own writes: they belong to the walk.
            history.add_writes(
                [
                    (task_id, channel, loads(value))
                    for task_id, channel, value, _ in self._ordered_writes(
                        thread_id, checkpoint_ns, ancestor_id
                    )
                    if channel in history.open
                ]
            )
            for channel, seed in seeds.items():
                history.close(channel, seed)
            ancestor_id = stored[2]
        return history.collect()

    async def aget_delta_channel_history(
        self, *, config: RunnableConfig, channels: Sequence[str]
    ) -> Mapping[str, DeltaChannelHistory]:
        """Async twin of `get_delta_channel_history`."""
        return self.get_delta_channel_history(config=config, channels=channels)

    async def aget_tuple(self, config: RunnableConfig) -> CheckpointTuple | None:
        """Async twin of `get_tuple`."""
        return self.get_tuple(config)

    async def alist(
        self,
        config: RunnableConfig | None,
        *,
        filter: dict[str, Any] | None = None,
        before: RunnableConfig | None = None,
        limit: int | None = None,
    ) -> AsyncIterator[CheckpointTuple]:
        """Async twin of `list`."""
        for found in self.list(config, filter=filter, before=before, limit=limit):
            yield found

    async def aput(
        self,
        config: RunnableConfig,
        checkpoint: Checkpoint,
        metadata: CheckpointMetadata,
        new_versions: ChannelVersions,
    ) -> RunnableConfig:
        """Async twin of `put`."""
        return self.put(config, checkpoint, metadata, new_versions)

    async def aput_writes(
        self,
        config: RunnableConfig,
        writes: Sequence[tuple[str, Any]],
        task_id: str,
        task_path: str = "",
    ) -> None:
        """Async twin of `put_writes`."""
        return self.put_writes(config, writes, task_id, task_path)

    async def adelete_thread(self, thread_id: str) -> None:
        """Async twin of `delete_thread`."""
        return self.delete_thread(thread_id)

    def get_next_version(self, current: str | None, channel: None) -> str:
        """Return a version greater than `current`: a count, then random digits to tell forks."""
        if current is None:
            count = 1
        else:
            count = (current if isinstance(current, int) else int(current.split(".")[0])) + 1
        return f"{count:032}.{random():016}"


def _order_of_item(item: Any) -> tuple[str, str, int]:
    (task_id, index), write = item
    return writes_sort_key(write[3], task_id, index)


settle("langgraph.checkpoint.memory", InMemorySaver)
