"""Calls of tasks from inside a running task, and the runnables that tasks are run as.

Imported by `func`, and by upstream's tests.
"""

from __future__ import annotations

import sys
from functools import partial, wraps
from inspect import Parameter, isfunction, signature
from types import ModuleType
from typing import TYPE_CHECKING, Any, Awaitable, Callable, Dict, Optional, Sequence, Tuple, TypeVar

from typing_extensions import ParamSpec

from langgraph_rust._engine import Offload
from langgraph_rust._internal._compat import name_as_upstream
from langgraph_rust._internal._constants import CONF, CONFIG_KEY_CALL, RETURN
from langgraph_rust._internal._elsewhere import find_elsewhere
from langgraph_rust._internal._runnable import (
    Runnable,
    RunnableCallable,
    is_async_callable,
    run_in_executor,
)
from langgraph_rust._internal._timeout import coerce_timeout_policy, sync_timeout_unsupported
from langgraph_rust.config import get_config
from langgraph_rust.pregel._write import ChannelWrite, ChannelWriteEntry

if TYPE_CHECKING:
    from datetime import timedelta

    from langgraph_rust.pregel._future import SyncAsyncFuture
    from langgraph_rust.types import CachePolicy, RetryPolicy, TimeoutPolicy

P = ParamSpec("P")
P1 = TypeVar("P1")
T = TypeVar("T")

CACHE: Dict[Tuple[Callable[..., Any], bool], Runnable[Any, Any]] = {}
"""The runnables of functions that live as long as their module does, by (function, is task)."""

_TASK_SLOT = "__langgraph_task__"
"""Where a function made at run time keeps its runnable, to go when the function goes."""


def _find_name(obj: Any, name: Optional[str]) -> Optional[str]:
    if name is None:
        name = getattr(obj, "__qualname__", None)
    return getattr(obj, "__name__", None) if name is None else name


def identifier(obj: Any, name: str | None = None) -> str | None:
    """The module and name of what a node or runnable runs, or None if it has none.

    Args:
        obj: A node, runnable or function.
        name: Taken instead of the function's own.
    """
    from langgraph_rust._internal._runnable import RunnableSeq
    from langgraph_rust.pregel._read import PregelNode

    if isinstance(obj, PregelNode):
        obj = obj.bound
    if isinstance(obj, RunnableSeq):
        obj = obj.steps[0]
    if isinstance(obj, RunnableCallable):
        obj = obj.func
    name = _find_name(obj, name)
    module = getattr(obj, "__module__", None)
    return None if name is None or module is None else f"{module}.{name}"


def _lookup_module_and_qualname(obj: Any, name: str | None = None) -> tuple[ModuleType, str] | None:
    """Where a function can be imported from; None if it cannot be, or only from a script."""
    name = _find_name(obj, name)
    if name is None:
        return None
    module_name = getattr(obj, "__module__", None) or _search_modules(obj, name)
    module = None if module_name == "__main__" else sys.modules.get(module_name or "")
    if module is None or _follow(module, name) is not obj:
        return None
    return module, name


def _follow(module: Any, name: str) -> Any:
    """The member that a dotted name leads to; None if it leads nowhere."""
    member = module
    for part in name.split("."):
        member = None if part == "<locals>" else getattr(member, part, None)
        if member is None:
            return None
    return member


def _search_modules(obj: Any, name: str) -> Optional[str]:
    for module_name, module in list(sys.modules.items()):
        if module_name in ("__main__", "__mp_main__") or not isinstance(module, ModuleType):
            continue
        try:
            if _follow(module, name) is obj:
                return module_name
        except Exception:  # a module may do anything when it is asked for a name
            pass
    return None


class _TraceArguments:
    """What a tracer is shown of a task's input: its arguments by name."""

    __slots__ = ("_func", "_signature")

    def __init__(self, func: Callable[..., Any]) -> None:
        self._func = func
        self._signature: Any = None

    def __call__(self, input: Tuple[Tuple[Any, ...], Dict[str, Any]]) -> Dict[str, Any]:
        if self._signature is None:
            self._signature = signature(self._func)
        return _explode_args_trace_inputs(self._signature, input)


def _explode_args_trace_inputs(
    sig: Any, input: tuple[tuple[Any, ...], dict[str, Any]]
) -> dict[str, Any]:
    args, kwargs = input
    bound = sig.bind_partial(*args, **kwargs)
    bound.apply_defaults()
    arguments = {k: v for k, v in bound.arguments.items() if k not in ("self", "cls")}
    for name, parameter in sig.parameters.items():
        if parameter.kind is Parameter.VAR_KEYWORD and name in arguments:
            arguments.update(arguments.pop(name))
    return arguments


