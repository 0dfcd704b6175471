"""`InMemorySaver`: checkpoints in dicts, of which `_dicts` tells the form.

Checkpoints, metadata and values are as the serializer wrote them, so what is read is never
shared with what was stored. A channel's value is stored once a version: a checkpoint names
versions, and holds no values.

As long as nobody asks for these dicts they are empty, and the same content is in the engine's
`Ledger`, which runs fill without a call into Python. With the first look at one of them it moves
into them for good. A saver of a derived class, or with a serializer of its own, has dicts only.
"""

from __future__ import annotations

from collections import defaultdict
from contextlib import AbstractAsyncContextManager, AbstractContextManager, ExitStack
from random import random
from typing import TYPE_CHECKING, Any, AsyncIterator, Iterator, Mapping, Sequence, cast

from langgraph_rust._internal._home import settle
from langgraph_rust.checkpoint.base._delta import HistoryOfChannels
from langgraph_rust.checkpoint.base._metadata import (
    get_checkpoint_id,
    get_checkpoint_metadata,
)
from langgraph_rust.checkpoint.base._saver import BaseCheckpointSaver
from langgraph_rust.checkpoint.base._shapes import CheckpointTuple
from langgraph_rust.checkpoint.memory._dicts import Dicts
from langgraph_rust.checkpoint.serde._reading import READING
from langgraph_rust.checkpoint.serde.jsonplus import JsonPlusSerializer

if TYPE_CHECKING:
    from types import TracebackType

    from langchain_core.runnables import RunnableConfig

    from langgraph_rust.checkpoint.base._shapes import (
        ChannelVersions,
        Checkpoint,
        CheckpointMetadata,
        DeltaChannelHistory,
    )
    from langgraph_rust.checkpoint.memory._dicts import Typed
    from langgraph_rust.checkpoint.serde.base import SerializerProtocol

    Stored = tuple[Typed, Typed, "str | None"]


def _dict_of_dicts() -> defaultdict:
    return defaultdict(dict)


def name_checkpoint(thread_id: str, checkpoint_ns: str, checkpoint_id: str) -> RunnableConfig:
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

    _ledger: Any = None

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
        if type(self) is InMemorySaver and factory is defaultdict:
            from langgraph_rust._engine import Ledger

            self._ledger = Ledger()
        if factory is not defaultdict:
            for entered in (self.storage, self.writes, self.blobs):
                self.stack.enter_context(cast(Any, entered))

    @property
    def storage(self) -> defaultdict[str, dict[str, dict[str, Stored]]]:
        """Checkpoints: by thread, namespace and id, with metadata and the parent's id."""
        self._open()
        return self.__dict__["storage"]

    @storage.setter
    def storage(self, storage: Any) -> None:
        self._open()
        self.__dict__["storage"] = storage

    @property
    def writes(
        self,
    ) -> defaultdict[tuple[str, str, str], dict[tuple[str, int], tuple[str, str, Typed, str]]]:
        """Pending writes: by thread, namespace and checkpoint, then by task and number."""
        self._open()
        return self.__dict__["writes"]

    @writes.setter
    def writes(self, writes: Any) -> None:
        self._open()
        self.__dict__["writes"] = writes

    @property
    def blobs(self) -> dict[tuple[str, str, str, str | int | float], Typed]:
        """Values: by thread, namespace, channel and version."""
        self._open()
        return self.__dict__["blobs"]

    @blobs.setter
    def blobs(self, blobs: Any) -> None:
        self._open()
        self.__dict__["blobs"] = blobs

    def _open(self) -> None:
        """Move what the ledger has into the dicts, for good."""
        ledger = self._ledger
        if ledger is not None:
            self._ledger = None
            own = self.__dict__
            ledger.open(own["storage"], own["writes"], own["blobs"])

    def _find_ledger(self, *names: Any) -> Any:
        """Return the ledger if it holds the content, else None: then the dicts do.

        Names that are no strings are for dicts only.
        """
        ledger = self._ledger
        if ledger is None:
            return None
        # a copy of this saver may have opened it
        if ledger.live and type(self.serde) is JsonPlusSerializer and all(map(_is_text, names)):
            return ledger
        self._open()
        return None

    def _find_content(self, *names: Any) -> Any:
        """Return what holds the content under these names: the ledger, or the dicts."""
        ledger = self._find_ledger(*names)
        return Dicts(self) if ledger is None else ledger

    def _loads(self) -> tuple[Any, Any]:
        """What makes objects: the serializer's method, and its hook if it does no more."""
        serde = self.serde
        is_own = type(serde) is JsonPlusSerializer and "loads_typed" not in vars(serde)
        is_own = is_own and vars(JsonPlusSerializer)["loads_typed"] is _LOADS
        # a reading takes note of what the method cannot read
        is_own = is_own and READING.get() is None
        return serde.loads_typed, serde._unpack_ext_hook if is_own else None  # type: ignore[attr-defined]

    def _tuple_of(
        self, thread_id: str, checkpoint_ns: str, loaded: Any, config: Any = None
    ) -> CheckpointTuple:
        checkpoint_id, checkpoint, metadata, parent_id, pending = loaded
        return CheckpointTuple(
            config=config or name_checkpoint(thread_id, checkpoint_ns, checkpoint_id),
            checkpoint=checkpoint,
            metadata=metadata,
            parent_config=name_checkpoint(thread_id, checkpoint_ns, parent_id)
            if parent_id
            else None,
            pending_writes=pending,
        )

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
        dicts = Dicts(self)
        return dicts.values(thread_id, checkpoint_ns, versions, self.serde.loads_typed)

    def get_tuple(self, config: RunnableConfig) -> CheckpointTuple | None:
        """Return the checkpoint that the config names, the latest if it names none, or None."""
        thread_id: str = config["configurable"]["thread_id"]
        checkpoint_ns: str = config["configurable"].get("checkpoint_ns", "")
        checkpoint_id = get_checkpoint_id(config) or None
        held = self._find_content(thread_id, checkpoint_ns, checkpoint_id or "")
        loaded = held.load(thread_id, checkpoint_ns, checkpoint_id, *self._loads())
        if loaded is None:
            return None
        named = config if checkpoint_id else None
        return self._tuple_of(thread_id, checkpoint_ns, loaded, named)

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
        held, how = self._find_content(wanted.get("thread_id", "")), self._loads()
        for thread_id in (wanted["thread_id"],) if config else held.threads():
            for checkpoint_ns in held.namespaces(thread_id):
                if only_ns is not None and checkpoint_ns != only_ns:
                    continue
                for checkpoint_id in held.ids(thread_id, checkpoint_ns):
                    if (
                        only_id
                        and checkpoint_id != only_id
                        or before_id
                        and checkpoint_id >= before_id
                    ):
                        continue
                    # whoever iterates may have looked into the dicts meanwhile
                    held = self._find_content(thread_id)
                    name = thread_id, checkpoint_ns, checkpoint_id, *how
                    metadata = held.metadata(*name)
                    if metadata is None:
                        continue  # deleted meanwhile
                    if filter and any(value != metadata.get(key) for key, value in filter.items()):
                        continue
                    if limit is not None:
                        if limit <= 0:
                            break
                        limit -= 1
                    loaded = held.load(*name, metadata)
                    if loaded is not None:
                        yield self._tuple_of(thread_id, checkpoint_ns, loaded)

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
        parent_id, dumps = get_checkpoint_id(config), self.serde.dumps_typed
        described = get_checkpoint_metadata(config, metadata)
        name = thread_id, checkpoint_ns, checkpoint_id, parent_id
        held = self._find_content(thread_id, checkpoint_ns, checkpoint_id, parent_id or "")
        while not held.put(*name, checkpoint, described, new_versions, dumps):
            self._open()
            held = Dicts(self)
        return name_checkpoint(thread_id, checkpoint_ns, checkpoint_id)

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
        dumps, name = self.serde.dumps_typed, (thread_id, checkpoint_ns, checkpoint_id)
        held = self._find_content(*name, task_id, task_path)
        while not held.put_writes(*name, writes, task_id, task_path, dumps):
            held = Dicts(self)

    def delete_thread(self, thread_id: str) -> None:
        """Delete everything of a thread."""
        self._find_content(thread_id).delete(thread_id)

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
        held = self._find_content(thread_id, checkpoint_ns)
        history, loads = HistoryOfChannels(channels), self._loads()
        ids = held.ids(thread_id, checkpoint_ns)
        checkpoint_id = get_checkpoint_id(config) or (ids[0] if ids else "")
        target = held.part(thread_id, checkpoint_ns, checkpoint_id, (), *loads)
        ancestor_id = target[0] if target else None
        while ancestor_id is not None and history.open:
            part = held.part(thread_id, checkpoint_ns, ancestor_id, history.open, *loads)
            if part is None:
                break
            ancestor_id, seeds, writes = part
            history.add_writes(writes)
            for channel, seed in seeds.items():
                history.close(channel, seed)
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


