"""A method put in the place of a built-in channel's own is called, as long as it stands there."""

from __future__ import annotations

import asyncio
import operator
from contextlib import contextmanager
from typing import Any, Callable, Iterator, List

import pytest
from typing_extensions import Annotated, TypedDict

from langgraph_rust.channels import (
    BinaryOperatorAggregate,
    EphemeralValue,
    LastValue,
    LastValueAfterFinish,
    NamedBarrierValue,
    Topic,
)
from langgraph_rust.channels.base import BaseChannel
from langgraph_rust.checkpoint.memory import InMemorySaver
from langgraph_rust.graph import END, START, StateGraph
from langgraph_rust.types import Send

THREAD: Any = {"configurable": {"thread_id": "1"}}


class State(TypedDict, total=False):
    count: int
    seen: Annotated[List[str], operator.add]


def _build(**options: Any) -> Any:
    graph = StateGraph(State)
    graph.add_node("first", lambda state: {"count": state["count"] + 1, "seen": ["first"]})
    graph.add_node("left", lambda state: {"seen": ["left"]})
    graph.add_node("right", lambda state: {"seen": ["right"]})
    graph.add_node("each", lambda state: {"seen": [f"each {state}"]})
    graph.add_node("last", lambda state: {"seen": ["last"]}, defer=True)
    graph.add_edge(START, "first")
    graph.add_edge("first", "left")
    graph.add_edge("first", "right")
    graph.add_edge(["left", "right"], "each")
    graph.add_conditional_edges("first", lambda state: [Send("each", 1)], ["each"])
    graph.add_edge("each", "last")
    graph.add_edge("last", END)
    return graph.compile(**options)


def _invoke(drive: str, graph: Any, config: Any = None) -> Any:
    if drive == "sync":
        return graph.invoke({"count": 0}, config)
    return asyncio.run(graph.ainvoke({"count": 0}, config))


@contextmanager
def _replaced(kind: type, name: str, make: Callable[[Any], Any]) -> Iterator[None]:
    inherited = name not in kind.__dict__
    own = getattr(kind, name)
    setattr(kind, name, make(own))
    try:
        yield
    finally:
        if inherited:
            delattr(kind, name)
        else:
            setattr(kind, name, own)


@contextmanager
def _watched(kind: type, name: str) -> Iterator[List[Any]]:
    calls: List[Any] = []

    def make(own: Any) -> Any:
        def watching(self: Any, *args: Any) -> Any:
            calls.append((self, *args))
            return own(self, *args)

        return watching

    with _replaced(kind, name, make):
        yield calls


both_drivers = pytest.mark.parametrize("drive", ["sync", "async"])

READ = [LastValue, BinaryOperatorAggregate, Topic]
CALLED = [
    *[(kind, "get") for kind in READ],
    *[
        (kind, method)
        for kind in (*READ, EphemeralValue, NamedBarrierValue, LastValueAfterFinish)
        for method in ("update", "from_checkpoint", "is_available")
    ],
]


@both_drivers
@pytest.mark.parametrize(("kind", "method"), CALLED)
def test_a_replaced_method_is_called_and_the_run_comes_out_the_same(
    drive: str, kind: type, method: str
):
    graph = _build()
    expected = _invoke(drive, graph)
    with _watched(kind, method) as calls:
        assert _invoke(drive, graph) == expected
    count = len(calls)
    assert count
    assert _invoke(drive, graph) == expected
    assert len(calls) == count


@both_drivers
def test_a_replaced_update_decides_what_is_kept(drive: str):
    def make(own: Any) -> Any:
        def doubling(self: Any, values: Any) -> Any:
            return own(self, [value * 2 if self.key == "count" else value for value in values])

        return doubling

    graph = _build()
    with _replaced(LastValue, "update", make):
        assert _invoke(drive, graph)["count"] == 2
    assert _invoke(drive, graph)["count"] == 1


@both_drivers
def test_a_replaced_get_decides_what_nodes_read(drive: str):
    def make(own: Any) -> Any:
        return lambda self: own(self) + (100 if self.key == "count" else 0)

    with _replaced(LastValue, "get", make):
        # read by the node that adds one, and for the output
        assert _invoke(drive, _build())["count"] == 201


@both_drivers
def test_a_replaced_checkpoint_decides_what_is_saved(drive: str):
    saver = InMemorySaver()
    graph = _build(checkpointer=saver)

    def make(own: Any) -> Any:
        return lambda self: 7 if self.key == "count" else own(self)

    with _replaced(LastValue, "checkpoint", make):
        assert _invoke(drive, graph, THREAD)["count"] == 1
    assert saver.get_tuple(THREAD).checkpoint["channel_values"]["count"] == 7


def test_a_method_replaced_on_the_base_class_is_called_where_it_is_inherited():
    with _watched(BaseChannel, "consume") as calls:
        _build().invoke({"count": 0})
    # what triggers nodes, of kinds without a `consume` of their own
    assert {type(channel) for (channel,) in calls} >= {EphemeralValue}


@pytest.mark.parametrize("method", ["consume", "finish"])
def test_consume_and_finish_are_called_where_a_kind_has_its_own(method: str):
    with _watched(LastValueAfterFinish, method) as calls:
        _build().invoke({"count": 0})
    assert calls


def test_a_replaced_update_is_called_with_no_values_where_a_superstep_wrote_none():
    with _watched(LastValue, "update") as calls:
        _build().invoke({"count": 0})
    assert ("count", []) in [(channel.key, list(values)) for channel, values in calls]


def test_a_replaced_copy_is_called_when_a_node_reads_its_own_writes():
    graph = StateGraph(State)
    graph.add_node("first", lambda state: {"count": state["count"] + 1})
    graph.add_edge(START, "first")
    graph.add_conditional_edges("first", lambda state: END if state["count"] == 1 else "first")
    with _watched(LastValue, "copy") as calls:
        assert graph.compile().invoke({"count": 0})["count"] == 1
    assert "count" in [channel.key for (channel,) in calls]


def test_the_state_of_a_thread_is_read_through_replaced_methods():
    graph = _build(checkpointer=InMemorySaver())
    graph.invoke({"count": 0}, THREAD)
    with _watched(LastValue, "get") as calls:
        assert graph.get_state(THREAD).values["count"] == 1
        graph.update_state(THREAD, {"count": 5})
        assert graph.get_state(THREAD).values["count"] == 5
    assert "count" in [channel.key for (channel,) in calls]
