"""One body for a method and its async twin.

A body is a generator: it yields an `Ask` wherever it needs what may wait (a saver, a node's
writers, another graph) and is sent the answer. `answered` and `aanswered` run it to its end.
A series is a body that gives things on its way: whatever it yields that is no `Ask`. `each` and
`aeach` iterate over them.
"""

from __future__ import annotations

from typing import Any, AsyncIterator, Generator, Iterator, TypeVar, Union

T = TypeVar("T")


class Ask:
    """A method call that may wait: `name` of `target`, or its async twin, which is called `a` +
    `name`."""

    __slots__ = ("target", "name", "args", "kwargs")

    def __init__(self, target: Any, name: str, *args: Any, **kwargs: Any) -> None:
        self.target = target
        self.name = name
        self.args = args
        self.kwargs = kwargs

    def call(self) -> Any:
        """Return the answer."""
        return getattr(self.target, self.name)(*self.args, **self.kwargs)

    async def acall(self) -> Any:
        """Async twin of `call`."""
        return await getattr(self.target, "a" + self.name)(*self.args, **self.kwargs)


class AskAll(Ask):
    """An `Ask` of a method that yields; the answer is a list."""

    __slots__ = ()

    def call(self) -> Any:
        """Return everything yielded."""
        return list(super().call())

    async def acall(self) -> Any:
        """Async twin of `call`."""
        return [
            item async for item in getattr(self.target, "a" + self.name)(*self.args, **self.kwargs)
        ]


class Each(Ask):
    """In a series, all that a method yields."""

    __slots__ = ()


Body = Generator[Ask, Any, T]
Series = Generator[Union[Ask, T], Any, None]


def answered(body: Body[T]) -> T:
    """Run `body` with the sync methods of what it asks; return what it returns."""
    try:
        ask = next(body)
        while True:
            try:
                answer = ask.call()
            except BaseException as error:
                ask = body.throw(error)
            else:
                ask = body.send(answer)
    except StopIteration as end:
        return end.value


async def aanswered(body: Body[T]) -> T:
    """Async twin of `answered`."""
    try:
        ask = next(body)
        while True:
            try:
                answer = await ask.acall()
            except BaseException as error:
                ask = body.throw(error)
            else:
                ask = body.send(answer)
    except StopIteration as end:
        return end.value


def each(series: Series[T]) -> Iterator[T]:
    """Run `series` with the sync methods of what it asks; yield what it gives."""
    while True:
        item = answered(_next_of(series))
        if item is _END:
            return
        if isinstance(item, Each):
            yield from item.call()
        else:
            yield item


async def aeach(series: Series[T]) -> AsyncIterator[T]:
    """Async twin of `each`."""
    while True:
        item = await aanswered(_next_of(series))
        if item is _END:
            return
        if isinstance(item, Each):
            async for inner in getattr(item.target, "a" + item.name)(*item.args, **item.kwargs):
                yield inner
        else:
            yield item


_END = object()


def _next_of(series: Series[Any]) -> Body[Any]:
    """Body that gives what a series gives next: a thing, an `Each`, or `_END`."""
    try:
        step = next(series)
        while isinstance(step, Ask) and not isinstance(step, Each):
            try:
                answer = yield step
            except BaseException as error:
                step = series.throw(error)
            else:
                step = series.send(answer)
    except StopIteration:
        return _END
    return step
