"""States read from the engine's ledger are those read from the saver's dicts."""

from __future__ import annotations

import asyncio
import copy
import operator
from typing import Any

import pytest
from typing_extensions import Annotated, TypedDict

from langgraph_rust.checkpoint.memory import InMemorySaver
from langgraph_rust.graph import END, START, StateGraph
from langgraph_rust.types import Command, Send, StateUpdate, interrupt


class State(TypedDict, total=False):
    count: int
    items: Annotated[list, operator.add]
    last: Any


THREAD = {"configurable": {"thread_id": "1"}}


def looped(node: Any, **options: Any) -> Any:
    graph = StateGraph(State)
    graph.add_node("step", node)
    graph.add_edge(START, "step")
    graph.add_conditional_edges(
        "step", lambda state: "step" if state["count"] < 3 else END, ["step", END]
    )
    return graph.compile(**{"checkpointer": InMemorySaver(), **options})


def count_up(state: State) -> State:
    return {"count": state["count"] + 1, "items": [{"deep": [state["count"]]}]}


def numbers() -> Any:
    """Nothing but values that never change."""
    graph = looped(lambda state: {"count": state["count"] + 1, "last": "text"})
    graph.invoke({"count": 0}, THREAD)
    return graph


def lists() -> Any:
    graph = looped(count_up)
    graph.invoke({"count": 0}, {**THREAD, "metadata": {"who": "me"}})
    return graph


def paused() -> Any:
    graph = looped(count_up, interrupt_before=["step"])
    graph.invoke({"count": 0}, THREAD)
    graph.invoke(None, THREAD)
    return graph


def asked() -> Any:
    graph = looped(lambda state: {"last": interrupt("how many?"), "count": 9})
    graph.invoke({"count": 0}, THREAD)
    return graph


def answered() -> Any:
    graph = asked()
    graph.invoke(Command(resume=7, update={"items": ["by command"]}), THREAD)
    return graph


def failed() -> Any:
    graph = StateGraph(State)
    graph.add_node("fine", lambda state: {"items": ["fine"]})
    graph.add_node("fails", lambda state: 1 / 0)
    graph.add_edge(START, "fine")
    graph.add_edge(START, "fails")
    compiled = graph.compile(checkpointer=InMemorySaver())
    with pytest.raises(ZeroDivisionError):
        compiled.invoke({"count": 0}, THREAD)
    return compiled


def sent() -> Any:
    graph = StateGraph(State)
    graph.add_node("task", lambda number: {"items": [number]})
    graph.add_conditional_edges(START, lambda state: [Send("task", n) for n in range(3)], ["task"])
    compiled = graph.compile(checkpointer=InMemorySaver(), interrupt_before=["task"])
    compiled.invoke({"count": 0}, THREAD)
    return compiled


def nested() -> Any:
    graph = StateGraph(State)
    graph.add_node("inner", looped(count_up, checkpointer=None, interrupt_before=["step"]))
    graph.add_edge(START, "inner")
    compiled = graph.compile(checkpointer=InMemorySaver())
    compiled.invoke({"count": 0}, THREAD)
    return compiled


def edited() -> Any:
    graph = lists()
    middle = list(graph.get_state_history(THREAD))[2].config
    after = graph.update_state(middle, {"items": ["edited"]})
    graph.update_state(after, {"count": 1}, as_node="step")
    graph.bulk_update_state(THREAD, [[StateUpdate({"count": 2}, "step")], [StateUpdate(None, END)]])
    graph.invoke({"count": 1}, THREAD)
    return graph


def one_channel() -> Any:
    graph = StateGraph(int)
    graph.add_node("step", lambda number: number + 1)
    graph.add_edge(START, "step")
    compiled = graph.compile(checkpointer=InMemorySaver())
    compiled.invoke(1, THREAD)
    return compiled


def fresh() -> Any:
    return looped(count_up)


PROGRAMS = [
    numbers,
    lists,
    paused,
    asked,
    answered,
    failed,
    sent,
    nested,
    edited,
    one_channel,
    fresh,
]


def from_dicts(graph: Any) -> Any:
    """The same graph on a copy of its saver that has moved into its dicts."""
    saver = copy.deepcopy(graph.checkpointer)
    assert isinstance(saver.storage, dict) and saver._ledger is None
    return graph.copy({"checkpointer": saver})


def comparable(value: Any) -> Any:
    """Errors have no equality of their own; nor have savers in configs."""
    if isinstance(value, BaseException):
        return repr(value)
    if isinstance(value, tuple) and hasattr(value, "_asdict"):
        return type(value).__name__, comparable(value._asdict())
    if isinstance(value, dict):
        return {key: comparable(entry) for key, entry in value.items()}
    if isinstance(value, (list, tuple)):
        return type(value)(map(comparable, value))
    return value


