"""What a builder makes of nodes, edges and schemas."""

import functools
import logging
import operator
from dataclasses import dataclass
from typing import List, Optional, Union

import pytest
from typing_extensions import Annotated, Literal, NotRequired, Required, TypedDict

from langgraph_rust.channels import (
    BinaryOperatorAggregate,
    EphemeralValue,
    LastValue,
    NamedBarrierValue,
    UntrackedValue,
)
from langgraph_rust.channels.last_value import LastValueAfterFinish
from langgraph_rust.channels.named_barrier_value import NamedBarrierValueAfterFinish
from langgraph_rust.graph import (
    END,
    START,
    StateGraph,
    create_compiled_graph,
    create_state_graph,
)
from langgraph_rust.graph._write import SchemaMapper, StateUpdates
from langgraph_rust.managed import IsLastStep
from langgraph_rust.types import Command, RetryPolicy
from langgraph_rust.warnings import LangGraphDeprecatedSinceV05, LangGraphDeprecatedSinceV10


class State(TypedDict):
    value: int


class Private(TypedDict):
    secret: str


def idle(state: State):
    return None


class TestSchemas:
    def test_each_key_is_a_channel_of_its_kind(self):
        class Mixed(TypedDict):
            last: int
            total: Annotated[int, operator.add]
            made: Annotated[str, EphemeralValue]
            given: Annotated[str, UntrackedValue(str)]
            required: Required[Annotated[int, operator.add]]
            optional: NotRequired[Annotated[int, operator.add]]
            is_last: IsLastStep

        graph = StateGraph(Mixed)
        kinds = {key: type(channel) for key, channel in graph.channels.items()}
        assert kinds == {
            "last": LastValue,
            "total": BinaryOperatorAggregate,
            "made": EphemeralValue,
            "given": UntrackedValue,
            "required": BinaryOperatorAggregate,
            "optional": BinaryOperatorAggregate,
        }
        assert [channel.key for channel in graph.channels.values()] == list(kinds)
        assert list(graph.managed) == ["is_last"]

    def test_schema_without_keys_is_one_channel(self):
        graph = StateGraph(Annotated[list, operator.add])
        assert list(graph.channels) == ["__root__"]
        assert graph.add_node(idle).set_entry_point("idle").compile().output_channels == "__root__"

    def test_class_without_annotations_has_no_channels(self):
        class Empty:
            pass

        assert StateGraph(Empty).channels == {}

    def test_same_key_may_be_plain_in_another_schema(self):
        class Summed(TypedDict):
            value: Annotated[int, operator.add]

        graph = StateGraph(Summed, output_schema=State)
        assert isinstance(graph.channels["value"], BinaryOperatorAggregate)

    @pytest.mark.parametrize(
        ("old", "new", "since"),
        [
            ("input", "input_schema", LangGraphDeprecatedSinceV05),
            ("output", "output_schema", LangGraphDeprecatedSinceV05),
            ("config_schema", "context_schema", LangGraphDeprecatedSinceV10),
        ],
    )
    def test_older_parameters_warn_at_the_caller(self, old, new, since):
        with pytest.warns(since, match=f"`{old}` is deprecated.*use `{new}`") as caught:
            graph = StateGraph(State, **{old: Private})
        assert getattr(graph, new) is Private
        assert caught[0].filename == __file__


