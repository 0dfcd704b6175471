"""Older names of this field, kept for programs that use them."""

from __future__ import annotations

from functools import wraps
from typing import TYPE_CHECKING, Any, Callable

from langgraph_rust._internal._runnable import (
    RunnableCallable,
    coerce_to_runnable,
    is_async_callable,
    is_runnable,
)

if TYPE_CHECKING:
    from langgraph_rust.graph.state import CompiledStateGraph, StateGraph


def create_state_graph(
    state_schema: Any, context_schema: Any = None, **schemas: Any
) -> StateGraph[Any, Any, Any, Any]:
    """Make a `StateGraph`; takes what its constructor takes."""
    from langgraph_rust.graph.state import StateGraph

    return StateGraph(state_schema, context_schema, **schemas)


def create_compiled_graph(
    graph: StateGraph[Any, Any, Any, Any], checkpointer: Any = None, **options: Any
) -> CompiledStateGraph[Any, Any, Any, Any]:
    """Compile a `StateGraph`; takes what its `compile` takes."""
    return graph.compile(checkpointer, **options)


def ask_condition(condition: Any, end: str) -> RunnableCallable:
    """Make the path of a branch that leads to `end` or nowhere, of any condition on the state.

    The path answers True or False and is named after the condition and `end`, so that a node may
    have several edges with a condition.
    """
    name = f"{getattr(condition, '__name__', type(condition).__name__)}:{end}"
    if is_runnable(condition):

        def ask(state: Any, config: Any = None) -> bool:
            return bool(condition.invoke(state, config))

        async def aask(state: Any, config: Any = None) -> bool:
            return bool(await condition.ainvoke(state, config))

        return RunnableCallable(ask, aask, name=name, trace=True)
    return coerce_to_runnable(_answer_bool(condition), name=name, trace=True)


def _answer_bool(condition: Callable[..., Any]) -> Callable[..., Any]:
    # `wraps` keeps the signature, by which arguments are injected and the schema is inferred.
    if is_async_callable(condition):

        @wraps(condition)
        async def ask(*args: Any, **kwargs: Any) -> bool:
            return bool(await condition(*args, **kwargs))
    else:

        @wraps(condition)
        def ask(*args: Any, **kwargs: Any) -> bool:
            return bool(condition(*args, **kwargs))

    return ask
