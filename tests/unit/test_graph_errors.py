"""What cannot be built is refused with a message that names the culprit."""

import operator
import re

import pytest
from typing_extensions import Annotated, TypedDict

from langgraph_rust.errors import StateGraphError
from langgraph_rust.graph import END, START, StateGraph
from langgraph_rust.managed import IsLastStep


class State(TypedDict):
    value: int


def idle(state: State):
    return None


@pytest.fixture
def graph():
    return StateGraph(State).add_node("a", idle).add_node("b", idle).add_edge(START, "a")


def refused(message):
    return pytest.raises(ValueError, match=re.escape(message))


def test_edge_from_unknown_node(graph):
    graph.add_edge("ghost", "a")
    with refused("Found edge starting at unknown node 'ghost'"):
        graph.compile()


def test_edge_to_unknown_node(graph):
    graph.add_edge("a", "ghost")
    with refused("Found edge ending at unknown node `ghost`"):
        graph.compile()


def test_no_entry_point():
    with refused("Graph must have an entrypoint: add at least one edge from START to another node"):
        StateGraph(State).add_node("a", idle).compile()


def test_duplicate_node(graph):
    with refused("Node `a` already present."):
        graph.add_node("a", idle)


@pytest.mark.parametrize("name", [START, END])
def test_reserved_name(graph, name):
    with refused(f"Node `{name}` is reserved."):
        graph.add_node(name, idle)


@pytest.mark.parametrize("character", ["|", ":"])
def test_reserved_character(graph, character):
    with refused(f"'{character}' is a reserved character and is not allowed in the node names."):
        graph.add_node(f"a{character}b", idle)


def test_edge_from_end(graph):
    with refused("END cannot be a start node"):
        graph.add_edge(END, "a")
    with refused("END cannot be a start node"):
        graph.add_edge(["a", END], "b")


def test_edge_to_start(graph):
    with refused("START cannot be an end node"):
        graph.add_edge("a", START)


@pytest.mark.parametrize(("starts", "end"), [(["a", "ghost"], "b"), (["a", "b"], "ghost")])
def test_join_of_unknown_node(graph, starts, end):
    with refused("Need to add_node `ghost` first"):
        graph.add_edge(starts, end)


def test_join_with_condition(graph):
    with refused("An edge from several nodes cannot have a condition"):
        graph.add_edge(["a", "b"], END, condition=bool)


def test_branch_of_taken_name(graph):
    def choose(state):
        return END

    graph.add_conditional_edges("a", choose)
    with refused("Branch with name `choose` already exists for node `a`"):
        graph.add_conditional_edges("a", choose)


def test_branch_to_unknown_node(graph):
    def choose(state):
        return "x"

    graph.add_conditional_edges("a", choose, {"x": "ghost"})
    with refused("At 'a' node, 'choose' branch found unknown target 'ghost'"):
        graph.compile()


def test_interrupt_at_unknown_node(graph):
    with refused("Interrupt node `ghost` not found"):
        graph.compile(interrupt_before=["ghost"])
    with refused("Interrupt node `ghost` not found"):
        graph.compile(interrupt_after=["ghost"])


def test_empty_sequence(graph):
    with refused("Sequence requires at least one node."):
        graph.add_sequence([])


def test_sequence_of_equal_names(graph):
    with refused("Node names must be unique: node with the name 'idle' already exists."):
        graph.add_sequence([idle, idle])


def test_two_reducers_for_one_key():
    class Other(TypedDict):
        value: Annotated[int, operator.add]

    class Third(TypedDict):
        value: Annotated[int, operator.mul]

    with refused("Channel 'value' already exists with a different type"):
        StateGraph(Other, input_schema=Third)


def test_reducer_of_three_arguments():
    class Other(TypedDict):
        value: Annotated[int, lambda a, b, c: a]

    with refused("Invalid reducer signature. Expected (a, b) -> c. Got (a, b, c)"):
        StateGraph(Other)


def test_managed_value_in_input():
    class Input(TypedDict):
        last: IsLastStep

    with refused(
        "Invalid managed channels detected in Input: last. "
        "Managed channels are not permitted in Input/Output schema."
    ):
        StateGraph(State, input_schema=Input)


def test_managed_value_as_state():
    with pytest.raises(ValueError, match="not allowed in this position"):
        StateGraph(IsLastStep)


def test_error_handler_of_taken_name(graph):
    graph.add_node("__error_handler__c", idle)
    with refused("Auto-generated error handler node `__error_handler__c` already exists."):
        graph.add_node("c", idle, error_handler=idle)


def test_default_error_handler_of_taken_name(graph):
    graph.add_node("__default_error_handler__", idle)
    with refused(
        "Auto-generated default error handler node `__default_error_handler__` already exists."
    ):
        graph.set_node_defaults(error_handler=idle).compile()


def test_node_without_action(graph):
    with pytest.raises(RuntimeError):
        graph.add_node("c")


def test_node_that_cannot_run(graph):
    with pytest.raises(TypeError, match="Expected a Runnable, callable or dict"):
        graph.add_node("c", 3)


def test_errors_of_building_have_one_base(graph):
    with pytest.raises(StateGraphError):
        graph.add_node("a", idle)


def test_schema_that_is_no_type_is_warned_of():
    with pytest.warns(UserWarning, match="Invalid state_schema: 3. Expected a type"):
        StateGraph(3)