class TestNodes:
    def test_name_is_that_of_the_function(self):
        class Callable:
            def __call__(self, state):
                return state

            def method(self, state):
                return state

        graph = StateGraph(State).add_node(idle).add_node(Callable()).add_node(Callable().method)
        graph.add_node(lambda state: state)
        assert list(graph.nodes) == ["idle", "Callable", "method", "<lambda>"]

    def test_compiled_graph_is_named_by_itself(self):
        inner = StateGraph(State).add_node(idle).set_entry_point("idle").compile(name="inner")
        assert list(StateGraph(State).add_node(inner).nodes) == ["inner"]

    def test_input_schema_is_that_of_the_first_parameter(self):
        def of_private(state: Private):
            return None

        def of_dict(state: dict):
            return None

        def of_unknown(state: "Nowhere"):  # noqa: F821
            return None

        class Method:
            def __call__(self, state: Private):
                return None

        graph = StateGraph(State)
        for node in (of_private, of_dict, of_unknown, Method(), functools.partial(of_private)):
            graph.add_node(f"n{len(graph.nodes)}", node)
        schemas = [node.input_schema for node in graph.nodes.values()]
        assert schemas == [Private, State, State, Private, State]
        assert set(graph.channels) == {"value", "secret"}

    def test_input_schema_that_is_given_wins(self):
        def of_private(state: Private):
            return None

        graph = StateGraph(State).add_node(of_private, input_schema=State)
        assert graph.nodes["of_private"].input_schema is State
        assert "secret" not in graph.channels

    @pytest.mark.parametrize(
        ("annotation", "ends"),
        [
            (Command[Literal["a", "b"]], ("a", "b")),
            (Union[Command[Literal["a"]], dict], ("a",)),
            (Optional[Command[Literal["a"]]], ("a",)),
            (Command[str], ()),
            (dict, ()),
        ],
    )
    def test_destinations_are_those_of_the_return_annotation(self, annotation, ends):
        def go(state):
            return None

        go.__annotations__["return"] = annotation
        assert StateGraph(State).add_node(go).nodes["go"].ends == ends

    def test_destinations_that_are_given_win(self):
        def go(state) -> Command[Literal["a"]]:
            return Command(goto="a")

        graph = StateGraph(State).add_node(go, destinations={"b": "why"})
        assert graph.nodes["go"].ends == {"b": "why"}

    def test_error_handler_is_a_node_of_its_own(self):
        graph = StateGraph(State).add_node("a", idle, error_handler=idle)
        assert graph.nodes["a"].error_handler_node == "__error_handler__a"
        assert graph.nodes["__error_handler__a"].is_error_handler

    def test_older_parameters_warn(self):
        policy = RetryPolicy()
        with pytest.warns(LangGraphDeprecatedSinceV05):
            graph = StateGraph(State).add_node("a", idle, retry=policy)
        with pytest.warns(LangGraphDeprecatedSinceV05):
            graph.add_node("b", idle, input=Private)
        assert graph["a"].retry_policy is policy
        assert graph["b"].input_schema is Private

    def test_defaults_hold_for_nodes_that_say_nothing(self):
        own, common = RetryPolicy(max_attempts=1), RetryPolicy(max_attempts=9)
        graph = StateGraph(State).add_node("a", idle, retry_policy=own).add_node("b", idle)
        graph.set_node_defaults(retry_policy=common, error_handler=idle).set_entry_point("a")
        compiled = graph.compile()
        assert compiled.nodes["a"].retry_policy == (own,)
        assert compiled.nodes["b"].retry_policy == (common,)
        handler = "__default_error_handler__"
        assert compiled.node_error_handler_map == {"a": handler, "b": handler}
        assert compiled.nodes[handler].is_error_handler

    def test_graph_with_defaults_compiles_twice(self):
        graph = StateGraph(State).add_node("a", idle).set_entry_point("a")
        graph.set_node_defaults(error_handler=idle).compile()
        assert "__default_error_handler__" in graph.compile().nodes

    def test_addition_after_compilation_is_logged(self, caplog):
        graph = StateGraph(State).add_node("a", idle).set_entry_point("a")
        graph.compile()
        with caplog.at_level(logging.WARNING):
            graph.add_node("b", idle).add_edge("a", "b")
        assert [record.getMessage() for record in caplog.records] == [
            f"Adding {what} to a graph that has already been compiled. "
            "This will not be reflected in the compiled graph."
            for what in ("a node", "an edge")
        ]


