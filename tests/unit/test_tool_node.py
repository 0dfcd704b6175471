"""Rules of the node that runs tools, in both lanes where both have them."""

from __future__ import annotations

import asyncio
import pickle
import threading
from importlib.metadata import version
from typing import Any, Optional

import pytest
from typing_extensions import Annotated

pytest.importorskip("langchain_core.tools")

from langchain_core.messages import AIMessage, RemoveMessage, ToolMessage
from langchain_core.tools import InjectedToolArg, tool
from tool_calls import asks, call, contents, double, run

from langgraph_rust.errors import GraphInterrupt
from langgraph_rust.graph.message import REMOVE_ALL_MESSAGES
from langgraph_rust.prebuilt import InjectedState, InjectedStore, ToolNode, ToolRuntime
from langgraph_rust.prebuilt.tool_node import (
    ToolCallRequest,
    ToolInvocationError,
    _infer_handled_types,
    msg_content_output,
    tools_condition,
)
from langgraph_rust.runtime import Runtime
from langgraph_rust.types import Command, Send

__all__ = ["run"]  # the fixture

_CORE = tuple(map(int, version("langchain-core").split(".")[:2]))
passes_commands = pytest.mark.skipif(_CORE < (0, 3), reason="tools give messages only")
passes_lists = pytest.mark.skipif(_CORE < (1, 0), reason="tools give no lists of commands")

_KEEP = (InjectedState, InjectedStore, ToolRuntime, Annotated, Any, Optional)
"""Names that the annotations of tools below are resolved by."""


@tool
def breaks(x: int) -> int:
    """Always fail."""
    raise ValueError(f"no {x}")


# -- input and output ----------------------------------------------------------


@pytest.mark.parametrize(
    ("wrap", "unwrap"),
    [
        (lambda message: {"messages": [message]}, lambda output: output["messages"]),
        (lambda message: [message], lambda output: output),
        (lambda message: message.tool_calls, lambda output: output["messages"]),
        (
            lambda message: {
                "__type": "tool_call_with_context",
                "tool_call": message.tool_calls[0],
                "state": {},
            },
            lambda output: output["messages"],
        ),
    ],
)
def test_output_follows_the_form_of_the_input(run, wrap, unwrap):
    (answer,) = unwrap(run(ToolNode([double]), wrap(asks(call("double", x=2)))))
    assert (answer.content, answer.name, answer.tool_call_id) == ("4", "double", "1")


def test_calls_of_one_message_are_answered_in_order(run):
    message = asks(call("double", "a", x=1), call("double", "b", x=2))
    answers = run(ToolNode([double]), [message])
    assert [(a.tool_call_id, a.content) for a in answers] == [("a", "2"), ("b", "4")]


def test_messages_are_found_under_another_key(run):
    node = ToolNode([double], messages_key="chat")
    output = run(node, {"chat": [asks(call("double", x=2))]})
    assert contents(output["chat"]) == [("4", "success")]


@pytest.mark.parametrize(
    ("input", "error"), [({}, "No message found"), ([ToolMessage("", tool_call_id="1")], "No AI")]
)
def test_input_has_a_message_of_the_model(run, input, error):
    with pytest.raises(ValueError, match=error):
        run(ToolNode([double]), input)


def test_functions_become_tools(run):
    def plain(x: int) -> str:
        """Say a number."""
        return str(x)

    node = ToolNode([plain])
    assert list(node.tools_by_name) == ["plain"]
    assert contents(run(node, [asks(call("plain", x=1))])) == [("1", "success")]


@pytest.mark.parametrize(
    ("output", "content"),
    [
        ("text", "text"),
        ([{"type": "text", "text": "a"}], [{"type": "text", "text": "a"}]),
        ({"ä": 1}, '{"ä": 1}'),
        ([1, "a"], '[1, "a"]'),
        ({1, 2} - {2}, "{1}"),
    ],
)
def test_content_is_text_blocks_or_json(output, content):
    assert msg_content_output(output) == content


# -- errors --------------------------------------------------------------------


def test_an_unknown_tool_is_answered(run):
    answers = run(ToolNode([double]), [asks(call("triple", x=1))])
    assert contents(answers) == [
        ("Error: triple is not a valid tool, try one of [double].", "error")
    ]