def _make_runnable(func: Callable[..., Any], name: str, explode_args: bool) -> RunnableCallable:
    is_async = is_async_callable(func)
    in_thread = None if is_async else wraps(func)(partial(run_in_executor, Offload(), func))
    runnable = RunnableCallable(
        None if is_async else func,
        func if is_async else in_thread,
        name=name,
        trace=False,
        recurse=False,
        explode_args=explode_args,
    )
    if not is_async:
        runnable.sync_origin = True
    return runnable


def get_runnable_for_entrypoint(func: Callable[..., Any]) -> Runnable:
    """Make the runnable of an entrypoint's function, or find the one made before."""
    known = CACHE.get((func, False))
    if known is not None:
        return known
    runnable = _make_runnable(func, func.__name__, explode_args=False)
    if _lookup_module_and_qualname(func) is None:
        return runnable
    return CACHE.setdefault((func, False), runnable)


def _name_task(func: Any) -> str:
    name = getattr(func, "__name__", None)
    if name is None and hasattr(func, "func"):  # functools.partial
        name = func.func.__name__
    return type(func).__name__ if name is None else name


def get_runnable_for_task(func: Callable[..., Any]) -> Runnable:
    """Make the runnable of a task's function, or find the one made before.

    It takes a pair of positional and keyword arguments and writes what the function returns.
    """
    from langgraph_rust._internal._runnable import RunnableSeq

    known = CACHE.get((func, True))
    if known is not None:
        return known
    kept = func.__dict__.get(_TASK_SLOT) if isfunction(func) else None
    # A wrapper copies the dict of what it wraps, whose runnable is not its own.
    if kept is not None and kept[0] is func:
        return kept[1]
    name = _name_task(func)
    runnable = RunnableSeq(
        _make_runnable(func, name, explode_args=True),
        ChannelWrite([ChannelWriteEntry(RETURN)]),
        name=name,
        trace_inputs=_TraceArguments(func),
    )
    if _lookup_module_and_qualname(func) is not None:
        return CACHE.setdefault((func, True), runnable)
    if isfunction(func):
        func.__dict__[_TASK_SLOT] = (func, runnable)
    return runnable


def call(
    func: Callable[P, Awaitable[T]] | Callable[P, T],
    *args: Any,
    retry_policy: Sequence[RetryPolicy] | None = None,
    cache_policy: CachePolicy | None = None,
    timeout: float | timedelta | TimeoutPolicy | None = None,
    **kwargs: Any,
) -> SyncAsyncFuture[T]:
    """Run a function as a task of the superstep that the caller is a task of.

    Args:
        func: The function.
        *args: Its positional arguments.
        retry_policy: When to try again after an error.
        cache_policy: How to find the result of an earlier, equal call.
        timeout: How long an attempt may take, in seconds; for async functions.
        **kwargs: Its keyword arguments.

    Returns:
        A future: to be awaited in an async run, else to be asked for its `result()`.

    Raises:
        ValueError: There is a timeout and the function is sync.
        RuntimeError: Called outside of a run.
    """
    return _call_with_options(
        func,
        args,
        kwargs,
        retry_policy=retry_policy,
        cache_policy=cache_policy,
        timeout=coerce_timeout_policy(timeout),
    )


def _call_with_options(
    func: Callable[P, Awaitable[T]] | Callable[P, T],
    args: tuple[Any, ...],
    kwargs: dict[str, Any],
    *,
    retry_policy: Sequence[RetryPolicy] | None = None,
    cache_policy: CachePolicy | None = None,
    timeout: TimeoutPolicy | None = None,
) -> SyncAsyncFuture[T]:
    """See `call`; the arguments are given apart, so that any name is free for them."""
    if timeout is not None and not is_async_callable(func):
        raise sync_timeout_unsupported(
            getattr(func, "__name__", func.__class__.__name__), kind="Task"
        )
    config: Any = get_config()
    return config[CONF][CONFIG_KEY_CALL](
        func,
        (args, kwargs),
        retry_policy=retry_policy,
        cache_policy=cache_policy,
        callbacks=config.get("callbacks"),
        timeout=timeout,
    )


__getattr__ = find_elsewhere(
    __name__,
    {
        "langgraph_rust._internal._runnable": "RunnableSeq",
        "langgraph_rust.pregel._future": "SyncAsyncFuture",  # imports concurrent.futures
        "langgraph_rust.types": "CachePolicy RetryPolicy TimeoutPolicy",
    },
)
name_as_upstream(globals())
