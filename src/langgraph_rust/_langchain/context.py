"""The context variable that carries the config of the running task.

There is one variable in a process. If langchain-core came first it is langchain's own
`var_child_runnable_config`; if it comes later, langchain is handed ours while it is imported
(`register`). So a value set by either side is seen by the other, in every thread and task, even
when a node imports langchain in the middle of a run.

The value is None, a config dict, or the engine's native task: an object that builds its dict on
first use and shows it as `.config`. Since langchain reads the variable too, such an object must
also answer `items()`, `get()`, `keys()`, `copy()`, `[]`, `in` and truth like that dict.
"""

from __future__ import annotations

import sys
from contextvars import Context, ContextVar, Token, copy_context
from typing import Any, Callable, Dict, Optional

from langgraph_rust._langchain import register as _register  # noqa: F401 (starts the watch)

_LANGCHAIN_CONFIG = "langchain_core.runnables.config"


def _shared_variable() -> ContextVar[Any]:
    if _LANGCHAIN_CONFIG in sys.modules:
        # import_module waits if another thread is still executing the module.
        from importlib import import_module

        variable = getattr(import_module(_LANGCHAIN_CONFIG), "var_child_runnable_config", None)
        if variable is not None:
            return variable
    return ContextVar("child_runnable_config", default=None)


CONFIG_VAR: ContextVar[Any] = _shared_variable()


def share_variable(module: Any) -> None:
    """Give langchain's freshly imported config module our variable for its own."""
    module.var_child_runnable_config = CONFIG_VAR


def current_config() -> Optional[Dict[str, Any]]:
    """Return the config of the task that is running here, or None outside of a run."""
    value = CONFIG_VAR.get(None)
    if value is None or isinstance(value, dict):
        return value
    return value.config


_NO_TRACE = {
    "parent": None,
    "project_name": None,
    "tags": None,
    "metadata": None,
    "enabled": None,
    "client": None,
}


def _set_tracing(values: Dict[str, Any]) -> None:
    from langsmith.run_helpers import _set_tracing_context

    _set_tracing_context(values)


def _enter(config: Any, run: Any) -> Token[Any]:
    token = CONFIG_VAR.set(config)
    if run is not None:
        _set_tracing({"parent": run})
    return token


def _leave(token: Token[Any], run: Any) -> None:
    CONFIG_VAR.reset(token)
    if run is not None:
        _set_tracing(_NO_TRACE)


class set_config_context:
    """Context manager that gives a copy of the context in which `config` is the running one.

    What still holds the copy after the block (a thread, a task) sees the outer config again.

    Args:
        config: The config (or native task) to set.
        run: The tracing run that langsmith should take as parent, if any.
    """

    __slots__ = ("config", "run", "context", "token")

    def __init__(self, config: Any, run: Any = None) -> None:
        self.config = config
        self.run = run

    def __enter__(self) -> Context:
        self.context = copy_context()
        self.token = self.context.run(_enter, self.config, self.run)
        return self.context

    def __exit__(self, *_: Any) -> None:
        self.context.run(_leave, self.token, self.run)


def create_task_in_context(context: Context, coro: Any, **kwargs: Any) -> Any:
    """Create an asyncio task whose code runs in `context` (a copy of it before Python 3.11)."""
    from asyncio import create_task

    if sys.version_info >= (3, 11):
        return create_task(coro, context=context, **kwargs)
    return context.run(lambda: create_task(coro, **kwargs))


def create_task_in_config_context(coro_factory: Callable[[], Any], config: Any) -> Any:
    """Create an asyncio task in which `config` is the running one.

    Args:
        coro_factory: Makes the coroutine; called inside the new context.
        config: The config to set.

    Returns:
        The task, already scheduled on the running loop.
    """
    from asyncio import create_task

    with set_config_context(config) as context:
        return context.run(lambda: create_task(coro_factory()))