def test_wrong_arguments_are_answered_and_errors_inside_raised(run):
    node = ToolNode([double, breaks])
    ((content, status),) = contents(run(node, [asks(call("double", x="many"))]))
    assert status == "error"
    assert content.startswith("Error invoking tool 'double' with kwargs {'x': 'many'}")
    with pytest.raises(ValueError, match="no 1"):
        run(node, [asks(call("breaks", x=1))])


def answer_value_errors(e: ValueError) -> str:
    return "answered"


def answer_key_errors(e: KeyError) -> str:
    return "answered"


@pytest.mark.parametrize(
    ("policy", "content"),
    [
        (True, "Error: ValueError('no 1')\n Please fix your mistakes."),
        ("try again", "try again"),
        (ValueError, "Error: ValueError('no 1')\n Please fix your mistakes."),
        ((KeyError, ValueError), "Error: ValueError('no 1')\n Please fix your mistakes."),
        (answer_value_errors, "answered"),
        (False, None),
        (KeyError, None),
        (answer_key_errors, None),
    ],
)
def test_a_policy_says_which_errors_are_answered(run, policy, content):
    node = ToolNode([breaks], handle_tool_errors=policy)
    if content is None:
        with pytest.raises(ValueError, match="no 1"):
            run(node, [asks(call("breaks", x=1))])
    else:
        assert contents(run(node, [asks(call("breaks", x=1))])) == [(content, "error")]


def test_interrupts_are_never_answered(run):
    @tool
    def asks_back() -> str:
        """Interrupt."""
        raise GraphInterrupt(())

    node = ToolNode([asks_back], handle_tool_errors=True)
    with pytest.raises(GraphInterrupt):
        run(node, [asks(call("asks_back"))])


def test_a_handler_is_annotated_with_exceptions():
    class Handler:
        def handle(self, e: KeyError) -> str:
            return ""

    def wrong(e: int) -> str:
        return ""

    assert _infer_handled_types(answer_value_errors) == (ValueError,)
    assert _infer_handled_types(Handler().handle) == (KeyError,)
    assert _infer_handled_types(lambda e: "") == (Exception,)
    with pytest.raises(ValueError, match="Arbitrary types are not supported"):
        _infer_handled_types(wrong)


def test_an_error_about_injected_arguments_is_not_shown_to_the_model(run):
    @tool
    def reads(x: int, foo: Annotated[int, InjectedState("foo")]) -> str:
        """Read the state."""
        return ""

    state = {"messages": [asks(call("reads", x="many"))], "foo": "secret"}
    node = ToolNode([reads], handle_tool_errors=lambda e: repr(e.filtered_errors))
    ((content, _),) = contents(run(node, state)["messages"])
    assert "'loc': ('x',)" in content
    assert "secret" not in content


def test_an_invocation_error_shows_every_detail_by_its_place():
    error = ToolInvocationError("t", None, {}, [{"loc": ("a", 0), "msg": "bad"}])
    assert "with error:\n a.0: bad\n" in str(error)


# -- injection -----------------------------------------------------------------


@tool
def reads_state(
    whole: Annotated[dict, InjectedState],
    foo: Annotated[str, InjectedState("foo")],
    bar: Annotated[Optional[str], InjectedState("bar")] = "default",
) -> str:
    """Read the state."""
    return f"{sorted(whole)} {foo} {bar}"


def test_state_is_injected_whole_and_by_field(run):
    state = {"messages": [asks(call("reads_state"))], "foo": "f"}
    output = run(ToolNode([reads_state]), state)
    assert contents(output["messages"]) == [("['foo', 'messages'] f default", "success")]


def test_a_required_field_must_be_in_the_state(run):
    with pytest.raises(KeyError, match="foo"):
        run(ToolNode([reads_state]), {"messages": [asks(call("reads_state"))]})


def test_a_list_stands_for_the_messages_only(run):
    with pytest.raises(ValueError, match="should contain fields foo, bar"):
        run(ToolNode([reads_fields]), [asks(call("reads_fields"))])


