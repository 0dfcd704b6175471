"""What the engine makes of a run only when somebody looks at it is as if it had been there."""

from __future__ import annotations

import operator
import uuid
from typing import Any, Dict, List

import pytest
from typing_extensions import Annotated, TypedDict

from langgraph_rust.checkpoint.memory import InMemorySaver
from langgraph_rust.config import get_config
from langgraph_rust.errors import GraphDrained
from langgraph_rust.graph import END, START, StateGraph
from langgraph_rust.runtime import Runtime
from langgraph_rust.types import Send, interrupt


class State(TypedDict, total=False):
    text: str
    log: Annotated[List[Any], operator.add]


def graph_of(*functions: Any, **options: Any) -> Any:
    builder: Any = StateGraph(State)
    before = START
    for number, function in enumerate(functions):
        builder.add_node(str(number), function)
        builder.add_edge(before, str(number))
        before = str(number)
    builder.add_edge(before, END)
    return builder.compile(**options)


def own_id(*_: Any) -> str:
    return get_config()["configurable"]["__pregel_task_id"]


def test_a_task_has_one_id_however_often_and_by_whom_it_is_looked_at() -> None:
    def look(state: State) -> State:
        return {"log": [own_id(), own_id()]}

    first, again, second, again_second = graph_of(look, look).invoke({})["log"]
    assert first == again
    assert second == again_second
    assert first != second
    assert str(uuid.UUID(first)) == first


def test_tasks_that_sends_make_have_ids_of_their_own() -> None:
    builder: Any = StateGraph(State)
    builder.add_node("task", lambda _: {"log": [own_id()]})
    builder.add_conditional_edges(START, lambda _: [Send("task", None)] * 4, ["task"])
    assert len(set(builder.compile().invoke({})["log"])) == 4


def test_ids_of_stored_checkpoints_are_in_the_order_of_the_checkpoints() -> None:
    config: Any = {"configurable": {"thread_id": "1"}}
    for durability in ("sync", "async", "exit"):
        graph = graph_of(*[lambda _: {"text": "x"}] * 3, checkpointer=InMemorySaver())
        graph.invoke({}, config, durability=durability)
        graph.invoke({"text": "y"}, config, durability=durability)
        history = [
            s.config["configurable"]["checkpoint_id"] for s in graph.get_state_history(config)
        ]
        assert history == sorted(history, reverse=True)


def test_a_node_that_asks_for_a_drain_is_heard() -> None:
    def ask(state: State, runtime: Runtime[Any]) -> State:
        assert runtime.control is not None
        runtime.control.request_drain("enough")
        return {"text": "asked"}

    inner = graph_of(ask, lambda _: {"text": "inner went on"})
    with pytest.raises(GraphDrained, match="enough"):
        graph_of(ask, lambda _: {"text": "went on"}).invoke({})
    with pytest.raises(GraphDrained, match="enough"):
        graph_of(inner, lambda _: {"text": "went on"}).invoke({})


def test_the_last_values_are_those_of_the_last_write() -> None:
    def silent(state: State) -> None:
        return None

    assert graph_of(silent).invoke({}) is None
    assert graph_of(lambda _: {"text": "a"}, silent).invoke({})["text"] == "a"


def test_an_interrupt_without_a_saver_comes_with_the_values_before_it() -> None:
    def ask(state: State) -> State:
        return {"text": interrupt("which?")}

    result = graph_of(lambda _: {"text": "before"}, ask).invoke({})
    assert result["text"] == "before"
    assert [question.value for question in result["__interrupt__"]] == ["which?"]


def test_what_finished_beside_a_question_is_among_the_last_values() -> None:
    def ask(state: State) -> State:
        return {"text": interrupt("which?")}

    builder: Any = StateGraph(State)
    builder.add_node("ask", ask)
    builder.add_node("beside", lambda _: {"log": ["beside"]})
    builder.add_edge(START, "ask")
    builder.add_edge(START, "beside")
    config: Dict[str, Any] = {"max_concurrency": 1}
    result = builder.compile().invoke({"text": "before"}, config)
    assert (result["text"], result["log"]) == ("before", ["beside"])
    assert [question.value for question in result["__interrupt__"]] == ["which?"]


def test_keys_are_found_by_their_text_where_they_are_other_strings() -> None:
    key = "".join(["te", "xt"])
    assert graph_of(lambda _: {key: "found", "no channel": 1}).invoke({})["text"] == "found"
