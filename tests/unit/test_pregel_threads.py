"""The state of threads: read and changed from outside of a run, one body for both modes."""

from __future__ import annotations

import asyncio
import operator
from typing import Any, Callable, List, Optional

import pytest
from typing_extensions import Annotated, TypedDict

from langgraph_rust.channels import EphemeralValue, LastValue
from langgraph_rust.checkpoint.memory import InMemorySaver
from langgraph_rust.errors import InvalidUpdateError
from langgraph_rust.graph import END, START, StateGraph
from langgraph_rust.pregel import NodeBuilder, Pregel
from langgraph_rust.pregel._ask import Ask, AskAll, aanswered, answered
from langgraph_rust.types import Command, StateUpdate, interrupt

CONFIG: Any = {"configurable": {"thread_id": "1"}}


class State(TypedDict, total=False):
    log: Annotated[List[str], operator.add]
    answer: str


class Sync:
    """The methods of a graph that read and change threads."""

    def __init__(self, graph: Any) -> None:
        self.graph = graph

    def state(self, config: Any = CONFIG, **options: Any) -> Any:
        return self.graph.get_state(config, **options)

    def history(self, config: Any = CONFIG, **options: Any) -> List[Any]:
        return list(self.graph.get_state_history(config, **options))

    def update(self, values: Any, as_node: Optional[str] = None, config: Any = CONFIG) -> Any:
        return self.graph.update_state(config, values, as_node)

    def bulk(self, supersteps: Any, config: Any = CONFIG) -> Any:
        return self.graph.bulk_update_state(config, supersteps)


class Async(Sync):
    """Their async twins."""

    def state(self, config: Any = CONFIG, **options: Any) -> Any:
        return asyncio.run(self.graph.aget_state(config, **options))

    def history(self, config: Any = CONFIG, **options: Any) -> List[Any]:
        async def collect() -> List[Any]:
            return [each async for each in self.graph.aget_state_history(config, **options)]

        return asyncio.run(collect())

    def update(self, values: Any, as_node: Optional[str] = None, config: Any = CONFIG) -> Any:
        return asyncio.run(self.graph.aupdate_state(config, values, as_node))

    def bulk(self, supersteps: Any, config: Any = CONFIG) -> Any:
        return asyncio.run(self.graph.abulk_update_state(config, supersteps))


@pytest.fixture(params=[Sync, Async])
def mode(request: Any) -> Any:
    return request.param


def says(word: str) -> Callable[[State], State]:
    return lambda state: {"log": [word]}


def chain(**options: Any) -> Any:
    graph = StateGraph(State)
    graph.add_node("a", says("a"))
    graph.add_node("b", says("b"))
    graph.add_edge(START, "a")
    graph.add_edge("a", "b")
    return graph.compile(checkpointer=InMemorySaver(), **options)


def ask(state: State) -> State:
    return {"answer": interrupt("which?")}


def test_a_thread_that_never_ran_has_no_values(mode: Any) -> None:
    snapshot = mode(chain()).state()
    assert (snapshot.values, snapshot.next, snapshot.metadata) == ({}, (), None)


def test_the_latest_state_names_what_runs_next(mode: Any) -> None:
    graph = chain(interrupt_before=["b"])
    graph.invoke({"log": ["in"]}, CONFIG)
    snapshot = mode(graph).state()
    assert snapshot.values == {"log": ["in", "a"]}
    assert snapshot.next == ("b",)
    assert [task.name for task in snapshot.tasks] == ["b"]


def test_history_goes_from_the_newest_to_the_input(mode: Any) -> None:
    graph = chain()
    graph.invoke({"log": ["in"]}, CONFIG)
    history = mode(graph).history()
    assert [each.values.get("log") for each in history] == [
        ["in", "a", "b"],
        ["in", "a"],
        ["in"],
        [],
    ]
    assert [each.next for each in history] == [(), ("b",), ("a",), (START,)]
    assert len(mode(graph).history(limit=2)) == 2
    assert mode(graph).history(filter={"source": "input"}) == history[-1:]
    assert mode(graph).history(before=history[1].config) == history[2:]


def test_an_earlier_state_is_read_by_its_config(mode: Any) -> None:
    graph = chain()
    graph.invoke({"log": ["in"]}, CONFIG)
    earlier = mode(graph).history()[1]
    assert mode(graph).state(earlier.config) == earlier


