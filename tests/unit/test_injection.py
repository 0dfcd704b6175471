"""What a node's function is given beside its input: decided by name and annotation."""

from __future__ import annotations

import inspect
from typing import Any, Optional

import pytest

from langgraph_rust._internal._inject import accepted_arguments
from langgraph_rust._internal._runnable import RunnableCallable
from langgraph_rust.types import StreamWriter

EMPTY = inspect.Parameter.empty


class RunnableConfig(dict):
    """Passes for langchain's: what counts is the name by which it is known."""

    __module__ = "langchain_core.runnables.config"


class BaseStore:
    __module__ = "langgraph.store.base"


class NodeError(Exception):
    __module__ = "langgraph.errors"


def function(parameter: str, annotation: Any, kind: Any = inspect.Parameter.KEYWORD_ONLY) -> Any:
    """A function with one parameter beside its input."""

    def func(state, **_):
        return None

    extra = inspect.Parameter(parameter, kind, annotation=annotation)
    func.__signature__ = inspect.Signature(  # type: ignore[attr-defined]
        [inspect.Parameter("state", inspect.Parameter.POSITIONAL_OR_KEYWORD), extra]
    )
    return func


@pytest.mark.parametrize(
    ("parameter", "annotation", "source"),
    [
        ("config", EMPTY, ("N/A", EMPTY)),
        ("config", RunnableConfig, ("N/A", EMPTY)),
        ("config", Optional[RunnableConfig], ("N/A", EMPTY)),
        ("config", "RunnableConfig", ("N/A", EMPTY)),
        ("config", "Optional[RunnableConfig]", ("N/A", EMPTY)),
        ("store", EMPTY, ("store", EMPTY)),
        ("store", BaseStore, ("store", EMPTY)),
        ("store", "BaseStore", ("store", EMPTY)),
        ("store", Optional[BaseStore], ("store", None)),
        ("store", "Optional[BaseStore]", ("store", None)),
        ("previous", int, ("previous", EMPTY)),
        ("runtime", "whatever", ("N/A", EMPTY)),
        ("error", NodeError, ("N/A", None)),
        ("error", "NodeError", ("N/A", None)),
    ],
)
def test_an_expected_annotation_is_served(parameter, annotation, source):
    assert accepted_arguments(function(parameter, annotation)) == {parameter: source}


@pytest.mark.parametrize("annotation", [EMPTY, StreamWriter, "StreamWriter"])
def test_a_writer_is_served_and_has_a_default_that_does_nothing(annotation):
    ((attribute, default),) = accepted_arguments(function("writer", annotation)).values()
    assert attribute == "stream_writer"
    assert default("chunk") is None


@pytest.mark.parametrize(
    ("parameter", "annotation"),
    [("store", int), ("writer", int), ("error", EMPTY), ("error", ValueError), ("other", EMPTY)],
)
def test_anything_else_is_left_alone(parameter, annotation):
    assert accepted_arguments(function(parameter, annotation)) == {}


def test_a_config_of_another_type_is_left_alone_with_a_warning():
    with pytest.warns(UserWarning, match="should be typed as 'RunnableConfig'"):
        assert accepted_arguments(function("config", dict)) == {}


def test_positional_only_and_variadic_parameters_are_left_alone():
    for kind in (inspect.Parameter.VAR_POSITIONAL, inspect.Parameter.VAR_KEYWORD):
        assert accepted_arguments(function("config", EMPTY, kind)) == {}


def test_the_annotation_of_langchain_is_recognised():
    runnables = pytest.importorskip("langchain_core.runnables")
    for annotation in (runnables.RunnableConfig, Optional[runnables.RunnableConfig]):
        assert accepted_arguments(function("config", annotation))


class Runtime:
    store = "the store"
    previous = None

    def __init__(self) -> None:
        self.chunks: list = []
        self.stream_writer = self.chunks.append


def test_values_come_from_the_runtime_of_the_config():
    def func(state, config, *, runtime, store, writer, previous):
        writer(state)
        return config, runtime, store, previous

    runtime = Runtime()
    config = {"configurable": {"__pregel_runtime": runtime}}
    given = RunnableCallable(func, trace=False).invoke(1, config)
    assert given == (config, runtime, "the store", None)
    assert runtime.chunks == [1]


def test_arguments_of_the_call_win_over_injected_ones():
    runnable = RunnableCallable(lambda state, store: store, trace=False, store="bound")
    assert runnable.invoke(1, {}) == "bound"
    assert runnable.invoke(1, {}, store="given") == "given"


def test_the_error_handled_by_a_node_comes_from_the_config():
    def func(state, error: NodeError):
        return error

    runnable = RunnableCallable(func, trace=False)
    assert runnable.invoke(1, {}) is None
    error = NodeError()
    assert runnable.invoke(1, {"configurable": {"__pregel_node_error": error}}) is error


def test_a_missing_value_without_default_is_an_error_that_names_it():
    def func(state, *, store):
        return store

    with pytest.raises(ValueError, match="Missing required config key 'store' for 'func'."):
        RunnableCallable(func).invoke(1, {})
