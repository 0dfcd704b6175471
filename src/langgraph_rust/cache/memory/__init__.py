"""A cache in memory."""

from __future__ import annotations

import threading
from time import time
from typing import Mapping, Sequence

from langgraph_rust._internal._home import settle
from langgraph_rust.cache.base import BaseCache, FullKey, Namespace, ValueT
from langgraph_rust.checkpoint.serde.base import SerializerProtocol


class InMemoryCache(BaseCache[ValueT]):
    """Keeps values in memory, for as long as it lives. May be used by several threads.

    Args:
        serde: What turns values into bytes.
    """

    def __init__(self, *, serde: SerializerProtocol | None = None):
        super().__init__(serde=serde)
        # namespace -> key -> (encoding, bytes, when it expires: seconds since 1970)
        self._cache: dict[Namespace, dict[str, tuple[str, bytes, float | None]]] = {}
        self._lock = threading.RLock()

    def get(self, keys: Sequence[FullKey]) -> dict[FullKey, ValueT]:
        """Return the values of those keys that are there and not expired."""
        values: dict[FullKey, ValueT] = {}
        if not keys:
            return values
        now = time()
        with self._lock:
            for namespace, key in keys:
                namespace = tuple(namespace)
                kept = self._cache.get(namespace, {})
                if key not in kept:
                    continue
                encoding, content, expiry = kept[key]
                if expiry is None or now < expiry:
                    values[namespace, key] = self.serde.loads_typed((encoding, content))
                else:
                    del kept[key]
        return values

    async def aget(self, keys: Sequence[FullKey]) -> dict[FullKey, ValueT]:
        """Async twin of `get`."""
        return self.get(keys)

    def set(self, keys: Mapping[FullKey, tuple[ValueT, int | None]]) -> None:
        """Keep values, each for so many seconds; None for ever."""
        now = time()
        with self._lock:
            for (namespace, key), (value, ttl) in keys.items():
                encoding, content = self.serde.dumps_typed(value)
                expiry = None if ttl is None else now + ttl
                self._cache.setdefault(namespace, {})[key] = (encoding, content, expiry)

    async def aset(self, keys: Mapping[FullKey, tuple[ValueT, int | None]]) -> None:
        """Async twin of `set`."""
        self.set(keys)

    def clear(self, namespaces: Sequence[Namespace] | None = None) -> None:
        """Forget what is in these namespaces; everything, if none are given."""
        with self._lock:
            for namespace in list(self._cache) if namespaces is None else namespaces:
                self._cache.pop(namespace, None)

    async def aclear(self, namespaces: Sequence[Namespace] | None = None) -> None:
        """Async twin of `clear`."""
        self.clear(namespaces)


settle("langgraph.cache.memory", InMemoryCache)
