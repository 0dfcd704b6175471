"""Callbacks for what happens to a graph as a whole: it pauses, it goes on.

The handler and the managers derive from langchain's classes and are made when they are first
asked for; the events are plain.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Optional, Tuple, Union

from typing_extensions import Literal

from langgraph_rust._internal._compat import name_as_upstream
from langgraph_rust._internal._elsewhere import find_elsewhere

if TYPE_CHECKING:
    from uuid import UUID

    from langchain_core.runnables import RunnableConfig

    from langgraph_rust._langchain.graph_callbacks import (
        GraphCallbackHandler,
        _AsyncGraphCallbackManager,
        _GraphCallbackManager,
    )
    from langgraph_rust.types import Interrupt

__all__ = (
    "GraphCallbackHandler",
    "GraphInterruptEvent",
    "GraphLifecycleEvent",
    "GraphLifecycleStatus",
    "GraphResumeEvent",
    "get_async_graph_callback_manager_for_config",
    "get_sync_graph_callback_manager_for_config",
)

GraphLifecycleStatus = Literal[
    "input",
    "pending",
    "done",
    "interrupt_before",
    "interrupt_after",
    "out_of_steps",
]
"""Where a run stands when an event is reported."""


@dataclass(frozen=True)
class GraphInterruptEvent:
    """A graph paused.

    Attributes:
        run_id: The id of the graph's run, if it has one.
        status: Where the run stood.
        checkpoint_id: The checkpoint from which it can go on.
        checkpoint_ns: The namespace of the graph, one item a level.
        interrupts: What it waits for.
    """

    run_id: Optional[UUID]
    status: GraphLifecycleStatus
    checkpoint_id: str
    checkpoint_ns: Tuple[str, ...]
    interrupts: Tuple[Interrupt, ...]


@dataclass(frozen=True)
class GraphResumeEvent:
    """A graph goes on from a checkpoint.

    Attributes:
        run_id: The id of the graph's run, if it has one.
        status: Where the run stood.
        checkpoint_id: The checkpoint from which it goes on.
        checkpoint_ns: The namespace of the graph, one item a level.
    """

    run_id: Optional[UUID]
    status: GraphLifecycleStatus
    checkpoint_id: str
    checkpoint_ns: Tuple[str, ...]


GraphLifecycleEvent = Union[GraphInterruptEvent, GraphResumeEvent]
"""Any event that a handler may receive."""


def get_sync_graph_callback_manager_for_config(
    config: RunnableConfig, *, run_id: Optional[UUID] = None
) -> _GraphCallbackManager:
    """Return a manager that reports to the `GraphCallbackHandler`s among a config's callbacks.

    Args:
        config: The run's config.
        run_id: The id of the graph's run.

    Raises:
        TypeError: If the config's callbacks are no handler, sequence or manager.
    """
    from langgraph_rust._langchain.graph_callbacks import _GraphCallbackManager

    return _GraphCallbackManager.configure(config.get("callbacks"), run_id=run_id)


def get_async_graph_callback_manager_for_config(
    config: RunnableConfig, *, run_id: Optional[UUID] = None
) -> _AsyncGraphCallbackManager:
    """See `get_sync_graph_callback_manager_for_config`; the manager's methods are coroutines."""
    from langgraph_rust._langchain.graph_callbacks import _AsyncGraphCallbackManager

    return _AsyncGraphCallbackManager.configure(config.get("callbacks"), run_id=run_id)


if not TYPE_CHECKING:
    __getattr__ = find_elsewhere(
        __name__,
        {
            "langgraph_rust._langchain.graph_callbacks": "GraphCallbackHandler GraphCallbacks "
            "_AsyncGraphCallbackManager _GraphCallbackManager",
            "langgraph_rust.types": "Interrupt",
        },
    )


name_as_upstream(globals())
