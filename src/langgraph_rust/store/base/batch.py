"""A store that gathers what is asked of it within one turn of the event loop into one batch."""

from __future__ import annotations

import asyncio
import functools
import weakref
from typing import Any, Callable, Iterable, Literal, Mapping, TypeVar

from langgraph_rust._internal._home import settle
from langgraph_rust.store.base import _requests
from langgraph_rust.store.base._items import NOT_PROVIDED, Item, NotProvided, SearchItem
from langgraph_rust.store.base._namespace import (  # noqa: F401
    _validate_namespace,
    _validate_namespace_labels,
)
from langgraph_rust.store.base._ops import (  # noqa: F401
    GetOp,
    ListNamespacesOp,
    MatchCondition,
    NamespacePath,
    Op,
    PutOp,
    Result,
    SearchOp,
)
from langgraph_rust.store.base._requests import _ensure_refresh, _ensure_ttl  # noqa: F401
from langgraph_rust.store.base._store import BaseStore

F = TypeVar("F", bound=Callable)


def _check_loop(func: F) -> F:
    """Refuse a sync call on the store's own loop: it would wait for itself for ever."""

    @functools.wraps(func)
    def wrapper(store: AsyncBatchedBaseStore, *args: Any, **kwargs: Any) -> Any:
        name = func.__name__
        try:
            current = asyncio.get_running_loop()
        except RuntimeError:
            current = None
        if current is not None and current is store._loop:
            raise asyncio.InvalidStateError(
                f"Synchronous calls to {store.__class__.__name__} detected in the main event loop. "
                "This can lead to deadlocks or performance issues. "
                "Please use the asynchronous interface for main thread operations. "
                f"Specifically, replace `store.{name}(...)` with `await store.a{name}(...)` "
            )
        return func(store, *args, **kwargs)

    return wrapper  # type: ignore[return-value]


class AsyncBatchedBaseStore(BaseStore):
    """The base of async stores that run operations in batches.

    Made on a running loop, on which its operations run; the sync methods are for other threads.
    Subclasses implement `abatch`.
    """

    __slots__ = ("_loop", "_aqueue", "_task")

    def __init__(self) -> None:
        super().__init__()
        self._loop = asyncio.get_running_loop()
        self._aqueue: asyncio.Queue[tuple[asyncio.Future, Op]] = asyncio.Queue()
        self._task: asyncio.Task | None = None
        self._ensure_task()

    def __del__(self) -> None:
        try:
            if self._task:
                self._task.cancel()
        except (AttributeError, RuntimeError):  # never fully made; or the loop is closed
            pass

    def _ensure_task(self) -> None:
        """Start the task that runs the batches, if it does not run."""
        if self._task is None or self._task.done():
            self._task = self._loop.create_task(_run(self._aqueue, weakref.ref(self)))

    async def _enqueue(self, op: Op) -> Any:
        self._ensure_task()
        future = self._loop.create_future()
        self._aqueue.put_nowait((future, op))
        return await future

    def _wait_for(self, coroutine: Any) -> Any:
        return asyncio.run_coroutine_threadsafe(coroutine, self._loop).result()

    async def aget(
        self,
        namespace: tuple[str, ...],
        key: str,
        *,
        refresh_ttl: bool | None = None,
    ) -> Item | None:
        """Async twin of `get`."""
        return await self._enqueue(_requests.get_op(self, namespace, key, refresh_ttl))

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
        return await self._enqueue(
            _requests.search_op(self, namespace_prefix, query, filter, limit, offset, refresh_ttl)
        )

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
        _validate_namespace(namespace)
        ttl = _ensure_ttl(self.ttl_config, ttl)
        await self._enqueue(PutOp(namespace, key, value, index, ttl=ttl))

    async def adelete(
        self,
        namespace: tuple[str, ...],
        key: str,
    ) -> None:
        """Async twin of `delete`."""
        await self._enqueue(_requests.delete_op(namespace, key))

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
        return await self._enqueue(
            _requests.list_namespaces_op(prefix, suffix, max_depth, limit, offset)
        )

    @_check_loop
    def batch(self, ops: Iterable[Op]) -> list[Result]:
        """Run operations on the store's loop, from another thread."""
        return self._wait_for(self.abatch(ops))

    @_check_loop
    def get(
        self,
        namespace: tuple[str, ...],
        key: str,
        *,
        refresh_ttl: bool | None = None,
    ) -> Item | None:
        """See `BaseStore.get`; from another thread than the loop's."""
        return self._wait_for(self.aget(namespace, key=key, refresh_ttl=refresh_ttl))

    @_check_loop
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
        """See `BaseStore.search`; from another thread than the loop's."""
        return self._wait_for(
            self.asearch(
                namespace_prefix,
                query=query,
                filter=filter,
                limit=limit,
                offset=offset,
                refresh_ttl=refresh_ttl,
            )
        )

    @_check_loop
    def put(
        self,
        namespace: tuple[str, ...],
        key: str,
        value: Mapping[str, Any],
        index: Literal[False] | list[str] | None = None,
        *,
        ttl: float | None | NotProvided = NOT_PROVIDED,
    ) -> None:
        """See `BaseStore.put`; from another thread than the loop's."""
        _validate_namespace(namespace)
        ttl = _ensure_ttl(self.ttl_config, ttl)
        self._wait_for(self.aput(namespace, key=key, value=value, index=index, ttl=ttl))

    @_check_loop
    def delete(
        self,
        namespace: tuple[str, ...],
        key: str,
    ) -> None:
        """See `BaseStore.delete`; from another thread than the loop's."""
        self._wait_for(self.adelete(namespace, key=key))

    @_check_loop
    def list_namespaces(
        self,
        *,
        prefix: NamespacePath | None = None,
        suffix: NamespacePath | None = None,
        max_depth: int | None = None,
        limit: int = 100,
        offset: int = 0,
    ) -> list[tuple[str, ...]]:
        """See `BaseStore.list_namespaces`; from another thread than the loop's."""
        return self._wait_for(
            self.alist_namespaces(
                prefix=prefix,
                suffix=suffix,
                max_depth=max_depth,
                limit=limit,
                offset=offset,
            )
        )


