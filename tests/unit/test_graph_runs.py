"""State graphs, run: what nodes are given, where they lead, and what becomes of errors."""

import asyncio
import operator
from dataclasses import dataclass, field
from typing import Any, List

import pytest
from typing_extensions import Annotated, Literal, TypedDict

from langgraph_rust.checkpoint.memory import InMemorySaver
from langgraph_rust.errors import InvalidUpdateError, NodeError
from langgraph_rust.graph import END, START, StateGraph
from langgraph_rust.types import Command, Send


class State(TypedDict, total=False):
    value: int
    path: Annotated[list, operator.add]


def step(name):
    def node(state: State):
        return {"path": [name]}

    return node


def wired(*edges, nodes="abcd"):
    graph = StateGraph(State)
    for name in nodes:
        graph.add_node(name, step(name))
    for start, end in edges:
        graph.add_edge(start, end)
    return graph


def path(graph, value=0):
    return graph.compile().invoke({"value": value, "path": []})["path"]


class TestEdges:
    def test_sequence(self):
        graph = StateGraph(State).add_sequence([("a", step("a")), ("b", step("b"))])
        assert path(graph.set_entry_point("a")) == ["a", "b"]

    def test_join_runs_when_all_its_starts_have(self):
        graph = wired((START, "a"), (START, "b"), ("b", "c"))
        assert path(graph.add_edge(["a", "c"], "d")) == ["a", "b", "c", "d"]

    def test_deferred_node_runs_last(self):
        graph = wired((START, "a"), (START, "d"), ("a", "b"), ("b", "c"), nodes="abc")
        graph.add_node("d", step("d"), defer=True)
        assert path(graph) == ["a", "b", "c", "d"]

    def test_deferred_node_runs_after_a_pause(self):
        graph = wired((START, "a"), (START, "d"), ("a", "b"), nodes="ab")
        graph.add_node("c", step("c")).add_node("d", step("d"), defer=True)
        graph.add_edge(["a", "b"], "c").nodes["c"].defer = True
        app = graph.compile(InMemorySaver(), interrupt_before=["b", "c"])
        config = {"configurable": {"thread_id": "1"}}
        results = [app.invoke(given, config)["path"] for given in ({"path": []}, None, None)]
        assert results == [["a"], ["a", "b"], ["a", "b", "c", "d"]]

    @pytest.mark.parametrize(("value", "taken"), [(1, ["a", "b"]), (0, ["a"])])
    def test_edge_with_a_condition(self, value, taken):
        graph = wired((START, "a"))
        graph.add_edge("a", "b", condition=lambda state: state["value"])
        assert path(graph, value) == taken

    def test_async_condition(self):
        async def is_large(state):
            return state["value"] > 1

        graph = wired((START, "a")).add_edge("a", "b", condition=is_large).compile()
        run = graph.ainvoke({"value": 2, "path": []})
        assert asyncio.run(run)["path"] == ["a", "b"]


class TestBranches:
    def test_path_names_nodes(self):
        graph = wired((START, "a"))
        graph.add_conditional_edges("a", lambda state: ["b", "c"])
        assert path(graph) == ["a", "b", "c"]

    def test_path_map_names_results(self):
        graph = wired((START, "a"))
        graph.add_conditional_edges("a", lambda state: state["value"], {0: "b", 1: END})
        assert (path(graph), path(graph, 1)) == (["a", "b"], ["a"])

    def test_path_sends_input_of_its_own(self):
        def spread(state):
            return [Send("work", {"value": number}) for number in range(3)]

        graph = StateGraph(State).add_node("work", lambda state: {"path": [state["value"]]})
        assert path(graph.add_conditional_edges(START, spread)) == [0, 1, 2]

    def test_path_sees_what_its_node_wrote(self):
        graph = wired(nodes="b").add_node("a", lambda state: {"value": 7})
        graph.set_entry_point("a")
        graph.add_conditional_edges("a", lambda state: "b" if state["value"] == 7 else END)
        assert path(graph) == ["b"]

    def test_invalid_destination_fails_the_run(self):
        graph = wired((START, "a")).add_conditional_edges("a", lambda state: None)
        with pytest.raises(ValueError, match="Branch did not return a valid destination"):
            path(graph)