def _is_text(value: Any) -> bool:
    return isinstance(value, str)


# What a run leaves out when it fills the ledger itself: all as they were defined.
_SKIPPED = {
    name: vars(InMemorySaver)[name]
    for name in ("put", "aput", "put_writes", "aput_writes", "get_next_version")
}
# What a reader of states leaves out.
_UNREAD = {name: vars(InMemorySaver)[name] for name in ("get_tuple", "aget_tuple", "list", "alist")}
_DUMPS, _LOADS = (vars(JsonPlusSerializer)[name] for name in ("dumps_typed", "loads_typed"))


def is_replaced(saver: InMemorySaver, *methods: str) -> bool:
    """Tell whether somebody put another method in the place of one of these."""
    own = vars(saver)
    return any(name in own or vars(InMemorySaver)[name] is not _SKIPPED[name] for name in methods)


def find_ledger(saver: InMemorySaver) -> Any:
    """Return what a run may fill without the saver's methods; None if somebody would miss them."""
    serde = saver.serde
    if is_replaced(saver, *_SKIPPED):
        return None
    if "dumps_typed" in vars(serde) or vars(JsonPlusSerializer)["dumps_typed"] is not _DUMPS:
        return None
    return saver._find_ledger()


def is_read_by_others(saver: InMemorySaver) -> bool:
    """Tell whether somebody put another method in the place of one that reads."""
    own, methods = vars(saver), vars(InMemorySaver)
    return any(name in own or methods[name] is not method for name, method in _UNREAD.items())


def find_kept(saver: Any) -> Any:
    """Return what states can be read from without the saver's methods, and the two loaders.

    None if it is another saver, or somebody would miss the methods, or its content is in its dicts.
    """
    if type(saver) is not InMemorySaver:
        return None
    if is_read_by_others(saver):
        return None
    ledger = saver._find_ledger()
    if ledger is None:
        return None
    loads, hook = saver._loads()
    return None if hook is None else (ledger, loads, hook)


settle("langgraph.checkpoint.memory", InMemorySaver)
