"""The functional API: a workflow as a function that calls tasks.

`entrypoint` makes a graph of a function; the functions that `task` marks run in it as tasks, whose
results are kept, so that a resumed workflow takes them instead of running them again.
"""

from __future__ import annotations

import functools
import inspect
from typing import TYPE_CHECKING, Any, Generic, TypeVar, overload

from langgraph_rust._internal._compat import name_as_upstream
from langgraph_rust._internal._constants import CACHE_NS_WRITES, PREVIOUS
from langgraph_rust._internal._deprecated import take_deprecated
from langgraph_rust._internal._elsewhere import find_elsewhere
from langgraph_rust._internal._home import pickled_at_home, settle
from langgraph_rust._internal._record import record
from langgraph_rust._internal._runnable import is_async_callable
from langgraph_rust._internal._timeout import coerce_timeout_policy, sync_timeout_unsupported
from langgraph_rust.channels.ephemeral_value import EphemeralValue
from langgraph_rust.channels.last_value import LastValue
from langgraph_rust.constants import END, START
from langgraph_rust.func._annotations import read_entrypoint_types
from langgraph_rust.pregel import Pregel
from langgraph_rust.pregel._call import (
    P,
    T,
    _call_with_options,
    get_runnable_for_entrypoint,
    identifier,
)
from langgraph_rust.pregel._read import PregelNode
from langgraph_rust.pregel._write import ChannelWrite, ChannelWriteEntry
from langgraph_rust.types import RetryPolicy
from langgraph_rust.typing import ContextT
from langgraph_rust.warnings import LangGraphDeprecatedSinceV10

if TYPE_CHECKING:
    from collections.abc import Awaitable, Callable, Sequence
    from datetime import timedelta

    from typing_extensions import Unpack

    from langgraph_rust._internal._typing import DeprecatedKwargs
    from langgraph_rust.cache.base import BaseCache
    from langgraph_rust.checkpoint.base import BaseCheckpointSaver
    from langgraph_rust.pregel._future import SyncAsyncFuture
    from langgraph_rust.store.base import BaseStore
    from langgraph_rust.types import CachePolicy, TimeoutPolicy

__all__ = ("task", "entrypoint")

R = TypeVar("R")
S = TypeVar("S")


class _TaskFunction(Generic[P, T]):
    """A function that, called inside a workflow, runs as a task and gives a future."""

    def __init__(
        self,
        func: Callable[P, Awaitable[T]] | Callable[P, T],
        *,
        retry_policy: Sequence[RetryPolicy],
        cache_policy: CachePolicy[Callable[P, str | bytes]] | None = None,
        timeout: TimeoutPolicy | None = None,
        name: str | None = None,
    ) -> None:
        if name is not None:
            func = _rename(func, name)
        self.func = func
        self.retry_policy = retry_policy
        self.cache_policy = cache_policy
        self.timeout = timeout
        functools.update_wrapper(self, func)

    def __call__(self, *args: P.args, **kwargs: P.kwargs) -> SyncAsyncFuture[T]:
        return _call_with_options(
            self.func,
            args,
            kwargs,
            retry_policy=self.retry_policy,
            cache_policy=self.cache_policy,
            timeout=self.timeout,
        )

    @property
    def _cache_namespaces(self) -> Any:
        return ((CACHE_NS_WRITES, identifier(self.func) or "__dynamic__"),)

    def clear_cache(self, cache: BaseCache) -> None:
        """Forget the cached results of this task."""
        if self.cache_policy is not None:
            cache.clear(self._cache_namespaces)

    async def aclear_cache(self, cache: BaseCache) -> None:
        """See `clear_cache`."""
        if self.cache_policy is not None:
            await cache.aclear(self._cache_namespaces)


def _rename(func: Any, name: str) -> Any:
    if hasattr(func, "__func__"):  # a bound method takes no attributes
        func = functools.partial(func.__func__, func.__self__)
    func.__name__ = name
    return func


