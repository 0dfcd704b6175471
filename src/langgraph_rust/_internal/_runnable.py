"""The Runnables that nodes and their writers are made of.

Upstream's tests and other packages import from here: `RunnableCallable`, `RunnableSeq`,
`coerce_to_runnable`, `is_async_callable`, `is_async_generator`, `set_config_context`,
`create_task_in_config_context`, `ASYNCIO_ACCEPTS_CONTEXT`, `RunnableLike`.
"""

from __future__ import annotations

import sys
from functools import partial, wraps
from types import FunctionType
from typing import (
    TYPE_CHECKING,
    Any,
    Callable,
    Dict,
    Mapping,
    Optional,
    Sequence,
    Tuple,
    Union,
)

from langgraph_rust._engine import Offload
from langgraph_rust._internal._compat import name_as_upstream
from langgraph_rust._internal._config import ensure_config, patch_config
from langgraph_rust._internal._elsewhere import find_elsewhere
from langgraph_rust._internal._inject import accepted_arguments, inject
from langgraph_rust._internal._later import inspect
from langgraph_rust._langchain.callbacks import (
    aopen_callbacks,
    open_callbacks,
    traced_run,
)
from langgraph_rust._langchain.callbacks import is_stream_handler as _is_stream_handler
from langgraph_rust._langchain.context import (
    create_task_in_config_context,
    create_task_in_context,
    set_config_context,
)
from langgraph_rust._langchain.runnable import (
    Input,
    Output,
    is_runnable,
    run_in_executor,
)

if TYPE_CHECKING:
    # To type checkers ours is langchain's class, as it is to langchain at runtime.
    from langchain_core.runnables.base import Runnable
    from typing_extensions import TypeGuard

    from langgraph_rust._internal._runnable_seq import RunnableSeq
else:
    from langgraph_rust._langchain.runnable import Runnable

__all__ = (
    "ASYNCIO_ACCEPTS_CONTEXT",
    "Input",
    "Output",
    "Runnable",
    "RunnableCallable",
    "RunnableLike",
    "RunnableSeq",
    "_is_stream_handler",
    "coerce_to_runnable",
    "create_task_in_config_context",
    "is_async_callable",
    "is_async_generator",
    "is_runnable",
    "run_in_executor",
    "set_config_context",
)

ASYNCIO_ACCEPTS_CONTEXT = sys.version_info >= (3, 11)
"""Whether `asyncio.create_task` takes a context."""

RunnableLike = Union[Runnable, Callable[..., Any], Mapping[str, Any]]
"""What can be made a Runnable: one of ours or langchain's, a function, a dict of such."""


def _call_of(thing: Any) -> Any:
    return thing.__call__ if callable(thing) else None


def is_async_callable(func: Any) -> TypeGuard[Callable[..., Any]]:
    """Tell whether calling `func` gives a coroutine."""
    return inspect.iscoroutinefunction(func) or inspect.iscoroutinefunction(_call_of(func))


def is_async_generator(func: Any) -> TypeGuard[Callable[..., Any]]:
    """Tell whether calling `func` gives an async generator."""
    return inspect.isasyncgenfunction(func) or inspect.isasyncgenfunction(_call_of(func))


_GENERATOR, _COROUTINE, _ASYNC_GENERATOR = 0x20, 0x80, 0x200  # of a code's flags


def _kind_of(thing: Any) -> int:
    """Return those of the flags that say what calling `thing` gives."""
    if type(thing) is FunctionType and not thing.__dict__:
        return thing.__code__.co_flags & (_GENERATOR | _COROUTINE | _ASYNC_GENERATOR)
    kind = _GENERATOR if inspect.isgeneratorfunction(thing) else 0
    kind |= _ASYNC_GENERATOR if is_async_generator(thing) else 0
    return kind | (_COROUTINE if is_async_callable(thing) else 0)


def _name_of(
    func: Optional[Callable[..., Any]], afunc: Optional[Callable[..., Any]]
) -> Optional[str]:
    if func is None:
        return getattr(afunc, "__name__", None)
    name = getattr(func, "__name__", None)
    return None if name == "<lambda>" else name


