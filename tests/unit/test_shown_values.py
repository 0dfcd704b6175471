"""Rules of the values that a run shows after its supersteps."""

from __future__ import annotations

from typing import Any, Dict, List

from typing_extensions import Annotated, TypedDict

from langgraph_rust.channels import EphemeralValue
from langgraph_rust.graph import END, START, StateGraph


class State(TypedDict, total=False):
    first: int
    second: int
    third: List[int]
    brief: Annotated[int, EphemeralValue]


def chain(*updates: Dict[str, Any]) -> Any:
    builder = StateGraph(State)
    before = START
    for number, update in enumerate(updates):
        builder.add_node(f"n{number}", lambda state, update=update: update)
        builder.add_edge(before, f"n{number}")
        before = f"n{number}"
    builder.add_edge(before, END)
    return builder.compile()


def test_keys_stand_in_the_order_of_the_state_whenever_they_came() -> None:
    graph = chain({"third": [1]}, {"first": 1}, {"second": 2})
    output = graph.invoke({"third": [0]})
    assert output == {"first": 1, "second": 2, "third": [1]}
    assert list(output) == ["first", "second", "third"]
    assert [list(chunk) for chunk in graph.stream({"third": [0]}, stream_mode="values")] == [
        ["third"],
        ["third"],
        ["first", "third"],
        ["first", "second", "third"],
    ]


def test_what_a_reader_does_to_a_chunk_changes_no_other() -> None:
    graph = chain({"second": 2}, {"first": 3})
    seen = []
    for chunk in graph.stream({"first": 1}, stream_mode="values"):
        seen.append(dict(chunk))
        chunk.clear()
    assert seen == [{"first": 1}, {"first": 1, "second": 2}, {"first": 3, "second": 2}]


def test_what_lasts_for_one_superstep_is_shown_after_it_alone() -> None:
    graph = chain({"brief": 1, "first": 1}, {"first": 2}, {"brief": 3})
    shown = list(graph.stream({"second": 0}, stream_mode="values"))
    assert shown == [
        {"second": 0},
        {"first": 1, "second": 0, "brief": 1},
        {"first": 2, "second": 0},
        {"first": 2, "second": 0, "brief": 3},
    ]
    assert graph.invoke({"second": 0}) == shown[-1]


def test_many_keys_of_which_one_changes_come_out_whole() -> None:
    keys = [f"key{number}" for number in range(300)]
    schema = TypedDict("Wide", {key: int for key in keys})  # type: ignore[misc]
    builder = StateGraph(schema)
    builder.add_node("a", lambda state: {"key7": state["key7"] + 1})
    builder.add_edge(START, "a")
    builder.add_conditional_edges("a", lambda state: "a" if state["key7"] < 10 else END)
    graph = builder.compile()
    assert graph.invoke({key: 0 for key in keys}) == {**{key: 0 for key in keys}, "key7": 10}


def test_a_state_of_one_value_that_is_a_dict_is_shown_as_it_is() -> None:
    builder: Any = StateGraph(dict)
    builder.add_node("a", lambda state: {**state, "a": 1})
    builder.add_node("b", lambda state: state)
    builder.add_edge(START, "a")
    builder.add_edge("a", "b")
    graph = builder.compile()
    given = {"k": 1}
    shown = list(graph.stream(given, stream_mode="values"))
    assert shown == [{"k": 1}, {"k": 1, "a": 1}, {"k": 1, "a": 1}]
    assert graph.invoke(given) == {"k": 1, "a": 1}
    assert given == {"k": 1}