@overload
def task(
    __func_or_none__: None = None,
    *,
    name: str | None = None,
    retry_policy: RetryPolicy | Sequence[RetryPolicy] | None = None,
    cache_policy: CachePolicy[Callable[P, str | bytes]] | None = None,
    timeout: float | timedelta | TimeoutPolicy | None = None,
    **kwargs: Unpack[DeprecatedKwargs],
) -> Callable[[Callable[P, Awaitable[T]] | Callable[P, T]], _TaskFunction[P, T]]: ...


@overload
def task(__func_or_none__: Callable[P, Awaitable[T]]) -> _TaskFunction[P, T]: ...


@overload
def task(__func_or_none__: Callable[P, T]) -> _TaskFunction[P, T]: ...


def task(
    __func_or_none__: Callable[P, Awaitable[T]] | Callable[P, T] | None = None,
    *,
    name: str | None = None,
    retry_policy: RetryPolicy | Sequence[RetryPolicy] | None = None,
    cache_policy: CachePolicy[Callable[P, str | bytes]] | None = None,
    timeout: float | timedelta | TimeoutPolicy | None = None,
    **kwargs: Unpack[DeprecatedKwargs],
) -> (
    Callable[[Callable[P, Awaitable[T]] | Callable[P, T]], _TaskFunction[P, T]]
    | _TaskFunction[P, T]
):
    """Mark a function as a task, with or without options.

    A task is called inside an `entrypoint`, a node, or another task. The call starts it and gives a
    future: call it several times before asking for results, and the calls run in parallel. With
    a checkpointer a finished task does not run again when the workflow is resumed.

    Args:
        __func_or_none__: The function, sync or async.
        name: Its name in streams and traces; by default the function's.
        retry_policy: When to try again after an error; of several, the first that matches.
        cache_policy: How to find the result of an earlier, equal call.
        timeout: How long an attempt may take, in seconds; for async functions.

    Raises:
        ValueError: There is a timeout and the function is sync.

    Example:
        >>> @task
        ... def double(number: int) -> int:
        ...     return number * 2
        >>> @entrypoint()
        ... def workflow(numbers: list) -> list:
        ...     futures = [double(number) for number in numbers]
        ...     return [future.result() for future in futures]
        >>> workflow.invoke([1, 2])
        [2, 4]
    """
    given_retry: Any = take_deprecated(kwargs, "retry", "retry_policy", retry_policy)
    limits = coerce_timeout_policy(timeout)
    if given_retry is None:
        policies: Sequence[RetryPolicy] = ()
    else:
        policies = (given_retry,) if isinstance(given_retry, RetryPolicy) else given_retry

    def mark(func: Any) -> _TaskFunction[P, T]:
        if limits is not None and not is_async_callable(func):
            shown = name or getattr(func, "__name__", func.__class__.__name__)
            raise sync_timeout_unsupported(str(shown), kind="Task")
        return _TaskFunction(
            func, retry_policy=policies, cache_policy=cache_policy, timeout=limits, name=name
        )

    return mark if __func_or_none__ is None else mark(__func_or_none__)


