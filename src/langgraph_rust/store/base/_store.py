"""The base of stores."""

from __future__ import annotations

from abc import ABC, abstractmethod
from typing import TYPE_CHECKING, Any, Iterable, Literal, Mapping

from langgraph_rust._internal._home import settle
from langgraph_rust.store.base import _requests
from langgraph_rust.store.base._items import NOT_PROVIDED

if TYPE_CHECKING:
    from langgraph_rust.store.base._config import TTLConfig
    from langgraph_rust.store.base._items import Item, NotProvided, SearchItem
    from langgraph_rust.store.base._ops import NamespacePath, Op, Result


class BaseStore(ABC):
    """Keeps items by namespace and key, across threads.

    A store implements `batch` and `abatch`; the other methods make operations and pass them on.

    Attributes:
        supports_ttl: Whether items can expire.
        ttl_config: When they do, if the operation does not say.
    """

    supports_ttl: bool = False
    ttl_config: TTLConfig | None = None

    __slots__ = ("__weakref__",)

    @abstractmethod
    def batch(self, ops: Iterable[Op]) -> list[Result]:
        """Run operations.

        Returns:
            One result an operation, in their order: an item or None of a get, a list of items of a
            search, a list of namespaces of a listing, None of a put.
        """

    @abstractmethod
    async def abatch(self, ops: Iterable[Op]) -> list[Result]:
        """Async twin of `batch`."""

    def get(
        self,
        namespace: tuple[str, ...],
        key: str,
        *,
        refresh_ttl: bool | None = None,
    ) -> Item | None:
        """Return an item, or None if there is none.

        Args:
            namespace: Where it is.
            key: Its name there.
            refresh_ttl: Whether it lives longer for being read; None for the store's own choice.
        """
        return self.batch([_requests.get_op(self, namespace, str(key), refresh_ttl)])[0]  # type: ignore[return-value]

    def search(
        self,
        namespace_prefix: tuple[str, ...],
        /,
        *,
        query: str | None = None,
        filter: dict[str, Any] | None = None,
        limit: int = 10,
        offset: int = 0,
        refresh_ttl: bool | None = None,
    ) -> list[SearchItem]:
        """Return the items of a namespace and those below it.

        Args:
            namespace_prefix: Where to look; `()` for everywhere.
            query: What to rank them by, in a store that has an index.
            filter: What the values must have: see `SearchOp.filter`.
            limit: How many to return at most.
            offset: How many to skip.
            refresh_ttl: Whether they live longer for being read; None for the store's own choice.
        """
        op = _requests.search_op(self, namespace_prefix, query, filter, limit, offset, refresh_ttl)
        return self.batch([op])[0]  # type: ignore[return-value]

    def put(
        self,
        namespace: tuple[str, ...],
        key: str,
        value: Mapping[str, Any],
        index: Literal[False] | list[str] | None = None,
        *,
        ttl: float | None | NotProvided = NOT_PROVIDED,
    ) -> None:
        """Store an item, in the place of one of the same key.

        Args:
            namespace: Where to; not empty, and its first label is not `langgraph`.
            key: Its name there.
            value: What to store, with string keys and values that JSON can hold.
            index: Which parts a query sees; None for the store's own choice, False for none.
            ttl: Minutes it lives after its last use; None for ever; if not given, as the store
                has it.

        Raises:
            InvalidNamespaceError: if the namespace is not allowed.
            NotImplementedError: if a `ttl` is given and items of this store do not expire.
        """
        self.batch([_requests.put_op(self, namespace, str(key), value, index, ttl)])

    def delete(self, namespace: tuple[str, ...], key: str) -> None:
        """Delete an item; if there is none, nothing happens."""
        self.batch([_requests.delete_op(namespace, str(key))])

    def list_namespaces(
        self,
        *,
        prefix: NamespacePath | None = None,
        suffix: NamespacePath | None = None,
        max_depth: int | None = None,
        limit: int = 100,
        offset: int = 0,
    ) -> list[tuple[str, ...]]:
        """Return the namespaces that hold something, sorted.

        Args:
            prefix: What they begin with; `"*"` stands for any label.
            suffix: What they end with; likewise.
            max_depth: How many labels to keep of each; what becomes equal is returned once.
            limit: How many to return at most.
            offset: How many to skip.
        """
        op = _requests.list_namespaces_op(prefix, suffix, max_depth, limit, offset)
        return self.batch([op])[0]  # type: ignore[return-value]

    async def aget(
        self,
        namespace: tuple[str, ...],
        key: str,
        *,
        refresh_ttl: bool | None = None,
    ) -> Item | None:
        """Async twin of `get`."""
        op = _requests.get_op(self, namespace, str(key), refresh_ttl)
        return (await self.abatch([op]))[0]  # type: ignore[return-value]

    async def asearch(
        self,
        namespace_prefix: tuple[str, ...],
        /,
        *,
        query: str | None = None,
        filter: dict[str, Any] | None = None,
        limit: int = 10,
        offset: int = 0,
        refresh_ttl: bool | None = None,
    ) -> list[SearchItem]:
        """Async twin of `search`."""
        op = _requests.search_op(self, namespace_prefix, query, filter, limit, offset, refresh_ttl)
        return (await self.abatch([op]))[0]  # type: ignore[return-value]

    async def aput(
        self,
        namespace: tuple[str, ...],
        key: str,
        value: Mapping[str, Any],
        index: Literal[False] | list[str] | None = None,
        *,
        ttl: float | None | NotProvided = NOT_PROVIDED,
    ) -> None:
        """Async twin of `put`."""
        await self.abatch([_requests.put_op(self, namespace, str(key), value, index, ttl)])

    async def adelete(self, namespace: tuple[str, ...], key: str) -> None:
        """Async twin of `delete`."""
        await self.abatch([_requests.delete_op(namespace, str(key))])

    async def alist_namespaces(
        self,
        *,
        prefix: NamespacePath | None = None,
        suffix: NamespacePath | None = None,
        max_depth: int | None = None,
        limit: int = 100,
        offset: int = 0,
    ) -> list[tuple[str, ...]]:
        """Async twin of `list_namespaces`."""
        op = _requests.list_namespaces_op(prefix, suffix, max_depth, limit, offset)
        return (await self.abatch([op]))[0]  # type: ignore[return-value]


settle("langgraph.store.base", BaseStore)
