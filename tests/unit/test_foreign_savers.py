"""Savers of other distributions serve a graph without `install()`.

They derive from LangGraph's own base, and what they load is of LangGraph's own classes.
"""

from __future__ import annotations

import operator
import sys
import types

import pytest
from typing_extensions import Annotated, TypedDict

from langgraph_rust.channels.delta import DeltaChannel
from langgraph_rust.checkpoint.base import BaseCheckpointSaver
from langgraph_rust.checkpoint.memory import InMemorySaver
from langgraph_rust.checkpoint.serde._ext import EXT_CONSTRUCTOR_POS_ARGS, EXT_DELTA_SNAPSHOT
from langgraph_rust.checkpoint.serde._revive import ReviveHook
from langgraph_rust.checkpoint.serde.jsonplus import JsonPlusSerializer
from langgraph_rust.graph import START, StateGraph
from langgraph_rust.types import Command, Send, interrupt


class TheirSend:
    """What LangGraph's own package makes of a stored send."""

    def __init__(self, node, arg):
        self.node, self.arg, self.timeout = node, arg, None


TheirSend.__module__, TheirSend.__qualname__ = "langgraph.types", "Send"
TheirSnapshot = type("_DeltaSnapshot", (), {"__module__": "langgraph.checkpoint.serde.types"})


# In the place of their `BaseCheckpointSaver`: it has what ours has, and is another class.
TheirBase = type(
    "BaseCheckpointSaver",
    (),
    {name: vars(BaseCheckpointSaver)[name] for name in dir(BaseCheckpointSaver) if name[0] != "_"},
)


class TheirSaver(TheirBase):
    """Keeps what it is given as ours does, and gives it back in their classes."""

    def __init__(self):
        self.loaded: list = []
        self.kept = InMemorySaver(serde=JsonPlusSerializer(__unpack_ext_hook__=self.revive))
        self.serde = self.kept.serde

    def revive(self, code, data):
        made = ReviveHook(True)(code, data)
        if code == EXT_CONSTRUCTOR_POS_ARGS and isinstance(made, Send):
            made = TheirSend(made.node, made.arg)
        elif code == EXT_DELTA_SNAPSHOT:
            value, made = made.value, TheirSnapshot()
            made.value = value
        self.loaded.append(made)
        return made

    def get_tuple(self, config):
        return self.kept.get_tuple(config)

    def list(self, config, **options):
        return self.kept.list(config, **options)

    def put(self, *args):
        return self.kept.put(*args)

    def put_writes(self, *args):
        return self.kept.put_writes(*args)


@pytest.fixture
def saver(monkeypatch):
    module = types.ModuleType("langgraph.checkpoint.base")
    module.BaseCheckpointSaver = TheirBase
    monkeypatch.setitem(sys.modules, module.__name__, module)
    saver = TheirSaver()
    assert not isinstance(saver, BaseCheckpointSaver)
    return saver


def extend(rows, writes):
    return [*rows, *(row for write in writes for row in write)]


class Rows(TypedDict):
    rows: Annotated[list, operator.add]


class DeltaRows(TypedDict):
    rows: Annotated[list, DeltaChannel(extend, snapshot_frequency=3)]


CONFIG = {"configurable": {"thread_id": "1"}}


def test_a_graph_goes_on_from_their_sends(saver):
    def ask(packet):
        return {"rows": [interrupt(f"question {packet['number']}")]}

    builder = StateGraph(Rows)
    builder.add_node("start", lambda state: {"rows": ["started"]})
    builder.add_node("ask", ask)
    builder.add_edge(START, "start")
    packets = [Send("ask", {"number": number}) for number in range(2)]
    builder.add_conditional_edges("start", lambda state: packets, ["ask"])
    graph = builder.compile(checkpointer=saver)
    graph.invoke({"rows": []}, CONFIG)
    state = graph.get_state(CONFIG)
    assert any(type(made) is TheirSend for made in saver.loaded)
    assert state.next == ("ask", "ask")
    asked = [question for task in state.tasks for question in task.interrupts]
    assert [question.value for question in asked] == ["question 0", "question 1"]
    answers = {question.id: f"answer {number}" for number, question in enumerate(asked)}
    rows = graph.invoke(Command(resume=answers), CONFIG)["rows"]
    assert rows == ["started", "answer 0", "answer 1"]
    assert len(list(graph.get_state_history(CONFIG))) == 4


def test_a_delta_channel_goes_on_from_their_snapshot(saver):
    builder = StateGraph(DeltaRows)
    builder.add_node("count", lambda state: {"rows": [len(state["rows"])]})
    builder.add_edge(START, "count")
    graph = builder.compile(checkpointer=saver)
    for turn in range(7):
        graph.invoke({"rows": [f"turn {turn}"]}, CONFIG)
    assert any(type(made) is TheirSnapshot for made in saver.loaded)
    expected = [row for turn in range(7) for row in (f"turn {turn}", turn * 2 + 1)]
    assert graph.get_state(CONFIG).values["rows"] == expected


def test_what_is_no_saver_is_told(saver):
    builder = StateGraph(Rows)
    builder.add_node("start", lambda state: {"rows": []})
    builder.add_edge(START, "start")
    with pytest.raises(TypeError, match="Invalid checkpointer provided"):
        builder.compile(checkpointer=object())


def test_a_saver_may_take_its_versions_from_another():
    class Passing(BaseCheckpointSaver):
        def __init__(self):
            self.saver = InMemorySaver()

        def __getattribute__(self, name):
            if name in ("saver", "__class__"):
                return object.__getattribute__(self, name)
            return getattr(self.saver, name)

    graph = StateGraph(TypedDict("Counted", {"count": int}))
    graph.add_node("add", lambda state: {"count": state["count"] + 1})
    graph.add_edge(START, "add")
    saver = Passing()
    compiled = graph.compile(checkpointer=saver)
    thread = {"configurable": {"thread_id": "1"}}
    assert [compiled.invoke({"count": 0}, thread)["count"] for _ in range(2)] == [1, 1]
    compiled.update_state(thread, {"count": 5})
    versions = saver.saver.get_tuple(thread).checkpoint["channel_versions"]
    assert {type(version) for version in versions.values()} == {str}