def test_an_interrupt_is_shown_until_it_is_answered(mode: Any) -> None:
    graph = StateGraph(State).add_node("ask", ask).add_edge(START, "ask")
    compiled = graph.compile(checkpointer=InMemorySaver())
    compiled.invoke({"log": []}, CONFIG)
    waiting = mode(compiled).state()
    assert [each.value for each in waiting.interrupts] == ["which?"]
    assert waiting.tasks[0].interrupts == waiting.interrupts
    compiled.invoke(Command(resume="this"), CONFIG)
    assert mode(compiled).state().interrupts == ()
    assert mode(compiled).state().values["answer"] == "this"


def test_an_update_counts_as_the_nodes_own_result(mode: Any) -> None:
    graph = chain(interrupt_before=["b"])
    graph.invoke({"log": ["in"]}, CONFIG)
    mode(graph).update({"log": ["instead"]}, "b")
    snapshot = mode(graph).state()
    assert snapshot.values == {"log": ["in", "a", "instead"]}
    assert snapshot.next == ()
    assert snapshot.metadata["source"] == "update"


def test_an_update_is_by_default_of_the_node_that_ran_last(mode: Any) -> None:
    graph = chain(interrupt_before=["b"])
    graph.invoke({"log": ["in"]}, CONFIG)
    mode(graph).update({"log": ["more"]})
    assert mode(graph).state().next == ("b",)
    assert graph.invoke(None, CONFIG) == {"log": ["in", "a", "more", "b"]}


def test_an_update_that_several_nodes_may_have_made_is_refused(mode: Any) -> None:
    graph = StateGraph(State)
    for name in "ab":
        graph.add_node(name, says(name))
        graph.add_edge(START, name)
    compiled = graph.compile(checkpointer=InMemorySaver())
    compiled.invoke({"log": []}, CONFIG)
    with pytest.raises(InvalidUpdateError, match="Ambiguous update"):
        mode(compiled).update({"log": ["x"]})
    with pytest.raises(InvalidUpdateError, match="Node c does not exist"):
        mode(compiled).update({"log": ["x"]}, "c")


def test_an_update_of_an_older_state_starts_a_branch(mode: Any) -> None:
    graph = chain()
    graph.invoke({"log": ["in"]}, CONFIG)
    older = mode(graph).history()[1]
    branch = mode(graph).update({"log": ["branch"]}, "b", older.config)
    snapshot = mode(graph).state(branch)
    assert snapshot.values == {"log": ["in", "a", "branch"]}
    assert snapshot.parent_config == older.config


def test_updating_as_the_end_leaves_nothing_to_run(mode: Any) -> None:
    graph = chain(interrupt_before=["b"])
    graph.invoke({"log": ["in"]}, CONFIG)
    mode(graph).update(None, END)
    assert mode(graph).state().next == ()
    assert mode(graph).state().values == {"log": ["in", "a"]}


def test_updating_as_input_starts_over_with_the_state_kept(mode: Any) -> None:
    graph = chain()
    graph.invoke({"log": ["in"]}, CONFIG)
    mode(graph).update({"log": ["again"]}, "__input__")
    snapshot = mode(graph).state()
    assert snapshot.metadata["source"] == "input"
    assert snapshot.next == (START,)
    assert graph.invoke(None, CONFIG)["log"] == ["in", "a", "b", "again", "a", "b"]


def test_a_copy_is_the_same_state_beside_the_first(mode: Any) -> None:
    graph = chain()
    graph.invoke({"log": ["in"]}, CONFIG)
    older = mode(graph).history()[1]
    copied = mode(graph).state(mode(graph).update(None, "__copy__", older.config))
    assert copied.values == older.values
    assert copied.next == older.next
    assert copied.parent_config == older.parent_config
    assert copied.metadata["source"] == "fork"
    assert copied.config != older.config


def test_a_copy_takes_updates_of_the_tasks_it_plans(mode: Any) -> None:
    graph = chain()
    graph.invoke({"log": ["in"]}, CONFIG)
    older = mode(graph).history()[1]
    config = mode(graph).update([({"log": ["other"]}, "b")], "__copy__", older.config)
    assert mode(graph).state(config).values == {"log": ["in", "a", "other"]}


