"""Which error is which, and what each says."""

from __future__ import annotations

import pickle
from typing import Any

import pytest

from langgraph_rust import constants, errors
from langgraph_rust._internal import _constants
from langgraph_rust.checkpoint import base
from langgraph_rust.errors import (
    ChannelError,
    CheckpointError,
    EmptyChannelError,
    EmptyInputError,
    GraphBubbleUp,
    GraphDrained,
    GraphInterrupt,
    GraphRecursionError,
    InvalidUpdateError,
    NodeCancelledError,
    NodeInterrupt,
    NodeTimeoutError,
    ParentCommand,
    PregelError,
    StateGraphError,
    TaskNotFound,
    UnknownInterruptError,
)
from langgraph_rust.types import Command, Interrupt, Send
from langgraph_rust.warnings import (
    LangGraphDeprecatedSinceV05,
    LangGraphDeprecatedSinceV10,
    LangGraphDeprecatedSinceV11,
)


@pytest.mark.parametrize(
    ("error", "base_of_it"),
    [
        (EmptyChannelError, ChannelError),
        (InvalidUpdateError, ChannelError),
        (GraphRecursionError, PregelError),
        (GraphRecursionError, RecursionError),
        (EmptyInputError, PregelError),
        (TaskNotFound, PregelError),
        (UnknownInterruptError, PregelError),
        (NodeCancelledError, PregelError),
        (NodeTimeoutError, PregelError),
        (GraphInterrupt, GraphBubbleUp),
        (GraphDrained, GraphBubbleUp),
        (ParentCommand, GraphBubbleUp),
        (NodeInterrupt, GraphInterrupt),
    ],
)
def test_an_error_belongs_where_it_happens(error: type, base_of_it: type) -> None:
    assert issubclass(error, base_of_it)


def test_what_unwinds_a_run_is_no_failure_of_it() -> None:
    for failure in (PregelError, ChannelError, StateGraphError, CheckpointError):
        assert issubclass(failure, Exception) and not issubclass(GraphBubbleUp, failure)


def test_a_timeout_is_no_os_error() -> None:
    assert not issubclass(NodeTimeoutError, OSError)


def test_checkpoints_and_channels_share_one_empty_error() -> None:
    assert base.EmptyChannelError is errors.EmptyChannelError
    assert EmptyChannelError.__module__ == "langgraph.checkpoint.base"


def test_messages_are_those_of_langgraph() -> None:
    assert str(GraphDrained()) == "Graph drained: shutdown"
    assert str(NodeCancelledError("n")) == "Node 'n' raised asyncio.CancelledError"
    assert str(NodeCancelledError("n", "why")) == "why"
    assert str(NodeTimeoutError("n", 2.5, kind="idle", idle_timeout=2)) == (
        "Node 'n' exceeded its idle timeout of 2.000s without making progress (elapsed: 2.500s)."
    )
    assert str(NodeTimeoutError("n", 2.5, kind="run", run_timeout=2)) == (
        "Node 'n' exceeded its run timeout of 2.000s (elapsed: 2.500s)."
    )


def test_a_timeout_tells_its_limits() -> None:
    error = NodeTimeoutError("n", 2.5, kind="run", run_timeout=2, idle_timeout=1)
    assert (error.timeout, error.run_timeout, error.idle_timeout) == (2, 2, 1)
    assert (error.node, error.kind, error.elapsed) == ("n", "run", 2.5)


@pytest.mark.parametrize(
    ("options", "message"),
    [
        ({"kind": "idle"}, "idle_timeout is required when kind='idle'"),
        ({"kind": "run", "idle_timeout": 1}, "run_timeout is required when kind='run'"),
        ({"kind": "other"}, "kind must be 'idle' or 'run'"),
    ],
)
def test_a_timeout_names_a_limit_it_has(options: Any, message: str) -> None:
    with pytest.raises(ValueError, match=message):
        NodeTimeoutError("n", 1, **options)


def test_an_unknown_interrupt_says_what_is_pending() -> None:
    error = UnknownInterruptError("m", reason="ambiguous", pending_ids=["a", "b"])
    assert (str(error), error.reason) == ("m", "ambiguous")
    assert (error.interrupt_ids, error.pending_ids) == ((), ("a", "b"))


def test_an_interrupt_carries_its_questions_and_a_parent_command_its_command() -> None:
    questions = (Interrupt("q", "i"),)
    assert GraphInterrupt(questions).args == (questions,)
    assert GraphInterrupt().args == ((),)
    assert ParentCommand(Command(goto="n")).args == (Command(goto="n"),)


def test_the_older_interrupt_warns_and_is_an_interrupt() -> None:
    with pytest.warns(LangGraphDeprecatedSinceV10, match="NodeInterrupt is deprecated"):
        error = NodeInterrupt("q", id="i")
    assert error.args == ([Interrupt("q", "i")],)


@pytest.mark.parametrize(
    "error",
    [GraphRecursionError("m"), InvalidUpdateError("m"), EmptyChannelError(), TaskNotFound(1)],
)
def test_errors_are_pickled(error: Exception) -> None:
    again = pickle.loads(pickle.dumps(error))
    assert type(again) is type(error) and again.args == error.args


@pytest.mark.parametrize(
    ("category", "text"),
    [
        (LangGraphDeprecatedSinceV05, "V0.5 to be removed in V2.0"),
        (LangGraphDeprecatedSinceV10, "V1.0 to be removed in V2.0"),
        (LangGraphDeprecatedSinceV11, "V1.1 to be removed in V3.0"),
    ],
)
def test_a_deprecation_says_since_when_and_until_when(category: Any, text: str) -> None:
    assert str(category("Gone.")) == f"Gone. Deprecated in LangGraph {text}."
    assert issubclass(category, DeprecationWarning)


def test_names_that_moved_are_found_with_a_warning() -> None:
    with pytest.warns(LangGraphDeprecatedSinceV10, match="'from langgraph.types import Send'"):
        assert constants.Send is Send
    with pytest.warns(LangGraphDeprecatedSinceV10, match="This constant is now private"):
        assert constants.PULL == _constants.PULL
    with pytest.raises(AttributeError, match="module has no attribute 'nothing'"):
        constants.nothing  # noqa: B018