class TestCompiled:
    def test_node_reads_its_schema_and_is_run_by_its_channel(self):
        graph = StateGraph(State).add_node("a", idle).add_node("b", idle, defer=True)
        compiled = graph.set_entry_point("a").compile()
        node = compiled.nodes["a"]
        assert (node.channels, node.triggers, node.mapper) == (["value"], ["branch:to:a"], None)
        assert type(compiled.channels["branch:to:a"]) is EphemeralValue
        assert type(compiled.channels["branch:to:b"]) is LastValueAfterFinish

    def test_updates_are_mapped_by_the_keys_of_the_state(self):
        def peek(state: Private):
            return None

        compiled = StateGraph(State).add_node("a", peek).set_entry_point("a").compile()
        mapper = compiled.nodes["a"].writers[0].writes[0].mapper
        assert type(mapper) is StateUpdates
        assert mapper.keys == ("value", "secret")
        assert compiled.nodes[START].writers[0].writes[0].mapper.keys == ("value",)

    def test_join_waits_for_all_its_starts(self):
        graph = StateGraph(State).add_node("a", idle).add_node("b", idle).add_node("c", idle)
        graph.add_node("d", idle, defer=True).set_entry_point("a")
        compiled = graph.add_edge(["a", "b"], "c").add_edge(["a", "b"], "d").compile()
        assert type(compiled.channels["join:a+b:c"]) is NamedBarrierValue
        assert type(compiled.channels["join:a+b:d"]) is NamedBarrierValueAfterFinish
        assert compiled.nodes["c"].triggers == ["branch:to:c", "join:a+b:c"]

    def test_instances_are_made_by_one_mapper_a_schema(self):
        @dataclass
        class Record:
            value: int

        graph = StateGraph(Record).add_node("a", idle, input_schema=Record)
        graph.add_node("b", idle, input_schema=Record).set_entry_point("a")
        compiled = graph.compile()
        mapper = compiled.nodes["a"].mapper
        assert type(mapper) is SchemaMapper
        assert mapper is compiled.nodes["b"].mapper
        assert mapper({"value": 1}) == Record(1)

    def test_writers_do_not_depend_on_the_order_of_a_set(self):
        names = [f"n{i}" for i in range(20)]
        graph = StateGraph(State)
        for name in names:
            graph.add_node(name, idle).add_edge(START, name)
        writers = graph.compile().nodes[START].writers[1:]
        assert [w.writes[0].channel for w in writers] == sorted(f"branch:to:{n}" for n in names)

    def test_sequence_runs_in_its_order(self):
        graph = StateGraph(State).add_sequence([idle, ("other", idle)])
        assert graph.edges == {("idle", "other")}

    def test_json_schema_of_a_dataclass(self):
        pytest.importorskip("pydantic")

        @dataclass
        class Record:
            value: int
            names: Annotated[List[str], operator.add]
            note: str = "none"

        graph = StateGraph(Record).add_node("a", idle).set_entry_point("a").compile(name="g")
        schema = graph.get_input_jsonschema()
        assert schema["title"] == "g_input"
        assert set(schema["properties"]) == {"value", "names", "note"}
        assert set(schema["required"]) == {"value", "names"}


class TestOlderNames:
    def test_factories(self):
        graph = create_state_graph(State, input_schema=Private)
        assert type(graph) is StateGraph
        graph.add_node("a", idle).set_entry_point("a")
        assert create_compiled_graph(graph, name="g").name == "g"

    def test_node_by_its_name(self):
        graph = StateGraph(State).add_node("a", idle).set_entry_point("a")
        assert graph["a"] is graph.nodes["a"]
        compiled = graph.compile()
        assert compiled["a"] is compiled.nodes["a"]
        with pytest.raises(KeyError):
            graph["b"]

    def test_edge_with_a_condition_is_a_branch(self):
        def is_large(state: Private):
            return state["secret"]

        graph = StateGraph(State).add_node("a", idle).add_node("b", idle).set_entry_point("a")
        graph.add_edge("a", "b", condition=is_large).add_edge("a", END, condition=is_large)
        branch = graph.branches["a"]["is_large:b"]
        assert branch.ends == {True: "b", False: END}
        assert branch.input_schema is Private
        assert branch.path.invoke({"secret": "x"}, {}) is True
        assert branch.path.invoke({"secret": ""}, {}) is False
        assert list(graph.branches["a"]) == ["is_large:b", "is_large:__end__"]
