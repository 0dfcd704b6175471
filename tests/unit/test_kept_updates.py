"""An update of a thread in the engine's ledger stores what the general way stores."""

from __future__ import annotations

import asyncio
import operator
from typing import Any, Callable, Dict, List

import pytest
from typing_extensions import Annotated, TypedDict

from langgraph_rust.checkpoint.memory import InMemorySaver
from langgraph_rust.errors import InvalidUpdateError
from langgraph_rust.graph import END, START, StateGraph
from langgraph_rust.pregel import _kept
from langgraph_rust.types import Overwrite, StateUpdate, interrupt


class Plain(InMemorySaver):
    """What is not exactly `InMemorySaver` is called like any saver."""


class State(TypedDict, total=False):
    count: int
    items: Annotated[list, operator.add]


THREAD: Any = {"configurable": {"thread_id": "1"}}


def chain(saver: Any, **options: Any) -> Any:
    graph = StateGraph(State)
    graph.add_node("one", lambda state: {"count": state["count"] + 1, "items": ["one"]})
    graph.add_node("two", lambda state: {"items": ["two"]})
    graph.add_node("three", lambda state: {"items": ["three"]})
    graph.add_edge(START, "one")
    graph.add_edge("one", "two")
    graph.add_edge("one", "three")
    graph.add_edge(["two", "three"], END)
    return graph.compile(checkpointer=saver, **options)


def ended(saver: Any) -> Any:
    graph = chain(saver)
    graph.invoke({"count": 0}, THREAD)
    return graph


def paused(saver: Any) -> Any:
    graph = chain(saver, interrupt_before=["two"])
    graph.invoke({"count": 0}, THREAD)
    return graph


def updated(graph: Any, *changes: Any, **place: Any) -> None:
    for change in changes:
        graph.update_state(THREAD, *change, **place)


def from_the_first(graph: Any) -> None:
    first = list(graph.get_state_history(THREAD))[-2].config
    for number in range(2):
        graph.update_state(first, {"count": 50 + number}, "one")


def one_after_another(graph: Any) -> None:
    config = graph.get_state(THREAD).config
    for number in range(3):
        config = graph.update_state(config, {"items": [number], "count": number}, as_node="two")
    graph.invoke(None, config)


def without_a_node(graph: Any) -> None:
    after_one = [state for state in graph.get_state_history(THREAD) if len(state.next) == 2]
    graph.update_state(after_one[0].config, {"count": 8})


def in_asyncio(graph: Any) -> None:
    asyncio.run(graph.aupdate_state(THREAD, {"count": 5}, "one"))


def of_a_task(graph: Any) -> None:
    planned = {task.name: task.id for task in graph.get_state(THREAD).tasks}
    task_id = planned.get("two", "00000000-0000-0000-0000-000000000000")
    graph.update_state(THREAD, {"items": ["for two"]}, "two", task_id)
    graph.invoke(None, THREAD)


def in_bulk(graph: Any) -> None:
    graph.bulk_update_state(
        THREAD,
        [
            [StateUpdate({"count": 5}, "one")],
            [StateUpdate({"items": [1]}, "two"), StateUpdate({"items": [2]}, "three")],
            [StateUpdate({"items": [3]}, "two")],
        ],
    )


UPDATES: Dict[str, Callable[[Any], None]] = {
    "a number": lambda graph: updated(graph, ({"count": 7}, "one")),
    "a list": lambda graph: updated(graph, ({"items": [{"deep": [1]}]}, "two")),
    "nothing": lambda graph: updated(graph, (None, "one"), ({}, "one")),
    "an overwritten list": lambda graph: updated(graph, ({"items": Overwrite(["new"])}, "two")),
    "a key that is none": lambda graph: updated(graph, ({"other": 1, "count": 2}, "two")),
    "without a node": without_a_node,
    "with metadata": lambda graph: graph.update_state(
        {**THREAD, "metadata": {"who": "me"}}, {"count": 7}, "one"
    ),
    "from the first": from_the_first,
    "one after another": one_after_another,
    "in asyncio": in_asyncio,
    "of a task": of_a_task,
    "in bulk": in_bulk,
}


def told(graph: Any) -> List[Any]:
    """All that is stored of the thread, with ids as the numbers of those that are met."""
    numbers: Dict[Any, int] = {}

    def number(id: Any) -> Any:
        return id and numbers.setdefault(id, len(numbers))

    def counts(versions: Any) -> Any:
        return {name: int(str(version).split(".")[0]) for name, version in versions.items()}

    stored = []
    for saved in reversed(list(graph.checkpointer.list(THREAD))):
        checkpoint = saved.checkpoint
        parent = (saved.parent_config or {}).get("configurable", {}).get("checkpoint_id")
        stored.append(
            (
                number(checkpoint["id"]),
                number(parent),
                checkpoint["channel_values"],
                counts(checkpoint["channel_versions"]),
                {node: counts(seen) for node, seen in checkpoint["versions_seen"].items()},
                checkpoint.get("updated_channels"),
                saved.metadata,
                sorted((channel, repr(value)) for _, channel, value in saved.pending_writes or ()),
            )
        )
    shown = [
        (
            state.values,
            state.next,
            number(state.config["configurable"]["checkpoint_id"]),
            [(task.name, task.path, task.result) for task in state.tasks],
        )
        for state in graph.get_state_history(THREAD)
    ]
    return [stored, shown]