@pytest.mark.parametrize("program", PROGRAMS)
def test_states_are_those_that_the_dicts_hold(program):
    graph = program()
    other = from_dicts(graph)
    for options in ({}, {"subgraphs": True}):
        state = graph.get_state(THREAD, **options)
        if program is not nested or not options:
            assert comparable(state) == comparable(other.get_state(THREAD, **options))
        assert state.config["configurable"]["thread_id"] == "1"
    history = list(graph.get_state_history(THREAD))
    assert comparable(history) == comparable(list(other.get_state_history(THREAD)))
    for state in history:
        named = {**state.config, "tags": ["mine"]}
        assert comparable(graph.get_state(named)) == comparable(other.get_state(named))
    assert graph.checkpointer._ledger is not None, "nobody looked into the dicts"


@pytest.mark.parametrize("program", [lists, edited])
def test_a_history_is_what_the_saver_would_list(program):
    graph = program()
    other = from_dicts(graph)
    ids = [state.config for state in graph.get_state_history(THREAD)]
    asked_for: list = [
        {"limit": 2},
        {"limit": 0},
        {"before": ids[2]},
        {"before": ids[1], "limit": 1},
        {"filter": {"source": "loop"}},
        {"filter": {"source": "update"}, "limit": 1},
        {"filter": {"step": 1}},
    ]
    for options in asked_for:
        found = list(graph.get_state_history(THREAD, **options))
        assert found == list(other.get_state_history(THREAD, **options)), options
    named = list(graph.get_state_history(ids[1]))
    assert named == list(other.get_state_history(ids[1]))


def test_states_are_the_same_in_asyncio():
    graph = edited()

    async def read() -> Any:
        history = [state async for state in graph.aget_state_history(THREAD)]
        return await graph.aget_state(THREAD), history

    state, history = asyncio.run(read())
    assert state == graph.get_state(THREAD)
    assert history == list(graph.get_state_history(THREAD))


def test_what_is_done_to_a_state_is_not_done_to_the_next():
    graph = lists()
    state = graph.get_state(THREAD)
    state.values["items"][0]["deep"].append("mine")
    state.metadata["mine"] = state.config["configurable"]["mine"] = 1
    again = graph.get_state(THREAD)
    assert again.values["items"][0] == {"deep": [0]}
    assert "mine" not in again.metadata and "mine" not in again.config["configurable"]


def test_a_history_outlives_its_thread():
    graph = lists()
    history = graph.get_state_history(THREAD)
    first = next(history)
    graph.checkpointer.delete_thread("1")
    assert [first.metadata["step"], *(state.metadata["step"] for state in history)] == [
        3,
        2,
        1,
        0,
        -1,
    ]


def test_a_saver_whose_methods_are_replaced_is_asked(monkeypatch):
    graph = lists()
    called: list = []
    original = graph.checkpointer.get_tuple
    graph.checkpointer.get_tuple = lambda config: called.append(config) or original(config)
    assert graph.get_state(THREAD).values["count"] == 3
    assert called
    listed = InMemorySaver.list
    monkeypatch.setattr(
        InMemorySaver,
        "list",
        lambda *args, **kwargs: called.append("list") or listed(*args, **kwargs),
    )
    assert len(list(graph.get_state_history(THREAD))) == 5
    assert called[-1] == "list"


def test_checkpoints_put_by_hand_are_read_as_they_were_put():
    saver = InMemorySaver()
    source = lists()
    odd: list = []
    for saved in source.checkpointer.list(THREAD):
        odd.append((saved.checkpoint, saved.metadata))
    odd.append(({**odd[0][0], "id": "1ef4f797-8335-6428-8001-8a1503f9b875", "ts": "yesterday"}, {}))
    odd.append(
        ({**odd[0][0], "id": "1ef4f797-8335-6428-8001-8a1503f9b876", "more": 1}, {"step": 1})
    )
    odd.append(
        ({**odd[0][0], "id": "1ef4f797-8335-6428-8001-8a1503f9b877", "v": 2}, {"step": True})
    )
    for checkpoint, metadata in odd:
        config = {"configurable": {"thread_id": "1", "checkpoint_ns": ""}}
        saver.put(config, checkpoint, metadata, checkpoint["channel_versions"])
    for checkpoint, metadata in odd:
        found = saver.get_tuple(
            {"configurable": {"thread_id": "1", "checkpoint_id": checkpoint["id"]}}
        )
        assert found.checkpoint == checkpoint
        assert found.metadata == metadata