class entrypoint(Generic[ContextT]):
    """Makes a graph that runs a function as a workflow.

    The function takes the input as its first parameter and, by name if annotated as such,
    `config`, `runtime`, `store`, `writer` and `previous`: what the last run of the thread returned.

    Args:
        checkpointer: Keeps results between runs, for resuming and for `previous`.
        store: Shared by all threads.
        cache: Keeps results for tasks that have a cache policy.
        context_schema: What a run is given beside its input and does not change.
        cache_policy: How to find the result of an earlier, equal run.
        retry_policy: When to try again after an error.
        timeout: How long an attempt may take, in seconds; for async functions.

    Example:
        >>> @entrypoint()
        ... def greet(name: str) -> str:
        ...     return f"Hello {name}"
        >>> greet.invoke("world")
        'Hello world'
    """

    def __init__(
        self,
        checkpointer: BaseCheckpointSaver | None = None,
        store: BaseStore | None = None,
        cache: BaseCache | None = None,
        context_schema: type[ContextT] | None = None,
        cache_policy: CachePolicy | None = None,
        retry_policy: RetryPolicy | Sequence[RetryPolicy] | None = None,
        timeout: float | timedelta | TimeoutPolicy | None = None,
        **kwargs: Unpack[DeprecatedKwargs],
    ) -> None:
        self.checkpointer = checkpointer
        self.store = store
        self.cache = cache
        self.cache_policy = cache_policy
        self.context_schema = take_deprecated(
            kwargs, "config_schema", "context_schema", context_schema, LangGraphDeprecatedSinceV10
        )
        self.retry_policy = take_deprecated(kwargs, "retry", "retry_policy", retry_policy)
        self.timeout = coerce_timeout_policy(timeout)

    @record(frozen=True, kw_only=True)
    class final(Generic[R, S]):
        """Lets a workflow return one value and keep another for its next run.

        Attributes:
            value: What the run returns; None counts as a value.
            save: What the next run of the thread is given as `previous`.
        """

        __slots__ = ("save", "value")

        value: R
        save: S

        def __init__(self, *, value: R, save: S) -> None:
            object.__setattr__(self, "value", value)
            object.__setattr__(self, "save", save)

    def __call__(self, func: Callable[..., Any]) -> Pregel:
        """Make the graph.

        Raises:
            NotImplementedError: The function is a generator.
            ValueError: It has no parameter.
            TypeError: Its return annotation is `final[...]` of other than two types.
        """
        if inspect.isgeneratorfunction(func) or inspect.isasyncgenfunction(func):
            raise NotImplementedError("Generators are not supported in the Functional API.")
        bound = get_runnable_for_entrypoint(func)
        types = read_entrypoint_types(func, entrypoint.final)
        node = PregelNode(
            bound=bound,
            triggers=[START],
            channels=START,
            timeout=self.timeout,
            writers=[
                ChannelWrite(
                    [
                        ChannelWriteEntry(END, mapper=pluck_return_value),
                        ChannelWriteEntry(PREVIOUS, mapper=pluck_save_value),
                    ]
                )
            ],
        )
        graph: Pregel = Pregel(
            nodes={func.__name__: node},
            channels={
                START: EphemeralValue(types.input),
                END: LastValue(types.output, END),
                PREVIOUS: LastValue(types.saved, PREVIOUS),
            },
            input_channels=START,
            output_channels=END,
            stream_channels=END,
            stream_mode="updates",
            stream_eager=True,
            checkpointer=self.checkpointer,
            store=self.store,
            cache=self.cache,
            cache_policy=self.cache_policy,
            retry_policy=self.retry_policy or (),
            context_schema=self.context_schema,
        )
        self._restrict_serde(graph, list(types))
        return graph

    def _restrict_serde(self, graph: Any, schemas: list[Any]) -> None:
        """Tell a strict checkpointer which types it may revive."""
        from langgraph_rust.checkpoint.serde import _msgpack

        if not _msgpack.STRICT_MSGPACK_ENABLED:
            return
        from langgraph_rust._internal import _serde

        if self.context_schema is not None:
            schemas.append(self.context_schema)
        allowlist = _serde.build_serde_allowlist(schemas=schemas, channels=graph.channels)
        graph._serde_allowlist = allowlist
        graph.checkpointer = _serde.apply_checkpointer_allowlist(graph.checkpointer, allowlist)


def pluck_return_value(value: Any) -> Any:
    """What a run returns of what its function returned."""
    return value.value if isinstance(value, entrypoint.final) else value


def pluck_save_value(value: Any) -> Any:
    """What the next run is given of what this run's function returned."""
    return value.save if isinstance(value, entrypoint.final) else value


if not TYPE_CHECKING:
    __getattr__ = find_elsewhere(
        __name__,
        {
            "langgraph_rust._internal._typing": "MISSING DeprecatedKwargs",
            "langgraph_rust.cache.base": "BaseCache",
            "langgraph_rust.checkpoint.base": "BaseCheckpointSaver",
            "langgraph_rust.pregel._future": "SyncAsyncFuture",
            "langgraph_rust.store.base": "BaseStore",
            "langgraph_rust.types": "CachePolicy StreamMode TimeoutPolicy",
            "langgraph_rust.warnings": "LangGraphDeprecatedSinceV05",
        },
    )
name_as_upstream(globals())
settle(entrypoint.__module__, pickled_at_home(entrypoint.final))
