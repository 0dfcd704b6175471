"""Delta channels in runs: what is stored, what is read back, and what is replayed."""

from __future__ import annotations

import asyncio
import operator
from typing import Any, List

import pytest
from typing_extensions import Annotated, TypedDict

from langgraph_rust.channels.delta import DeltaChannel
from langgraph_rust.checkpoint.memory import InMemorySaver
from langgraph_rust.checkpoint.serde.types import _DeltaSnapshot
from langgraph_rust.graph import START, StateGraph
from langgraph_rust.types import Command, Overwrite, Send, interrupt

DURABILITIES = ("sync", "async", "exit")


def append(state: List[str], writes: Any) -> List[str]:
    return [*state, *(item for write in writes for item in write)]


def schema(frequency: int = 100) -> Any:
    channel = DeltaChannel(append, snapshot_frequency=frequency)
    # the plain list beside it is stored whole: the two must agree
    fields = {"log": Annotated[list, channel], "plain": Annotated[list, operator.add]}
    return TypedDict("State", fields)  # type: ignore[operator]


def both(text: str) -> Any:
    return {"log": [text], "plain": [text]}


def thread(**more: Any) -> Any:
    return {"configurable": {"thread_id": "t", **more}}


def build(saver: Any, frequency: int = 100, **options: Any) -> Any:
    graph = StateGraph(schema(frequency))
    graph.add_node("a", lambda state: both("a"))
    graph.add_node("b", lambda state: both("b"))
    graph.add_edge(START, "a")
    graph.add_edge("a", "b")
    return graph.compile(checkpointer=saver, **options)


def run(graph: Any, value: Any, config: Any, durability: str, driver: str) -> Any:
    if driver == "sync":
        return graph.invoke(value, config, durability=durability)
    return asyncio.run(graph.ainvoke(value, config, durability=durability))


def assert_agree(graph: Any, config: Any) -> Any:
    values = graph.get_state(config).values
    assert values.get("log", []) == values.get("plain", [])
    return values["log"]


def snapshots(saver: Any) -> List[Any]:
    stored = [saved.checkpoint["channel_values"].get("log") for saved in saver.list(thread())]
    return [value for value in stored if isinstance(value, _DeltaSnapshot)]


class FailingSaver(InMemorySaver):
    """Refuses the writes of tasks as long as `refuses`."""

    refuses = False

    def put_writes(self, config: Any, writes: Any, task_id: str, task_path: str = "") -> None:
        if self.refuses and any(name == "log" for name, _ in writes):
            raise OSError("the disk is full")
        super().put_writes(config, writes, task_id, task_path)


@pytest.mark.parametrize("driver", ("sync", "async"))
@pytest.mark.parametrize("durability", DURABILITIES)
def test_a_thread_reads_back_what_its_runs_showed(durability: str, driver: str) -> None:
    graph = build(InMemorySaver())
    for turn in ("1", "2", "3"):
        live = run(graph, both(turn), thread(), durability, driver)
        assert live["log"] == live["plain"] == assert_agree(graph, thread())
    for state in graph.get_state_history(thread()):
        assert state.values.get("log", []) == state.values.get("plain", [])


def test_a_snapshot_comes_after_as_many_updates_as_asked_for() -> None:
    saver = InMemorySaver()
    graph = build(saver, frequency=2)
    graph.invoke(both("1"), thread())
    # the input is the first update, a and b are the second and third
    assert [snapshot.value for snapshot in snapshots(saver)] == [["1", "a"]]
    counters = graph.get_state(thread()).metadata["counters_since_delta_snapshot"]
    assert list(counters["log"]) == [1, 1]


def test_counters_go_on_in_the_next_run() -> None:
    graph = build(InMemorySaver())
    graph.invoke(both("1"), thread(), durability="exit")
    graph.invoke(both("2"), thread(), durability="exit")
    counters = graph.get_state(thread()).metadata["counters_since_delta_snapshot"]
    # a run has three updates in four supersteps: the first only takes the input
    assert list(counters["log"]) == [6, 8]


def test_a_new_thread_kept_at_its_end_begins_with_an_empty_checkpoint() -> None:
    saver = InMemorySaver()
    graph = build(saver)
    graph.invoke(both("1"), thread(), durability="exit")
    assert [saved.metadata["step"] for saved in saver.list(thread())] == [2, -2]
    assert not snapshots(saver)
    assert assert_agree(graph, thread()) == ["1", "a", "b"]


