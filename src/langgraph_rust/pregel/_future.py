"""The future of a call made from a synchronous task."""

from __future__ import annotations

from concurrent.futures import Future
from typing import TYPE_CHECKING, Any, Generator, Generic, TypeVar

T = TypeVar("T")


if TYPE_CHECKING:
    _FutureOf = Future
else:
    # `Future` takes no parameters on Python 3.8
    _FutureOf = {T: Future}


class SyncAsyncFuture(_FutureOf[T], Generic[T]):
    """The result, to come, of a call; `result()` waits for it.

    It can be awaited as well, so that a task may be called alike from both kinds of functions.
    """

    __module__ = "langgraph.pregel._call"

    def __await__(self) -> Generator[Any, None, T]:
        from asyncio import wrap_future

        return wrap_future(self).__await__()