@tool
def reads_fields(
    foo: Annotated[str, InjectedState("foo")], bar: Annotated[str, InjectedState("bar")]
) -> str:
    """Read fields of the state."""
    return foo + bar


def test_the_store_is_injected_if_there_is_one(run):
    @tool
    def reads_store(store: Annotated[Any, InjectedStore()]) -> str:
        """Read the store."""
        return store

    node = ToolNode([reads_store])
    message = asks(call("reads_store"))
    assert contents(run(node, [message], store="shelf")) == [("shelf", "success")]
    with pytest.raises(ValueError, match="compile your graph with a store"):
        run(node, [message])


def test_the_runtime_is_injected_by_its_name(run):
    @tool
    def by_name(runtime: Annotated[Any, InjectedToolArg()]) -> str:
        """Read the runtime."""
        return f"{runtime.tool_call_id} {[t.name for t in runtime.tools]}"

    output = run(ToolNode([by_name]), [asks(call("by_name", "a"))])
    assert contents(output) == [("a ['by_name']", "success")]


@pytest.mark.skipif(_CORE < (1, 0), reason="the runtime's type is not hidden from the model")
def test_the_runtime_is_injected_by_its_type_unseen_by_the_model(run):
    @tool
    def by_type(x: int, mine: ToolRuntime) -> str:
        """Read the runtime."""
        return f"{mine.tool_call_id} {mine.state['foo']}"

    state = {"messages": [asks(call("by_type", "a", x=1))], "foo": "f"}
    output = run(ToolNode([by_type]), state)
    assert contents(output["messages"]) == [("a f", "success")]
    assert list(by_type.tool_call_schema.model_fields) == ["x"]


def test_a_model_cannot_fill_a_hidden_parameter(run):
    @tool
    def guarded(x: int, user: Annotated[str, InjectedToolArg()] = "nobody") -> str:
        """Say who."""
        return user

    output = run(ToolNode([guarded]), [asks(call("guarded", x=1, user="root"))])
    assert contents(output) == [("nobody", "success")]


def test_one_marker_per_parameter():
    def twice(x: Annotated[dict, InjectedState, InjectedState("a")]) -> str:
        """Read the state."""
        return ""

    with pytest.raises(ValueError, match="annotated with InjectedState more than once"):
        ToolNode([tool(twice)])


def test_calls_without_state_read_it_from_the_channels(run):
    from functools import partial

    channels = {"messages": None, "foo": None}

    def read(scratchpad, channels, managed, task, select, fresh):
        assert fresh
        return {name: name.upper() for name in select}

    output = run(
        ToolNode([reads_fields_of_channels]),
        [call("reads_fields_of_channels")],
        __pregel_read=partial(read, None, channels, None, None),
    )
    assert contents(output["messages"]) == [("FOO", "success")]


@tool
def reads_fields_of_channels(foo: Annotated[str, InjectedState("foo")]) -> str:
    """Read a field of the state."""
    return foo


# -- commands --------------------------------------------------------------------


def returns(output):
    @tool
    def gives() -> Any:
        """Give a prepared output."""
        return output

    return ToolNode([gives]), asks(call("gives"))


@passes_commands
def test_a_command_answers_its_call_and_is_left_as_it_is(run):
    original = Command(update={"messages": [ToolMessage("done", tool_call_id="1")]})
    node, message = returns(original)
    (command,) = run(node, {"messages": [message]})
    assert command.update["messages"][0].name == "gives"
    assert original.update["messages"][0].name is None


@passes_commands
@pytest.mark.parametrize(
    ("update", "wrap", "error"),
    [
        ({"messages": []}, lambda m: {"messages": [m]}, "matching ToolMessage"),
        ({"messages": []}, lambda m: [m], "a dict in Command.update only"),
        ([], lambda m: {"messages": [m]}, "a list of messages in Command.update"),
    ],
)
def test_an_update_has_the_form_of_the_input_and_an_answer(run, update, wrap, error):
    node, message = returns(Command(update=update))
    with pytest.raises(ValueError, match=error):
        run(node, wrap(message))


