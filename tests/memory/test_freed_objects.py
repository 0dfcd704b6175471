"""An object that the user's nodes let go of is let go of by us, without the collector's help."""

from __future__ import annotations

import gc
import weakref
from typing import Any, List

import pytest
from graphs import as_node, both_drivers, run, stream
from typing_extensions import TypedDict

from langgraph_rust.channels import Topic
from langgraph_rust.checkpoint.memory import InMemorySaver
from langgraph_rust.graph import START, StateGraph
from langgraph_rust.types import Send


class Blob:
    pass


class Held(TypedDict, total=False):
    blob: Any
    step: int


class Watch:
    """Blobs that nodes made, and at which looks the last one was gone."""

    def __init__(self) -> None:
        self.made: List[weakref.ref] = []
        self.gone: List[bool] = []

    def make(self, _: Any) -> Any:
        blob = Blob()
        self.made.append(weakref.ref(blob))
        return {"blob": blob}

    def drop(self, _: Any) -> Any:
        return {"blob": None}

    def look(self, _: Any) -> Any:
        self.gone.append(self.made[-1]() is None)
        return {"step": len(self.gone)}


@pytest.fixture(autouse=True)
def _no_collector():
    gc.collect()
    gc.disable()
    yield
    gc.enable()


def _chain(drive: str, watch: Watch, width: int = 1) -> StateGraph:
    graph = StateGraph(Held)
    before = START
    for name, body in [
        ("make", watch.make),
        ("use", lambda state: {"step": 0}),
        ("drop", watch.drop),
        ("look", watch.look),
    ]:
        graph.add_node(name, as_node(drive, body))
        graph.add_edge(before, name)
        for place in range(1, width):
            beside = f"beside_{name}_{place}"
            graph.add_node(beside, as_node(drive, lambda state: None))
            graph.add_edge(before, beside)
        before = name
    return graph


@both_drivers
@pytest.mark.parametrize("width", [1, 3])
def test_a_value_taken_from_the_state_is_gone_in_the_next_superstep(drive: str, width: int):
    watch = Watch()
    run(drive, _chain(drive, watch, width).compile(), {"step": 0})
    assert watch.gone == [True]


@both_drivers
@pytest.mark.parametrize("mode", ["values", "updates", "tasks", "checkpoints", "debug"])
def test_no_stream_keeps_what_it_has_shown(drive: str, mode: str):
    watch = Watch()
    stream(drive, _chain(drive, watch).compile(), {"step": 0}, stream_mode=mode)
    assert watch.gone == [True]


@both_drivers
def test_a_run_leaves_nothing_of_its_values(drive: str):
    watch = Watch()
    graph = StateGraph(Held)
    graph.add_node("make", as_node(drive, watch.make))
    graph.add_edge(START, "make")
    compiled = graph.compile()
    out = run(drive, compiled, {"step": 0})
    assert watch.made[0]() is out["blob"]
    del out
    assert watch.made[0]() is None


@both_drivers
def test_what_was_sent_to_a_task_is_gone_after_it(drive: str):
    watch = Watch()
    graph = StateGraph(Held)

    def fan_out(_: Any) -> Any:
        watch.make(None)
        blob = Blob()
        watch.made.append(weakref.ref(blob))
        return [Send("take", {"blob": blob}), Send("take", {"blob": None})]

    graph.add_node("take", as_node(drive, lambda state: None))
    graph.add_node("then", as_node(drive, lambda state: None))
    graph.add_node("look", as_node(drive, watch.look))
    graph.add_conditional_edges(START, fan_out, ["take"])
    graph.add_edge("take", "then")
    graph.add_edge("then", "look")
    run(drive, graph.compile(), {"step": 0})
    assert watch.gone == [True]


@both_drivers
def test_what_a_topic_no_longer_holds_is_gone(drive: str):
    from typing_extensions import Annotated

    watch = Watch()
    graph = StateGraph(TypedDict("Topics", {"blob": Annotated[list, Topic(Any)], "step": int}))
    graph.add_node("make", as_node(drive, watch.make))
    graph.add_node("pass", as_node(drive, lambda state: {"step": 1}))
    graph.add_node("look", as_node(drive, watch.look))
    graph.add_edge(START, "make")
    graph.add_edge("make", "pass")
    graph.add_edge("pass", "look")
    run(drive, graph.compile(), {"step": 0})
    assert watch.gone == [True]


@both_drivers
def test_what_a_subgraph_took_is_gone_with_its_run(drive: str):
    watch = Watch()
    inner = _chain(drive, watch).compile()
    graph = StateGraph(Held)
    graph.add_node("inner", inner)
    graph.add_node("look", as_node(drive, watch.look))
    graph.add_edge(START, "inner")
    graph.add_edge("inner", "look")
    run(drive, graph.compile(), {"step": 0})
    assert watch.gone == [True, True]


@both_drivers
def test_a_saver_keeps_bytes_and_not_the_object(drive: str):
    class Plain(TypedDict, total=False):
        blob: Any

    made: List[weakref.ref] = []

    class Text(str):
        pass

    def make(_: Any) -> Any:
        text = Text("written as plain text")
        made.append(weakref.ref(text))
        return {"blob": text}

    graph = StateGraph(Plain)
    graph.add_node("make", as_node(drive, make))
    graph.add_edge(START, "make")
    compiled = graph.compile(checkpointer=InMemorySaver())
    run(drive, compiled, {"blob": None}, config={"configurable": {"thread_id": "1"}})
    assert made[0]() is None