@pytest.mark.parametrize("prepare", [ended, paused])
@pytest.mark.parametrize("name", UPDATES)
def test_it_stores_what_the_general_way_stores(prepare: Any, name: str) -> None:
    told_of = []
    for saver in (InMemorySaver(), Plain()):
        graph = prepare(saver)
        UPDATES[name](graph)
        told_of.append(told(graph))
    assert told_of[0] == told_of[1]


@pytest.fixture
def found(monkeypatch: Any) -> List[Any]:
    """What the short way answered, update by update."""
    answers: List[Any] = []
    own = _kept.Kept.update

    def update(self: Any, *args: Any) -> Any:
        answers.append(own(self, *args))
        return answers[-1]

    monkeypatch.setattr(_kept.Kept, "update", update)
    return answers


def test_plain_updates_take_the_short_way(found: List[Any]) -> None:
    graph = paused(InMemorySaver())
    config = graph.update_state(THREAD, {"items": [1]}, "two")
    assert found == [config]
    assert graph.get_state(config).config == config == graph.get_state(THREAD).config


class Talking(TypedDict):
    items: Annotated[list, lambda old, new: 1 / 0 if new == ["fails"] else old + new]
    asked: str


def conversation() -> Any:
    graph = StateGraph(Talking)
    graph.add_node("ask", lambda state: {"asked": interrupt("what?")})
    graph.add_node("route", lambda state: {"items": ["routed"]})
    graph.add_node("stop", lambda state: {"items": ["stopped"]})
    graph.add_edge(START, "ask")
    graph.add_edge("ask", "route")
    graph.add_conditional_edges(
        "route", lambda state: "stop" if "over" in state["items"] else "ask", ["stop", "ask"]
    )
    compiled = graph.compile(checkpointer=InMemorySaver())
    compiled.invoke({"items": ["begun"]}, THREAD)
    return compiled


def test_a_question_that_is_open_and_an_edge_that_looks_are_left_to_the_general_way(
    found: List[Any],
) -> None:
    graph = conversation()
    graph.update_state(THREAD, {"asked": "this"}, "ask")
    assert graph.get_state(THREAD).next == ("route",)
    graph.update_state(THREAD, {"items": ["over"]}, "route")
    assert graph.get_state(THREAD).next == ("stop",)
    assert found == [None, None]
    graph.update_state(THREAD, {"items": ["by hand"]}, "stop")
    assert found[2]
    assert graph.get_state(THREAD).values["items"] == ["begun", "over", "by hand"]


def test_an_update_that_fails_tells_why() -> None:
    graph = conversation()
    before = graph.get_state(THREAD)
    with pytest.raises(InvalidUpdateError, match="Node nobody does not exist"):
        graph.update_state(THREAD, {"items": []}, "nobody")
    with pytest.raises(InvalidUpdateError, match="Expected dict, got 5"):
        graph.update_state(THREAD, 5, "stop")
    with pytest.raises(ZeroDivisionError):
        graph.update_state(THREAD, {"items": ["fails"]}, "stop")
    with pytest.raises(TypeError):
        graph.update_state(THREAD, {"asked": 1j}, "ask")
    after = graph.get_state(THREAD)
    assert (after.values, after.next, after.config) == (before.values, before.next, before.config)


def test_a_replaced_method_of_the_saver_is_called(found: List[Any], monkeypatch: Any) -> None:
    graph, puts = ended(InMemorySaver()), []
    put = InMemorySaver.put
    monkeypatch.setattr(
        InMemorySaver, "put", lambda self, *args: (puts.append(args), put(self, *args))[1]
    )
    graph.update_state(THREAD, {"count": 7}, "one")
    assert len(puts) == 1 and found == [None]


def test_a_reducer_that_looks_into_the_saver_sees_nothing_half_done() -> None:
    saver, seen = InMemorySaver(), []

    def join(old: list, new: list) -> list:
        if "look" in new:
            seen.append(len(saver.storage["1"][""]))
        return old + new

    Looking: Any = TypedDict("Looking", {"items": Annotated[list, join]})
    graph = StateGraph(Looking)
    graph.add_node("one", lambda state: {"items": ["one"]})
    graph.add_edge(START, "one")
    compiled = graph.compile(checkpointer=saver)
    compiled.invoke({"items": []}, THREAD)
    compiled.update_state(THREAD, {"items": ["look"]}, "one")
    assert set(seen) == {3}
    assert len(saver.storage["1"][""]) == 4
    assert compiled.get_state(THREAD).values == {"items": ["one", "look"]}
