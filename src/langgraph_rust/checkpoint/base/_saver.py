"""The base of checkpoint savers."""

from __future__ import annotations

import sys
from typing import (
    TYPE_CHECKING,
    Any,
    AsyncIterator,
    Collection,
    Generic,
    Iterator,
    Mapping,
    Sequence,
    TypeVar,
)

from langgraph_rust._internal._home import settle
from langgraph_rust.checkpoint.base._allowlist import _with_msgpack_allowlist
from langgraph_rust.checkpoint.base._delta import walk_delta_history
from langgraph_rust.checkpoint.serde.base import SerializerProtocol, maybe_add_typed_methods
from langgraph_rust.checkpoint.serde.jsonplus import JsonPlusSerializer

if TYPE_CHECKING:
    from langchain_core.runnables import RunnableConfig
    from typing_extensions import TypeGuard

    from langgraph_rust.checkpoint.base._shapes import (
        ChannelVersions,
        Checkpoint,
        CheckpointMetadata,
        CheckpointTuple,
        DeltaChannelHistory,
    )

V = TypeVar("V", int, float, str)


class BaseCheckpointSaver(Generic[V]):
    """Keeps the checkpoints and pending writes of a graph's threads.

    A config names what is meant by its `configurable`: `thread_id`, `checkpoint_ns` (the
    subgraph, `""` for the outermost graph) and `checkpoint_id` (the latest one if missing).
    A saver implements `get_tuple`, `list`, `put`, `put_writes` and `delete_thread`, their async
    twins, or both.

    Attributes:
        serde: What turns values into bytes.
    """

    serde: SerializerProtocol = JsonPlusSerializer()

    def __init__(
        self,
        *,
        serde: SerializerProtocol | None = None,
    ) -> None:
        self.serde = maybe_add_typed_methods(serde or self.serde)

    @property
    def config_specs(self) -> list:
        """The fields that the saver reads from a config's `configurable`; none by default."""
        return []

    def get(self, config: RunnableConfig) -> Checkpoint | None:
        """Return the checkpoint that the config names, or None."""
        found = self.get_tuple(config)
        return found.checkpoint if found else None

    def get_tuple(self, config: RunnableConfig) -> CheckpointTuple | None:
        """Return the checkpoint that the config names with all that belongs to it, or None.

        Its `pending_writes` are in the order of `writes_sort_key`.

        Raises:
            NotImplementedError: if the saver has no sync form.
        """
        raise NotImplementedError

    def list(
        self,
        config: RunnableConfig | None,
        *,
        filter: dict[str, Any] | None = None,
        before: RunnableConfig | None = None,
        limit: int | None = None,
    ) -> Iterator[CheckpointTuple]:
        """Iterate over stored checkpoints, newest first.

        Args:
            config: What to list: a thread, of it a namespace or a checkpoint; None for all threads.
            filter: Keys of the metadata and the values they must have.
            before: Names a checkpoint; only older ones are listed.
            limit: How many to list at most.

        Raises:
            NotImplementedError: if the saver has no sync form.
        """
        raise NotImplementedError

    def put(
        self,
        config: RunnableConfig,
        checkpoint: Checkpoint,
        metadata: CheckpointMetadata,
        new_versions: ChannelVersions,
    ) -> RunnableConfig:
        """Store a checkpoint.

        Args:
            config: Names the thread, the namespace, and the parent checkpoint if there is one.
            checkpoint: What to store.
            metadata: What to store with it.
            new_versions: The channels that changed since the parent, with their versions.

        Returns:
            A config that names the stored checkpoint.

        Raises:
            NotImplementedError: if the saver has no sync form.
        """
        raise NotImplementedError

    def put_writes(
        self,
        config: RunnableConfig,
        writes: Sequence[tuple[str, Any]],
        task_id: str,
        task_path: str = "",
    ) -> None:
        """Store the writes of a task, to be applied after the checkpoint that the config names.

        Args:
            config: Names the checkpoint.
            writes: Pairs of channel and value.
            task_id: The task that wrote.
            task_path: Its place in the superstep, by which writes are sorted.

        Raises:
            NotImplementedError: if the saver has no sync form.
        """
        raise NotImplementedError

    def delete_thread(
        self,
        thread_id: str,
    ) -> None:
        """Delete everything of a thread."""
        raise NotImplementedError

    def delete_for_runs(
        self,
        run_ids: Sequence[str],
    ) -> None:
        """Delete what these runs stored.

        A delta channel of a thread that lives on may need those writes: see `prune`.
        """
        raise NotImplementedError

    def copy_thread(
        self,
        source_thread_id: str,
        target_thread_id: str,
    ) -> None:
        """Copy everything of a thread to another.

        The whole chain of ancestors with their writes must come along: the value of a delta
        channel is spread over it, back to its last snapshot.
        """
        raise NotImplementedError

    def prune(
        self,
        thread_ids: Sequence[str],
        *,
        strategy: str = "keep_latest",
    ) -> None:
        """Delete what these threads no longer need.

        The value of a delta channel is spread over the writes of ancestors back to its last
        snapshot. Whoever implements `keep_latest` must keep these too, or store a snapshot in the
        checkpoint that stays, before deleting: nothing would fail otherwise, the channel would
        come back empty.

        Args:
            thread_ids: The threads.
            strategy: `"keep_latest"` keeps the latest one of each namespace, `"delete"` none.
        """
        raise NotImplementedError

    async def aget(self, config: RunnableConfig) -> Checkpoint | None:
        """Async twin of `get`."""
        found = await self.aget_tuple(config)
        return found.checkpoint if found else None

    async def aget_tuple(self, config: RunnableConfig) -> CheckpointTuple | None:
        """Async twin of `get_tuple`."""
        raise NotImplementedError

    async def alist(
        self,
        config: RunnableConfig | None,
        *,
        filter: dict[str, Any] | None = None,
        before: RunnableConfig | None = None,
        limit: int | None = None,
    ) -> AsyncIterator[CheckpointTuple]:
        """Async twin of `list`."""
        raise NotImplementedError
        yield

    async def aput(
        self,
        config: RunnableConfig,
        checkpoint: Checkpoint,
        metadata: CheckpointMetadata,
        new_versions: ChannelVersions,
    ) -> RunnableConfig:
        """Async twin of `put`."""
        raise NotImplementedError

    async def aput_writes(
        self,
        config: RunnableConfig,
        writes: Sequence[tuple[str, Any]],
        task_id: str,
        task_path: str = "",
    ) -> None:
        """Async twin of `put_writes`."""
        raise NotImplementedError

    async def adelete_thread(
        self,
        thread_id: str,
    ) -> None:
        """Async twin of `delete_thread`."""
        raise NotImplementedError

    async def adelete_for_runs(
        self,
        run_ids: Sequence[str],
    ) -> None:
        """Async twin of `delete_for_runs`."""
        raise NotImplementedError

    async def acopy_thread(
        self,
        source_thread_id: str,
        target_thread_id: str,
    ) -> None:
        """Async twin of `copy_thread`."""
        raise NotImplementedError

    async def aprune(
        self,
        thread_ids: Sequence[str],
        *,
        strategy: str = "keep_latest",
    ) -> None:
        """Async twin of `prune`."""
        raise NotImplementedError

    def get_delta_channel_history(
        self, *, config: RunnableConfig, channels: Sequence[str]
    ) -> Mapping[str, DeltaChannelHistory]:
        """Return what rebuilds the values of delta channels at a checkpoint. Beta.

        Follows parents, not the order of time, so of a forked thread only what lies on the
        path counts. This one needs nothing but `get_tuple`; a saver that can read its storage
        directly may do better.

        Args:
            config: Names the checkpoint.
            channels: The channels to look for.

        Returns:
            For each channel the nearest value stored above the checkpoint, and the writes since.
        """
        walk = walk_delta_history(config, channels)
        try:
            wanted = next(walk)
            while True:
                wanted = walk.send(self.get_tuple(wanted))
        except StopIteration as end:
            return end.value

    async def aget_delta_channel_history(
        self, *, config: RunnableConfig, channels: Sequence[str]
    ) -> Mapping[str, DeltaChannelHistory]:
        """Async twin of `get_delta_channel_history`."""
        walk = walk_delta_history(config, channels)
        found: CheckpointTuple | None = None
        try:
            wanted = next(walk)
            while True:
                found = await self.aget_tuple(wanted)
                wanted = walk.send(found)
        except StopIteration as end:
            return end.value

    def get_next_version(self, current: V | None, channel: None) -> V:
        """Return a version greater than `current`: the next integer, unless a saver says otherwise.

        Args:
            current: A channel's version; None if it has none yet.
            channel: Not used any more.

        Raises:
            NotImplementedError: if versions are strings, which only a saver knows to count.
        """
        if isinstance(current, str):
            raise NotImplementedError
        return 1 if current is None else current + 1  # type: ignore[return-value]

    def with_allowlist(
        self, extra_allowlist: Collection[tuple[str, ...]]
    ) -> BaseCheckpointSaver[V]:
        """Return a shallow copy that allows these classes too; itself, if it already does."""
        serde = _with_msgpack_allowlist(self.serde, extra_allowlist)
        if serde is self.serde:
            return self
        from copy import copy

        clone = copy(self)
        clone.serde = maybe_add_typed_methods(serde)
        return clone


def is_saver(obj: Any) -> TypeGuard[BaseCheckpointSaver[Any]]:
    """Whether `obj` is a checkpoint saver: ours, or of a class that derives from LangGraph's base.

    Without `install()` savers of other distributions derive from that.
    """
    if isinstance(obj, BaseCheckpointSaver):
        return True
    theirs = getattr(sys.modules.get("langgraph.checkpoint.base"), "BaseCheckpointSaver", None)
    return theirs is not None and isinstance(obj, theirs)


settle("langgraph.checkpoint.base", BaseCheckpointSaver)
