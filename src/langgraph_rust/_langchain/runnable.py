"""The light base class of everything that langchain shall take for a `Runnable`."""

from __future__ import annotations

from functools import partial
from typing import (
    Any,
    AsyncIterator,
    Callable,
    Generic,
    Iterator,
    List,
    Optional,
    Sequence,
    TypeVar,
)

from langgraph_rust._engine import Offload
from langgraph_rust._langchain.borrow import borrow
from langgraph_rust._langchain.register import langchain_runnable, register

Input = TypeVar("Input", contravariant=True)
Output = TypeVar("Output", covariant=True)


async def run_in_executor(
    executor: Any, func: Callable[..., Any], *args: Any, **kwargs: Any
) -> Any:
    """Run a function in a thread, in a copy of the current context.

    Args:
        executor: An executor to use as it is, without the context copy; a config or None mean
            the running loop's default executor, an `Offload` the engine's.
        func: The function.
        *args: Its positional arguments.
        **kwargs: Its keyword arguments.

    Returns:
        What the function returns.

    Raises:
        RuntimeError: If the function raises StopIteration, which no future can carry.
    """
    from asyncio import get_running_loop
    from contextvars import copy_context

    if isinstance(executor, Offload):
        return await executor.call(get_running_loop(), func, *args, **kwargs)

    def call() -> Any:
        try:
            return func(*args, **kwargs)
        except StopIteration as stop:
            raise RuntimeError from stop

    loop = get_running_loop()
    if executor is None or isinstance(executor, dict):
        return await loop.run_in_executor(None, partial(copy_context().run, call))
    return await loop.run_in_executor(executor, call)


def is_runnable(value: Any) -> bool:
    """Tell whether `value` is one of our Runnables or one of langchain's."""
    if isinstance(value, Runnable):
        return True
    base = langchain_runnable()
    return base is not None and isinstance(value, base)


def _installed_runnable() -> Any:
    try:
        from langchain_core.runnables.base import Runnable as Base
    except ImportError:
        return None
    return Base


def _sequence(*steps: Any, name: Optional[str] = None) -> Any:
    from langgraph_rust._internal._runnable import RunnableSeq

    return RunnableSeq(*steps, name=name)


def _join(whole: Any, chunk: Any) -> Any:
    try:
        return whole + chunk
    except TypeError:
        return chunk


_NOTHING = object()


@register
@borrow
class Runnable(Generic[Input, Output]):
    """A unit of work that can be invoked, streamed, batched and composed.

    What running needs is here; everything else that langchain's class of this name offers is
    taken from there at first use, and needs langchain-core installed.
    """

    name: Optional[str] = None

    def get_name(self, suffix: Optional[str] = None, *, name: Optional[str] = None) -> str:
        """Return `name`, else the object's own name, else that of its class.

        Args:
            suffix: Appended in the style of the name: `NameSuffix` or `name_suffix`.
            name: Takes precedence.
        """
        chosen = name or self.name or type(self).__name__
        if not suffix:
            return chosen
        if chosen[0].isupper():
            return chosen + suffix.title()
        return chosen + "_" + suffix.lower()

    def invoke(self, input: Any, config: Any = None, **kwargs: Any) -> Any:
        """Turn one input into one output."""
        raise NotImplementedError

    async def ainvoke(self, input: Any, config: Any = None, **kwargs: Any) -> Any:
        """See `invoke`, which runs in a thread unless a class does better."""
        return await run_in_executor(config, self.invoke, input, config, **kwargs)

    def __or__(self, other: Any) -> Any:
        """Return a sequence of this and `other`: langchain's, or our own without langchain."""
        base = _installed_runnable()
        return _sequence(self, other) if base is None else base.__or__(self, other)

    def __ror__(self, other: Any) -> Any:
        """Return a sequence of `other` and this."""
        base = _installed_runnable()
        return _sequence(other, self) if base is None else base.__ror__(self, other)

    def pipe(self, *others: Any, name: Optional[str] = None) -> Any:
        """Return a sequence of this and `others`, named `name`."""
        base = _installed_runnable()
        if base is None:
            return _sequence(self, *others, name=name)
        return base.pipe(self, *others, name=name)

    def stream(self, input: Any, config: Any = None, **kwargs: Any) -> Iterator[Any]:
        """Yield the output in parts; by default it is one part."""
        yield self.invoke(input, config, **kwargs)

    async def astream(self, input: Any, config: Any = None, **kwargs: Any) -> AsyncIterator[Any]:
        """See `stream`."""
        yield await self.ainvoke(input, config, **kwargs)

    def transform(self, input: Iterator[Any], config: Any = None, **kwargs: Any) -> Iterator[Any]:
        """Join the parts of an input (by `+`, or the last one wins) and stream its output."""
        whole = _NOTHING
        for chunk in input:
            whole = chunk if whole is _NOTHING else _join(whole, chunk)
        if whole is not _NOTHING:
            yield from self.stream(whole, config, **kwargs)

    async def atransform(
        self, input: AsyncIterator[Any], config: Any = None, **kwargs: Any
    ) -> AsyncIterator[Any]:
        """See `transform`."""
        whole = _NOTHING
        async for chunk in input:
            whole = chunk if whole is _NOTHING else _join(whole, chunk)
        if whole is not _NOTHING:
            async for output in self.astream(whole, config, **kwargs):
                yield output

    def batch(
        self,
        inputs: Sequence[Any],
        config: Any = None,
        *,
        return_exceptions: bool = False,
        **kwargs: Any,
    ) -> List[Any]:
        """Invoke for each input, in threads, and return the outputs in order.

        Args:
            inputs: The inputs.
            config: One config for all (its `max_concurrency` bounds the threads), or a list.
            return_exceptions: Put exceptions among the outputs instead of raising the first.
            **kwargs: Passed to each invocation.

        Raises:
            ValueError: If there is a list of configs of another length.
        """
        from langgraph_rust._langchain.batch import Batch

        if not inputs:
            return []
        return Batch(self, inputs, config, return_exceptions, kwargs).run()

    def batch_as_completed(
        self,
        inputs: Sequence[Any],
        config: Any = None,
        *,
        return_exceptions: bool = False,
        **kwargs: Any,
    ) -> Iterator[Any]:
        """Like `batch`, but yields `(index, output)` as each is done."""
        from langgraph_rust._langchain.batch import Batch

        if inputs:
            batch = Batch(self, inputs, config, return_exceptions, kwargs)
            yield from batch.run_as_completed()

    async def abatch(
        self,
        inputs: Sequence[Any],
        config: Any = None,
        *,
        return_exceptions: bool = False,
        **kwargs: Any,
    ) -> List[Any]:
        """See `batch`."""
        from langgraph_rust._langchain.batch import Batch

        if not inputs:
            return []
        return await Batch(self, inputs, config, return_exceptions, kwargs).arun()

    async def abatch_as_completed(
        self,
        inputs: Sequence[Any],
        config: Any = None,
        *,
        return_exceptions: bool = False,
        **kwargs: Any,
    ) -> AsyncIterator[Any]:
        """See `batch_as_completed`."""
        from langgraph_rust._langchain.batch import Batch

        if inputs:
            batch = Batch(self, inputs, config, return_exceptions, kwargs)
            async for done in batch.arun_as_completed():
                yield done