def test_supersteps_of_updates_come_one_after_the_other(mode: Any) -> None:
    graph = chain()
    mode(graph).bulk(
        [
            [StateUpdate({"log": ["in"]}, "__input__")],
            [StateUpdate({"log": ["in"]}, START)],
            [StateUpdate({"log": ["1"]}, "a")],
        ]
    )
    snapshot = mode(graph).state()
    assert snapshot.values["log"] == ["in", "1"]
    assert snapshot.next == ("b",)
    with pytest.raises(ValueError, match="No supersteps"):
        mode(graph).bulk([])
    with pytest.raises(ValueError, match="No updates"):
        mode(graph).bulk([[]])


def test_a_branch_of_an_update_reads_what_was_written(mode: Any) -> None:
    graph = StateGraph(State)
    graph.add_node("a", says("a"))
    graph.add_node("b", says("b"))
    graph.add_edge(START, "a")
    graph.add_conditional_edges("a", lambda state: "b" if "go" in state["log"] else END)
    compiled = graph.compile(checkpointer=InMemorySaver())
    mode(compiled).update({"log": ["go"]}, "a")
    assert mode(compiled).state().next == ("b",)


def nested() -> Any:
    inner = StateGraph(State).add_node("ask", ask).add_edge(START, "ask").compile()
    outer = StateGraph(State).add_node("inner", inner).add_edge(START, "inner")
    return outer.compile(checkpointer=InMemorySaver())


def test_the_state_of_a_graph_inside_is_read_and_changed_through_the_outer(mode: Any) -> None:
    graph = nested()
    graph.invoke({"log": ["in"]}, CONFIG)
    bare = mode(graph).state().tasks[0].state
    assert set(bare["configurable"]) == {"thread_id", "checkpoint_ns"}
    inner = mode(graph).state(subgraphs=True).tasks[0].state
    assert inner.next == ("ask",)
    assert mode(graph).state(bare) == inner
    assert mode(graph).history(bare)[0] == inner._replace(interrupts=inner.interrupts)
    mode(graph).update({"answer": "given"}, "ask", bare)
    assert mode(graph).state(bare).values["answer"] == "given"
    missing = {"configurable": {"thread_id": "1", "checkpoint_ns": "other:1"}}
    with pytest.raises(ValueError, match="Subgraph other not found"):
        mode(graph).update({}, None, missing)


def test_a_graph_without_checkpointer_has_no_threads(mode: Any) -> None:
    graph = StateGraph(State).add_node("a", says("a")).add_edge(START, "a").compile()
    for asked in (mode(graph).state, mode(graph).history, lambda: mode(graph).update({})):
        with pytest.raises(ValueError, match="No checkpointer set"):
            asked()


def test_a_node_without_writers_cannot_be_updated(mode: Any) -> None:
    graph = Pregel(
        nodes={
            "a": NodeBuilder().subscribe_only("x").write_to("y").build().copy({"writers": []}),
        },
        channels={"x": EphemeralValue(int), "y": LastValue(int)},
        input_channels="x",
        output_channels="y",
        checkpointer=InMemorySaver(),
    )
    with pytest.raises(InvalidUpdateError, match="Node a has no writers"):
        mode(graph).update(1, "a")


def test_a_number_names_a_thread_as_its_digits_do(mode: Any) -> None:
    graph = chain()
    graph.invoke({"log": ["in"]}, {"configurable": {"thread_id": "7"}})
    assert mode(graph).state({"configurable": {"thread_id": 7}}).values["log"] == ["in", "a", "b"]


class Source:
    """Something that is asked, in both modes."""

    def double(self, number: int) -> int:
        if number < 0:
            raise ValueError(number)
        return number * 2

    async def adouble(self, number: int) -> int:
        await asyncio.sleep(0)
        return self.double(number)

    def count(self, stop: int) -> Any:
        return iter(range(stop))

    async def acount(self, stop: int) -> Any:
        for number in range(stop):
            yield number


def body(number: int) -> Any:
    try:
        doubled = yield Ask(Source(), "double", number)
    except ValueError:
        doubled = 0
    counted = yield AskAll(Source(), "count", doubled)
    return counted


@pytest.mark.parametrize("number, counted", [(1, [0, 1]), (-1, [])])
def test_a_body_gets_the_same_answers_and_errors_in_both_modes(number: int, counted: Any) -> None:
    assert answered(body(number)) == counted
    assert asyncio.run(aanswered(body(number))) == counted