@passes_commands
def test_removing_all_messages_needs_no_answer(run):
    update = {"messages": [RemoveMessage(id=REMOVE_ALL_MESSAGES)]}
    node, message = returns(Command(update=update))
    (command,) = run(node, {"messages": [message]})
    assert command.update == update


@passes_lists
def test_a_list_of_outputs_answers_its_call_once(run):
    answer = ToolMessage("done", tool_call_id="1")
    node, message = returns([Command(update={"foo": 1}), answer])
    output = run(node, {"messages": [message]})
    assert output[0].update == {"foo": 1}
    assert contents(output[1]["messages"]) == [("done", "success")]
    node, message = returns([answer, Command(update={"messages": [answer]})])
    with pytest.raises(ValueError, match="2 messages bound to tool_call_id '1'"):
        run(node, {"messages": [message]})


@passes_commands
def test_sends_to_the_parent_are_one_command(run):
    @tool
    def sends(x: int) -> Any:
        """Send to the parent."""
        return Command(graph=Command.PARENT, goto=[Send("there", x)])

    message = asks(call("sends", "a", x=1), call("double", "b", x=1), call("sends", "c", x=2))
    output = run(ToolNode([sends, double]), [message])
    assert contents(output[0]) == [("2", "success")]
    assert [send.arg for send in output[1].goto] == [1, 2]
    assert len(output) == 2


# -- routing ---------------------------------------------------------------------


def test_tool_calls_lead_to_the_tools():
    class State:
        chat = [asks(call("double", x=1))]

    done = AIMessage(content="done")
    assert tools_condition([asks(call("double"))]) == "tools"
    assert tools_condition({"messages": [done]}) == "__end__"
    assert tools_condition(State(), "chat") == "tools"
    with pytest.raises(ValueError, match="No messages found in input state"):
        tools_condition({})


def test_public_names_are_those_of_upstream():
    for public in (ToolNode, ToolRuntime, InjectedState, ToolCallRequest, tools_condition):
        assert public.__module__ == "langgraph.prebuilt.tool_node"


def test_markers_can_be_pickled():
    assert pickle.loads(pickle.dumps(InjectedState("foo"))).field == "foo"


def test_calls_sent_without_state_read_that_of_the_graph():
    from typing_extensions import TypedDict

    from langgraph_rust.graph import START, StateGraph

    class State(TypedDict):
        foo: str
        messages: list

    builder = StateGraph(State)
    builder.add_node("tools", ToolNode([reads_fields_of_channels]))
    builder.add_conditional_edges(
        START, lambda state: [Send("tools", [call("reads_fields_of_channels")])], ["tools"]
    )
    output = builder.compile().invoke({"foo": "from the graph", "messages": []})
    assert contents(output["messages"]) == [("from the graph", "success")]


# -- asyncio -------------------------------------------------------------------


def answer(tool: Any, *calls: Any) -> Any:
    config: Any = {"configurable": {"__pregel_runtime": Runtime()}}
    return asyncio.run(ToolNode([tool]).ainvoke([asks(*calls)], config))


def test_sync_tools_run_beside_each_other_on_other_threads() -> None:
    both = threading.Barrier(2, timeout=30)
    threads = []

    @tool
    def meet(x: int) -> int:
        """Wait for the other call."""
        both.wait()
        threads.append(threading.get_ident())
        return x

    output = answer(meet, call("meet", x=1), call("meet", "2", x=2))
    assert contents(output) == [("1", "success"), ("2", "success")]
    assert len(set(threads) | {threading.get_ident()}) == 3


@pytest.mark.parametrize("where", ["class", "object"])
def test_replaced_ainvoke_of_a_sync_tool_is_called(where: str, monkeypatch: Any) -> None:
    @tool
    def double(x: int) -> int:
        """Double."""
        return 2 * x

    asked = []

    async def ainvoke(*args: Any, **kwargs: Any) -> Any:
        asked.append(args[-2]["name"])
        return double.invoke(*args[-2:], **kwargs)

    if where == "class":
        monkeypatch.setattr(type(double), "ainvoke", ainvoke)
    else:
        object.__setattr__(double, "ainvoke", ainvoke)
    output = answer(double, call("double", x=2))
    assert contents(output) == [("4", "success")] and asked == ["double"]
