"""One body for a method and its async twin.

A body is a generator: it yields an `Ask` wherever it needs what may wait (a saver, a node's
writers, another graph) and is sent the answer. `answered` and `aanswered` run it to its end.
"""

from __future__ import annotations

from typing import Any, Generator, TypeVar

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


Body = Generator[Ask, Any, T]


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
