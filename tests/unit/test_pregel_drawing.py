"""Graphs as pictures: which nodes and edges a drawing has."""

from __future__ import annotations

from typing import Any, List, Set, Tuple

import pytest
from typing_extensions import Literal, TypedDict

pytest.importorskip("langchain_core")

from langgraph_rust.channels import EphemeralValue, LastValue
from langgraph_rust.checkpoint.memory import InMemorySaver
from langgraph_rust.graph import END, START, StateGraph
from langgraph_rust.pregel import NodeBuilder, Pregel
from langgraph_rust.types import Command, Send


class State(TypedDict):
    x: int


def step(state: State) -> State:
    return state


def drawn(graph: Any, **options: Any) -> Set[Tuple[str, str, bool, Any]]:
    edges = graph.get_graph(**options).edges
    return {(edge.source, edge.target, edge.conditional, edge.data) for edge in edges}


def of_nodes(*names: str) -> Any:
    graph = StateGraph(State)
    for name in names:
        graph.add_node(name, step)
    return graph


def test_edges_lead_from_the_start_to_the_end() -> None:
    graph = of_nodes("a", "b").add_edge(START, "a").add_edge("a", "b").add_edge("b", END)
    assert drawn(graph.compile()) == {
        (START, "a", False, None),
        ("a", "b", False, None),
        ("b", END, False, None),
    }


def test_a_node_that_leads_nowhere_leads_to_the_end() -> None:
    graph = of_nodes("a").add_edge(START, "a")
    assert ("a", END, False, None) in drawn(graph.compile())


def test_a_branch_has_an_edge_to_each_target_with_its_label() -> None:
    graph = of_nodes("a", "b").add_edge(START, "a")
    graph.add_conditional_edges("a", lambda state: "again", {"again": "a", "on": "b", "b": END})
    assert drawn(graph.compile()) == {
        (START, "a", False, None),
        ("a", "a", True, "again"),
        ("a", "b", True, "on"),
        ("a", END, True, "b"),
        ("b", END, False, None),
    }


def test_the_destinations_a_command_declares_are_edges() -> None:
    def go(state: State) -> Command[Literal["b", "__end__"]]:
        return Command(goto="b")

    graph = of_nodes("b").add_node("a", go).add_edge(START, "a")
    assert drawn(graph.compile()) >= {("a", "b", True, None), ("a", END, True, None)}


def test_no_node_is_run_to_be_drawn() -> None:
    def fail(state: State) -> State:
        raise AssertionError

    def route(state: State) -> List[Send]:
        raise AssertionError

    graph = StateGraph(State).add_node("a", fail).add_node("b", fail).add_edge(START, "a")
    graph.add_conditional_edges("a", route, ["b"])
    assert ("a", "b", True, None) in drawn(graph.compile())


def test_a_node_that_waits_for_several_has_an_edge_from_each() -> None:
    graph = of_nodes("a", "b", "c").add_edge(START, "a").add_edge(START, "b")
    graph.add_edge(["a", "b"], "c")
    edges = drawn(graph.compile())
    assert {("a", "c", False, None), ("b", "c", False, None)} <= edges


def test_nodes_tell_where_a_run_pauses_and_what_is_deferred() -> None:
    graph = StateGraph(State).add_node("a", step, defer=True, metadata={"k": 1})
    graph.add_edge(START, "a")
    compiled = graph.compile(
        checkpointer=InMemorySaver(), interrupt_before=["a"], interrupt_after=["a"]
    )
    metadata = compiled.get_graph().nodes["a"].metadata
    assert metadata == {"k": 1, "defer": True, "__interrupt": "before,after"}


def nested(levels: int) -> Any:
    graph = of_nodes("leaf", "other").add_edge(START, "leaf").add_edge("leaf", "other")
    for level in range(levels):
        outer = of_nodes("last").add_node(f"level{level}", graph.compile())
        graph = outer.add_edge(START, f"level{level}").add_edge(f"level{level}", "last")
    return graph.compile()


def test_a_look_inside_goes_as_many_levels_as_asked() -> None:
    graph = nested(2)
    assert "level1" in graph.get_graph().nodes
    assert "level1:level0" in graph.get_graph(xray=1).nodes
    for xray in (2, True):
        nodes = graph.get_graph(xray=xray).nodes
        assert {"level1:level0:leaf", "level1:level0:other", "level1:last", "last"} <= set(nodes)


def test_an_async_drawing_is_the_same() -> None:
    import asyncio

    graph = nested(1)
    picture = asyncio.run(graph.aget_graph(xray=True))
    assert picture.draw_mermaid() == graph.get_graph(xray=True).draw_mermaid()


def test_a_graph_of_channels_starts_at_the_nodes_its_input_triggers() -> None:
    graph = Pregel(
        nodes={
            "b": NodeBuilder().subscribe_only("x").do(step).write_to("y"),
            "a": NodeBuilder().subscribe_only("x").do(step).write_to("y"),
            "c": NodeBuilder().subscribe_only("y").do(step).write_to("z"),
        },
        channels={
            "x": EphemeralValue(dict),
            "y": EphemeralValue(dict, False),
            "z": LastValue(dict),
        },
        input_channels="x",
        output_channels="z",
    )
    assert {(source, target) for source, target, _, _ in drawn(graph)} == {
        (START, "a"),
        (START, "b"),
        ("a", "c"),
        ("b", "c"),
        ("c", END),
    }
