"""What a cache is."""

from __future__ import annotations

import sys
from abc import ABC, abstractmethod
from typing import TYPE_CHECKING, Generic, Mapping, Sequence, Tuple, TypeVar

from langgraph_rust._internal._home import settle
from langgraph_rust.checkpoint.serde.base import SerializerProtocol
from langgraph_rust.checkpoint.serde.jsonplus import JsonPlusSerializer

ValueT = TypeVar("ValueT")
# The built-in generic can be called, which some caches do; typing's cannot.
if TYPE_CHECKING or sys.version_info < (3, 9):
    Namespace = Tuple[str, ...]
else:
    Namespace = tuple[str, ...]
FullKey = Tuple[Namespace, str]


class BaseCache(ABC, Generic[ValueT]):
    """Keeps values by namespace and key, each for a time.

    Attributes:
        serde: What turns values into bytes; it does not pickle, since who can write to the cache
            could then run code here.
    """

    serde: SerializerProtocol = JsonPlusSerializer(pickle_fallback=False)

    def __init__(self, *, serde: SerializerProtocol | None = None) -> None:
        self.serde = serde or self.serde

    @abstractmethod
    def get(self, keys: Sequence[FullKey]) -> dict[FullKey, ValueT]:
        """Return the values of those keys that are there and not expired."""

    @abstractmethod
    async def aget(self, keys: Sequence[FullKey]) -> dict[FullKey, ValueT]:
        """Async twin of `get`."""

    @abstractmethod
    def set(self, pairs: Mapping[FullKey, tuple[ValueT, int | None]]) -> None:
        """Keep values, each for so many seconds; None for ever."""

    @abstractmethod
    async def aset(self, pairs: Mapping[FullKey, tuple[ValueT, int | None]]) -> None:
        """Async twin of `set`."""

    @abstractmethod
    def clear(self, namespaces: Sequence[Namespace] | None = None) -> None:
        """Forget what is in these namespaces; everything, if none are given."""

    @abstractmethod
    async def aclear(self, namespaces: Sequence[Namespace] | None = None) -> None:
        """Async twin of `clear`."""


settle("langgraph.cache.base", BaseCache)
