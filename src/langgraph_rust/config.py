"""What a task can ask for from anywhere in its code: its config, store and stream writer.

In async code before Python 3.11, a coroutine that was given to another asyncio.Task may not
find them: take them as parameters there.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, cast

from langgraph_rust._internal._compat import name_as_upstream
from langgraph_rust._internal._constants import CONF, CONFIG_KEY_RUNTIME
from langgraph_rust._internal._elsewhere import find_elsewhere
from langgraph_rust._langchain.context import CONFIG_VAR as var_child_runnable_config  # noqa: F401
from langgraph_rust._langchain.context import current_config

if TYPE_CHECKING:
    from langchain_core.runnables import RunnableConfig

    from langgraph_rust.store.base import BaseStore
    from langgraph_rust.types import StreamWriter


def get_config() -> RunnableConfig:
    """The config of the running task.

    Raises:
        RuntimeError: If no task runs here.
    """
    config = current_config()
    if not config:
        raise RuntimeError("Called get_config outside of a runnable context")
    return cast("RunnableConfig", config)


def get_store() -> BaseStore:
    """The store the graph was compiled with; None if it has none.

    Raises:
        RuntimeError: If no task runs here.
    """
    return get_config()[CONF][CONFIG_KEY_RUNTIME].store


def get_stream_writer() -> StreamWriter:
    """The function that writes to the ``custom`` stream of the run.

    Raises:
        RuntimeError: If no task runs here.
    """
    return get_config()[CONF][CONFIG_KEY_RUNTIME].stream_writer


def _no_op_stream_writer(c: Any) -> None:
    pass


if not TYPE_CHECKING:
    __getattr__ = find_elsewhere(
        __name__,
        {
            "langgraph_rust.store.base": "BaseStore",
            "langgraph_rust.types": "StreamWriter",
        },
    )

name_as_upstream(globals())