def _dedupe_ops(values: list[Op]) -> tuple[list[int] | None, list[Op]]:
    """Leave out reads asked for twice, and all but the last put of a key.

    Returns:
        For each operation the index of its result (None if they are all left as they are), and
        the operations to run.
    """
    if len(values) <= 1:
        return None, list(values)
    kept: list[Op] = []
    places: list[int] = []
    reads: dict[Any, int] = {}
    puts: dict[Any, int] = {}
    for op in values:
        place = len(kept)
        if isinstance(op, (GetOp, SearchOp, ListNamespacesOp)):
            place = _place_of_read(op, kept, reads)
        elif isinstance(op, PutOp):
            place = puts.setdefault((op.namespace, op.key), place)
        if place == len(kept):
            kept.append(op)
        elif isinstance(op, PutOp):
            kept[place] = op
        places.append(place)
    return places, kept


def _place_of_read(op: Op, kept: list[Op], reads: dict[Any, int]) -> int:
    try:
        return reads.setdefault(op, len(kept))
    except TypeError:  # a filter is a dict: no hash, but it can be compared
        return kept.index(op) if op in kept else len(kept)


async def _run(
    aqueue: asyncio.Queue[tuple[asyncio.Future, Op]],
    store: weakref.ReferenceType[BaseStore],
) -> None:
    """Run what is in the queue, batch by batch, until the store is gone."""
    while True:
        waiting = [await aqueue.get()]
        while not aqueue.empty():
            waiting.append(aqueue.get_nowait())
        waiting = [(future, op) for future, op in waiting if not future.done()]
        if not waiting:
            continue
        target = store()
        if target is None:
            break
        try:
            places, ops = _dedupe_ops([op for _, op in waiting])
            results = await target.abatch(ops)
            if places is not None:
                results = [results[place] for place in places]
            for (future, _), result in zip(waiting, results):
                # it may have been cancelled meanwhile
                if not future.done():
                    future.set_result(result)
        except Exception as error:
            for future, _ in waiting:
                if not future.done():
                    future.set_exception(error)
        finally:
            # or the store could not go while this task waits for more
            del target


settle("langgraph.store.base.batch", AsyncBatchedBaseStore, _check_loop, _dedupe_ops, _run)
