"""A cache in Redis.

Keys are `prefix`, the labels of the namespace and the key, joined by colons; values are the
encoding, a colon, and the bytes. A Redis that fails makes the cache empty, never the run fail.
"""

from __future__ import annotations

from typing import Any, Mapping, Sequence

from langgraph_rust._internal._home import settle
from langgraph_rust.cache.base import BaseCache, FullKey, Namespace, ValueT
from langgraph_rust.checkpoint.serde.base import SerializerProtocol


class RedisCache(BaseCache[ValueT]):
    """Keeps values in Redis, which lets them expire.

    Args:
        redis: A client, one whose answers are bytes.
        serde: What turns values into bytes.
        prefix: What all keys begin with.
    """

    def __init__(
        self,
        redis: Any,
        *,
        serde: SerializerProtocol | None = None,
        prefix: str = "langgraph:cache:",
    ) -> None:
        super().__init__(serde=serde)
        self.redis = redis
        self.prefix = prefix

    def _make_key(self, ns: Namespace, key: str) -> str:
        return self.prefix + ":".join((*ns, key))

    def _parse_key(self, redis_key: str) -> tuple[Namespace, str]:
        if not redis_key.startswith(self.prefix):
            raise ValueError(f"Key {redis_key} does not start with prefix {self.prefix}")
        *labels, key = redis_key[len(self.prefix) :].split(":")
        return tuple(labels), key

    def get(self, keys: Sequence[FullKey]) -> dict[FullKey, ValueT]:
        """Return the values of those keys that are there; those that cannot be read are not."""
        if not keys:
            return {}
        try:
            stored = self.redis.mget([self._make_key(ns, key) for ns, key in keys])
        except Exception:
            return {}
        values: dict[FullKey, ValueT] = {}
        for place, content in enumerate(stored):
            if content is None:
                continue
            try:
                encoding, data = content.split(b":", 1)
                values[keys[place]] = self.serde.loads_typed((encoding.decode(), data))
            except Exception:
                continue
        return values

    async def aget(self, keys: Sequence[FullKey]) -> dict[FullKey, ValueT]:
        """Async twin of `get`. Blocks while Redis answers."""
        return self.get(keys)

    def set(self, mapping: Mapping[FullKey, tuple[ValueT, int | None]]) -> None:
        """Keep values, each for so many seconds; None for ever."""
        if not mapping:
            return
        pipe = self.redis.pipeline()
        for (ns, key), (value, ttl) in mapping.items():
            encoding, data = self.serde.dumps_typed(value)
            content = f"{encoding}:".encode() + data
            if ttl is None:
                pipe.set(self._make_key(ns, key), content)
            else:
                pipe.setex(self._make_key(ns, key), ttl, content)
        try:
            pipe.execute()
        except Exception:
            pass

    async def aset(self, mapping: Mapping[FullKey, tuple[ValueT, int | None]]) -> None:
        """Async twin of `set`. Blocks while Redis answers."""
        self.set(mapping)

    def clear(self, namespaces: Sequence[Namespace] | None = None) -> None:
        """Forget what is in these namespaces; everything, if none are given."""
        try:
            keys = [
                key
                for namespace in ([()] if namespaces is None else namespaces)
                for key in self.redis.keys(self._make_key(namespace, "*"))
            ]
            if keys:
                self.redis.delete(*keys)
        except Exception:
            pass

    async def aclear(self, namespaces: Sequence[Namespace] | None = None) -> None:
        """Async twin of `clear`. Blocks while Redis answers."""
        self.clear(namespaces)


settle("langgraph.cache.redis", RedisCache)
