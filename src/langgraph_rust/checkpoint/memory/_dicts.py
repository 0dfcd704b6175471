"""The dicts of an `InMemorySaver`, read and written by the methods of the engine's `Ledger`.

storage  thread -> namespace -> checkpoint id -> (checkpoint, metadata, parent's id)
blobs    (thread, namespace, channel, version) -> value
writes   (thread, namespace, checkpoint id) -> (task id, index)
             -> (task id, channel, value, task path)
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Callable, Collection, Mapping, Sequence, Tuple

from langgraph_rust.checkpoint.base._metadata import WRITES_IDX_MAP, writes_sort_key

if TYPE_CHECKING:
    from langgraph_rust.checkpoint.memory._saver import InMemorySaver

Typed = Tuple[str, bytes]
Loads = Callable[[Typed], Any]
Dumps = Callable[[Any], Typed]

# What a channel without a value has for a value.
_EMPTY = ("empty", b"")


class Dicts:
    """Reads and writes a saver's dicts; see `Ledger` for what the methods take and give."""

    def __init__(self, saver: InMemorySaver) -> None:
        self._saver = saver

    def threads(self) -> Any:
        """The ids of all threads."""
        return self._saver.storage

    def namespaces(self, thread: str) -> Any:
        """The namespaces of a thread."""
        return self._saver.storage[thread]

    def ids(self, thread: str, namespace: str) -> Sequence[str]:
        """The ids of a namespace's checkpoints, newest first."""
        checkpoints = self._saver.storage.get(thread, {}).get(namespace, {})
        return sorted(checkpoints, reverse=True)

    def load(
        self, thread: str, namespace: str, id: Any, loads: Loads, _: Any, metadata: Any = None
    ) -> Any:
        """A checkpoint by its id, or the latest."""
        checkpoints = self._saver.storage[thread][namespace]
        if id is None:
            id = max(checkpoints, default=None)
        stored = checkpoints.get(id)
        if not stored:
            return None
        checkpoint = loads(stored[0])
        checkpoint["channel_values"] = self.values(
            thread, namespace, checkpoint["channel_versions"], loads
        )
        if metadata is None:
            metadata = loads(stored[1])
        return id, checkpoint, metadata, stored[2], self._pending(thread, namespace, id, loads)

    def metadata(self, thread: str, namespace: str, id: str, loads: Loads, _: Any) -> Any:
        """A checkpoint's metadata."""
        stored = self._saver.storage[thread][namespace].get(id)
        return loads(stored[1]) if stored else None

    def part(
        self,
        thread: str,
        namespace: str,
        id: str,
        channels: Collection[str],
        loads: Loads,
        _: Any,
    ) -> Any:
        """Of some channels at a checkpoint: the parent's id, the values, the pending writes."""
        stored = self._saver.storage.get(thread, {}).get(namespace, {}).get(id)
        if not stored:
            return None
        if not channels:
            return stored[2], {}, []
        known = loads(stored[0]).get("channel_versions", {})
        versions = {channel: known[channel] for channel in known if channel in channels}
        values = self.values(thread, namespace, versions, loads)
        return stored[2], values, self._pending(thread, namespace, id, loads, channels)

    def put(
        self,
        thread: str,
        namespace: str,
        id: str,
        parent: Any,
        checkpoint: Mapping[str, Any],
        metadata: Any,
        versions: Mapping[str, Any],
        dumps: Dumps,
    ) -> bool:
        """Store a checkpoint and the values of the channels in `versions`."""
        blobs = self._saver.blobs
        rest = dict(checkpoint)
        values = rest.pop("channel_values")
        for channel, version in versions.items():
            value = dumps(values[channel]) if channel in values else _EMPTY
            blobs[thread, namespace, channel, version] = value
        self._saver.storage[thread][namespace][id] = dumps(rest), dumps(metadata), parent
        return True

    def put_writes(
        self,
        thread: str,
        namespace: str,
        id: str,
        writes: Sequence[tuple[str, Any]],
        task: str,
        path: str,
        dumps: Dumps,
    ) -> bool:
        """Store a task's writes."""
        stored = self._saver.writes[thread, namespace, id]
        for index, (channel, value) in enumerate(writes):
            key = (task, WRITES_IDX_MAP.get(channel, index))
            if key[1] < 0 or key not in stored:
                stored[key] = (task, channel, dumps(value), path)
        return True

    def delete(self, thread: str) -> None:
        """Delete everything of a thread."""
        self._saver.storage.pop(thread, None)
        by_thread: Any
        for by_thread in (self._saver.writes, self._saver.blobs):
            for key in [key for key in by_thread if key[0] == thread]:
                del by_thread[key]

    def values(
        self, thread: str, namespace: str, versions: Mapping[str, Any], loads: Loads
    ) -> dict[str, Any]:
        """The values of channels at these versions, but for those that had none."""
        found, blobs = {}, self._saver.blobs
        for channel, version in versions.items():
            key = (thread, namespace, channel, version)
            # By `in`: a dict of the user's making may fill in what is missing.
            if key in blobs and (blob := blobs[key])[0] != "empty":
                found[channel] = loads(blob)
        return found

    def _pending(
        self, thread: str, namespace: str, id: str, loads: Loads, channels: Any = None
    ) -> Any:
        stored = self._saver.writes.get((thread, namespace, id))
        if not stored:
            return []
        return [
            (task, channel, loads(value))
            for _, (task, channel, value, _) in sorted(stored.items(), key=_order_of_item)
            if channels is None or channel in channels
        ]


def _order_of_item(item: Any) -> tuple[str, str, int]:
    (task_id, index), write = item
    return writes_sort_key(write[3], task_id, index)