@pytest.mark.parametrize("durability", DURABILITIES)
def test_a_branch_leaves_the_other_alone(durability: str) -> None:
    graph = build(InMemorySaver())
    graph.invoke(both("1"), thread(), durability="sync")
    history = list(graph.get_state_history(thread()))
    head, before = history[0], history[1]
    branch = graph.invoke(both("2"), before.config, durability=durability)
    assert branch["log"] == branch["plain"] == assert_agree(graph, thread())
    assert assert_agree(graph, head.config) == ["1", "a", "b"]
    replayed = graph.invoke(None, before.config, durability=durability)
    assert replayed["log"] == replayed["plain"] == assert_agree(graph, thread())
    assert assert_agree(graph, head.config) == ["1", "a", "b"]


@pytest.mark.parametrize("driver", ("sync", "async"))
@pytest.mark.parametrize("durability", DURABILITIES)
def test_an_answer_takes_over_what_finished_beside_the_question(
    durability: str, driver: str
) -> None:
    def ask(state: Any) -> Any:
        return both(interrupt("?"))

    graph = StateGraph(schema())
    graph.add_node("ask", ask)
    graph.add_node("done", lambda state: both("done"))
    graph.add_edge(START, "ask")
    graph.add_edge(START, "done")
    compiled = graph.compile(checkpointer=InMemorySaver())
    run(compiled, both("in"), thread(), durability, driver)
    answer = Command(resume="yes", update=both("told"))
    live = run(compiled, answer, thread(), durability, driver)
    assert live["log"] == live["plain"] == assert_agree(compiled, thread())
    assert sorted(live["log"]) == ["done", "in", "told", "yes"]


def test_an_overwrite_is_stored_as_a_snapshot() -> None:
    def reset(state: Any) -> Any:
        return {"log": Overwrite(["new"]), "plain": Overwrite(["new"])}

    saver = InMemorySaver()
    graph = StateGraph(schema())
    graph.add_node("reset", reset)
    graph.add_edge(START, "reset")
    compiled = graph.compile(checkpointer=saver)
    compiled.invoke(both("old"), thread())
    assert assert_agree(compiled, thread()) == ["new"]
    assert snapshots(saver)[0].value == ["new"]


@pytest.mark.parametrize("driver", ("sync", "async"))
@pytest.mark.parametrize("durability", DURABILITIES)
def test_no_checkpoint_follows_delta_writes_that_failed(durability: str, driver: str) -> None:
    saver = FailingSaver()
    graph = build(saver)
    run(graph, both("1"), thread(), durability, driver)
    saver.refuses = True
    with pytest.raises(OSError, match="disk is full"):
        run(graph, both("2"), thread(), durability, driver)
    saver.refuses = False
    # the input was taken by then, and no delta channel holds it yet
    source = "loop" if durability == "exit" else "input"
    assert graph.get_state(thread()).metadata["source"] == source
    assert assert_agree(graph, thread()) == ["1", "a", "b"]


def test_a_snapshot_of_an_unchanged_channel_starts_nobody() -> None:
    """A fork's first checkpoint snapshots what its ancestor has pending; it is no write."""
    started: List[str] = []

    def reader(state: Any) -> None:
        started.append("reader")

    graph = StateGraph(schema())
    graph.add_node("fan", lambda state: both("fan"))
    graph.add_node("leaf", lambda state: both("leaf"))
    graph.add_node("reader", reader)
    graph.add_edge(START, "fan")
    graph.add_conditional_edges("fan", lambda state: [Send("leaf", {}), Send("leaf", {})], ["leaf"])
    graph.add_edge("leaf", "reader")
    compiled = graph.compile(checkpointer=InMemorySaver(), interrupt_before=["reader"])
    compiled.invoke(both("in"), thread())
    paused = compiled.get_state(thread())
    assert paused.next == ("reader",)
    before = next(s for s in compiled.get_state_history(thread()) if "leaf" in s.next)
    compiled.invoke(None, before.config)
    assert compiled.get_state(thread()).next == ("reader",)
    live = compiled.invoke(None, thread())
    assert started == ["reader"]
    assert live["log"] == ["in", "fan", "leaf", "leaf"] == assert_agree(compiled, thread())


def test_messages_are_stored_with_the_ids_that_the_run_showed() -> None:
    pytest.importorskip("langchain_core")
    from langchain_core.messages import AIMessage

    from langgraph_rust.pregel._messages import _messages_delta_reducer as reduce

    channel = DeltaChannel(reduce)
    graph = StateGraph(TypedDict("Messages", {"messages": Annotated[list, channel]}))
    graph.add_node("reply", lambda state: {"messages": [AIMessage("hello")]})
    graph.add_edge(START, "reply")
    compiled = graph.compile(checkpointer=InMemorySaver())
    compiled.invoke({"messages": [("user", "hi")]}, thread())
    live = compiled.invoke({"messages": [("user", "hi again")]}, thread())
    ids = [message.id for message in live["messages"]]
    assert all(ids) and len(set(ids)) == 4
    assert [message.id for message in compiled.get_state(thread()).values["messages"]] == ids