class RunnableCallable(Runnable):
    """A function as a Runnable, called with what it asks for beside its input.

    Args:
        func: The function for sync runs.
        afunc: The coroutine function for asyncio runs; without it these use `func`.
        name: The name in traces; by default that of the function.
        tags: Tags for the callbacks of its runs.
        trace: Whether its runs are reported to callbacks and set the running config.
        recurse: Whether a Runnable it returns is run with the same input.
        explode_args: Whether its input is a pair of positional and keyword arguments.
        **kwargs: Passed to each call; those of the call win.

    Raises:
        ValueError: If there is no function at all.
    """

    sync_origin = False
    """Whether `afunc` only runs `func` in an executor."""

    def __init__(
        self,
        func: Optional[Callable[..., Any]],
        afunc: Optional[Callable[..., Any]] = None,
        *,
        name: Optional[str] = None,
        tags: Optional[Sequence[str]] = None,
        trace: bool = True,
        recurse: bool = True,
        explode_args: bool = False,
        **kwargs: Any,
    ) -> None:
        self.name = _name_of(func, afunc) if name is None else name
        self.func = func
        self.afunc = afunc
        self.tags = tags
        self.kwargs = kwargs
        self.trace = trace
        self.recurse = recurse
        self.explode_args = explode_args
        if func is None and afunc is None:
            raise ValueError("At least one of func or afunc must be provided.")
        main: Any = afunc if func is None else func
        self.func_accepts = accepted_arguments(main)

    def __repr__(self) -> str:
        hidden = ("name", "func", "afunc", "config", "kwargs", "trace", "sync_origin")
        shown = [f"{k}={v!r}" for k, v in self.__dict__.items() if k not in hidden]
        return f"{self.get_name()}({', '.join(shown)})"

    def _arguments(
        self, input: Any, config: Dict[str, Any], kwargs: Dict[str, Any]
    ) -> Tuple[Sequence[Any], Dict[str, Any]]:
        if self.explode_args:
            args, given = input
            kwargs = {**self.kwargs, **given, **kwargs}
        else:
            args = (input,)
            kwargs = {**self.kwargs, **kwargs}
        if self.func_accepts:
            inject(self.func_accepts, kwargs, config, self.name)
        return args, kwargs

    def invoke(self, input: Any, config: Any = None, **kwargs: Any) -> Any:
        """Call the function.

        Raises:
            TypeError: If there is none for sync runs.
            ValueError: If it asks for something that the config's runtime does not have.
        """
        if self.func is None:
            raise TypeError(
                f'No synchronous function provided to "{self.name}".'
                "\nEither initialize with a synchronous function or invoke"
                " via the async API (ainvoke, astream, etc.)"
            )
        if config is None:
            config = ensure_config()
        args, kwargs = self._arguments(input, config, kwargs)
        if self.trace:
            output = self._call_reported(input, config, args, kwargs)
        else:
            output = self.func(*args, **kwargs)
        if self.recurse and is_runnable(output):
            return output.invoke(input, config)
        return output

    async def ainvoke(self, input: Any, config: Any = None, **kwargs: Any) -> Any:
        """See `invoke`."""
        if not self.afunc:
            return self.invoke(input, config)
        if config is None:
            config = ensure_config()
        args, kwargs = self._arguments(input, config, kwargs)
        if self.trace:
            output = await self._acall_reported(input, config, args, kwargs)
        else:
            output = await self.afunc(*args, **kwargs)
        if self.recurse and is_runnable(output):
            return await output.ainvoke(input, config)
        return output

    def _call_reported(
        self,
        input: Any,
        config: Any,
        args: Sequence[Any],
        kwargs: Dict[str, Any],
    ) -> Any:
        run = open_callbacks(config, self.tags).on_chain_start(
            None,
            input,
            name=config.get("run_name") or self.get_name(),
            run_id=config.pop("run_id", None),
        )
        func: Any = self.func
        try:
            child = patch_config(config, callbacks=run.get_child())
            with set_config_context(child, traced_run(run)) as context:
                output = context.run(func, *args, **kwargs)
        except BaseException as error:
            run.on_chain_error(error)
            raise
        run.on_chain_end(output)
        return output

    async def _acall_reported(
        self,
        input: Any,
        config: Any,
        args: Sequence[Any],
        kwargs: Dict[str, Any],
    ) -> Any:
        run = await aopen_callbacks(config, self.tags).on_chain_start(
            None,
            input,
            name=config.get("run_name") or self.name,
            run_id=config.pop("run_id", None),
        )
        afunc: Any = self.afunc
        try:
            child = patch_config(config, callbacks=run.get_child())
            coroutine = afunc(*args, **kwargs)
            with set_config_context(child, traced_run(run)) as context:
                output = await create_task_in_context(context, coroutine)
        except BaseException as error:
            await run.on_chain_error(error)
            raise
        await run.on_chain_end(output)
        return output


OWN_METHODS = (RunnableCallable.invoke, RunnableCallable.ainvoke)
"""What an instrumented class no longer has."""


def coerce_to_runnable(thing: Any, *, name: Optional[str], trace: bool) -> Any:
    """Make a Runnable of a function or a dict; a Runnable is returned as it is.

    Generator functions and dicts become langchain's Runnables. An argument-free look at the
    function decides once whether it is async and what it wants injected.

    Args:
        thing: What shall run.
        name: Its name in traces; by default the function's.
        trace: Whether callbacks hear of its runs.

    Raises:
        TypeError: If nothing runnable can be made of it.
    """
    if is_runnable(thing):
        return thing
    kind = _kind_of(thing)
    if kind & (_GENERATOR | _ASYNC_GENERATOR):
        from langchain_core.runnables.base import RunnableLambda

        return RunnableLambda(thing, name=name)
    if callable(thing):
        if kind & _COROUTINE:
            return RunnableCallable(None, thing, name=name, trace=trace)
        in_thread = wraps(thing)(partial(run_in_executor, Offload(), thing))
        runnable = RunnableCallable(thing, in_thread, name=name, trace=trace)
        runnable.sync_origin = True
        return runnable
    if isinstance(thing, dict):
        from langchain_core.runnables.base import RunnableParallel

        return RunnableParallel(thing)
    raise TypeError(
        f"Expected a Runnable, callable or dict.Instead got an unsupported type: {type(thing)}"
    )


__getattr__ = find_elsewhere(
    __name__,
    {
        "langgraph_rust._internal._config": "get_async_callback_manager_for_config "
        "get_callback_manager_for_config var_child_runnable_config",
        "langgraph_rust._internal._constants": "CONF CONFIG_KEY_NODE_ERROR CONFIG_KEY_RUNTIME",
        "langgraph_rust._internal._runnable_seq": "RunnableSeq",
        "langgraph_rust._internal._typing": "MISSING",
        "langgraph_rust.errors": "NodeError",
        "langgraph_rust.store.base": "BaseStore",
        "langgraph_rust.types": "StreamWriter TracePolicy",
    },
)

name_as_upstream(globals())