class TestCommands:
    def test_command_updates_and_leads(self):
        def go(state: State) -> Command[Literal["b"]]:
            return Command(update={"path": ["go"]}, goto="b")

        assert path(wired(nodes="b").add_node("go", go).set_entry_point("go")) == ["go", "b"]

    def test_list_of_updates_and_commands(self):
        def go(state: State):
            return [{"path": ["x"]}, Command(update={"path": ["y"]}, goto=[Send("b", {}), "c"])]

        graph = wired(nodes="bc").add_node("go", go).set_entry_point("go")
        assert path(graph) == ["x", "y", "c", "b"]

    def test_command_for_the_parent_updates_the_parent(self):
        def go(state: State):
            return Command(graph=Command.PARENT, update={"path": ["inner"]}, goto="b")

        inner = StateGraph(State).add_node("go", go).set_entry_point("go").compile()
        graph = wired(nodes="b").add_node("inner", inner).set_entry_point("inner")
        assert path(graph) == ["inner", "b"]


@dataclass
class Record:
    value: int
    names: Annotated[List[str], operator.add] = field(default_factory=list)


try:
    from pydantic import BaseModel
except ImportError:
    Model = None
else:

    class Model(BaseModel):
        value: int
        names: Annotated[List[str], operator.add] = []


needs_models = pytest.mark.skipif(Model is None, reason="pydantic is not installed")


class TestSchemas:
    @pytest.mark.parametrize("schema", [Record, pytest.param(Model, marks=needs_models)])
    def test_nodes_are_given_instances_and_may_return_them(self, schema):
        seen = []

        def first(state: schema):
            seen.append(state)
            return schema(value=2, names=["b"])

        def second(state: schema):
            seen.append(state)
            return {"names": ["c"]}

        graph = StateGraph(schema).add_sequence([first, second]).set_entry_point("first")
        assert graph.compile().invoke({"value": 1, "names": ["a"]}) == {
            "value": 2,
            "names": ["a", "b", "c"],
        }
        assert seen == [schema(value=1, names=["a"]), schema(value=2, names=["a", "b"])]

    @needs_models
    def test_model_validates_what_a_node_is_given(self):
        graph = StateGraph(Model).add_node("a", lambda state: None).set_entry_point("a")
        with pytest.raises(ValueError, match="value"):
            graph.compile().invoke({"value": "no number"})

    def test_node_reads_its_own_schema(self):
        class Private(TypedDict):
            secret: str

        def write(state: State):
            return {"secret": "x"}

        def read(state: Private):
            assert state == {"secret": "x"}
            return {"path": [state["secret"]]}

        graph = StateGraph(State).add_sequence([write, read]).set_entry_point("write")
        assert graph.compile().invoke({"path": []}) == {"path": ["x"]}

    def test_input_and_output_are_of_their_schemas(self):
        class Input(TypedDict):
            question: str

        class Output(TypedDict):
            answer: str

        class Both(Input, Output):
            pass

        def answer(state: Input):
            return {"answer": state["question"] + "!"}

        graph = StateGraph(Both, input_schema=Input, output_schema=Output)
        graph.add_node(answer).set_entry_point("answer")
        result = graph.compile().invoke({"question": "why", "answer": "dropped"})
        assert result == {"answer": "why!"}

    def test_state_of_one_value(self):
        graph = StateGraph(Annotated[list, operator.add])
        graph.add_node("a", lambda state: [len(state)]).set_entry_point("a")
        assert graph.compile().invoke([5, 6]) == [5, 6, 2]

    def test_return_value_that_is_no_update_fails_the_run(self):
        graph = StateGraph(State).add_node("a", lambda state: 1).set_entry_point("a")
        with pytest.raises(InvalidUpdateError, match="Expected dict, got 1"):
            graph.compile().invoke({"value": 1})


class TestErrorHandlers:
    def failing(self, state: State) -> Any:
        raise KeyError("broken")

    def handler(self, state: State, error: NodeError):
        return {"path": [error.node, type(error.error)]}

    def test_handler_of_a_node(self):
        graph = StateGraph(State).add_node("a", self.failing, error_handler=self.handler)
        assert path(graph.set_entry_point("a")) == ["a", KeyError]

    def test_handler_of_all_nodes(self):
        graph = StateGraph(State).set_node_defaults(error_handler=self.handler)
        graph.add_node("a", self.failing).set_entry_point("a")
        assert path(graph) == ["a", KeyError]
        assert path(graph) == ["a", KeyError]
