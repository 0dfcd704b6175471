"""Rules of the agent's nodes and edges, and of the nodes beside `ToolNode`."""

from __future__ import annotations

import asyncio
import subprocess
import sys

import pytest
from stream_lanes import AsyncLane, SyncLane, part
from typing_extensions import TypedDict, get_type_hints

pytest.importorskip("langchain_core.tools")

from langchain_core.callbacks import BaseCallbackHandler
from langchain_core.language_models import BaseChatModel
from langchain_core.messages import AIMessage, HumanMessage, SystemMessage, ToolMessage
from langchain_core.outputs import ChatGeneration, ChatResult
from langchain_core.runnables import RunnableLambda, RunnableSequence
from langchain_core.tools import tool
from pydantic import BaseModel

from langgraph_rust.prebuilt import ToolCallTransformer, ValidationNode, create_react_agent
from langgraph_rust.prebuilt._agent_model import (
    AgentModel,
    _get_model,
    _get_prompt_runnable,
    _should_bind_tools,
    _validate_chat_history,
)
from langgraph_rust.prebuilt._agent_nodes import AgentNodes
from langgraph_rust.types import Send

pytestmark = [
    pytest.mark.filterwarnings("ignore:ValidationNode is deprecated"),
    pytest.mark.filterwarnings("ignore:AgentState"),
    pytest.mark.filterwarnings("ignore:create_react_agent has been moved"),
    pytest.mark.filterwarnings("ignore:The v3 streaming protocol"),
]


class Parrot(BaseChatModel):
    """Answers with what it was asked, joined, and with the calls it was given."""

    calls: list = []

    @property
    def _llm_type(self):
        return "parrot"

    def _generate(self, messages, stop=None, run_manager=None, **kwargs):
        text = "|".join(str(message.content) for message in messages)
        answer = AIMessage(content=text, tool_calls=list(self.calls), id="answer")
        return ChatResult(generations=[ChatGeneration(message=answer)])

    def bind_tools(self, tools, **kwargs):
        return self.bind(tools=[{"name": t.name} for t in tools], **kwargs)


@tool
def look(x: int) -> int:
    """Look."""
    return x


@tool
def leave(x: int) -> int:
    """Leave."""
    return x


def call(name, id="1"):
    return {"name": name, "args": {"x": 1}, "id": id, "type": "tool_call"}


def make_nodes(model=None, prompt=None, **changes):
    options = dict(
        model=AgentModel(model or Parrot(), prompt, [], []),
        name="polly",
        entrypoint="agent",
        return_direct={"leave"},
        has_pre_hook=False,
        has_post_hook=False,
        has_model_state=False,
        response_format=None,
        sends_calls=True,
    )
    return AgentNodes(**{**options, **changes})


@pytest.fixture(params=["sync", "asyncio"])
def ask(request):
    """Calls the model node, by either lane."""

    def run(nodes, state, runtime=None):
        if request.param == "sync":
            output = nodes.call_model(state, runtime, {})
        else:
            output = asyncio.run(nodes.acall_model(state, runtime, {}))
        return output["messages"][0]

    return run


HELLO = [HumanMessage("hello")]


@pytest.mark.parametrize(
    ("prompt", "text"),
    [
        (None, "hello"),
        ("be kind", "be kind|hello"),
        (SystemMessage("be kind"), "be kind|hello"),
        (lambda state: state["messages"] * 2, "hello|hello"),
        (RunnableLambda(lambda state: "other"), "other"),
    ],
)
def test_the_prompt_makes_the_models_input(ask, prompt, text):
    answer = ask(make_nodes(prompt=prompt), {"messages": HELLO})
    assert (answer.content, answer.name) == (text, "polly")


def test_a_prompt_is_text_message_function_or_runnable():
    with pytest.raises(ValueError, match="unexpected type for `prompt`"):
        _get_prompt_runnable(1)


def test_a_model_may_be_chosen_at_each_step(ask):
    def choose(state, runtime):
        return Parrot(calls=[call(runtime)])

    answer = ask(make_nodes(choose), {"messages": HELLO}, "look")
    assert answer.tool_calls[0]["name"] == "look"


def test_a_coroutine_function_chooses_in_asyncio_runs_only():
    async def choose(state, runtime):
        return Parrot()

    nodes, state = make_nodes(choose), {"messages": HELLO}
    answer = asyncio.run(nodes.acall_model(state, None, {}))["messages"][0]
    assert answer.content == "hello"
    with pytest.raises(RuntimeError, match="Async model callable provided"):
        nodes.call_model(state, None, {})


def test_a_hook_may_change_what_the_model_sees(ask):
    state = {"messages": HELLO, "llm_input_messages": [HumanMessage("psst")]}
    assert ask(make_nodes(has_pre_hook=True), dict(state)).content == "psst"
    assert ask(make_nodes(), dict(state)).content == "hello"


def test_the_state_has_messages(ask):
    with pytest.raises(ValueError, match="to have 'messages' key"):
        ask(make_nodes(), {})


@pytest.mark.parametrize(
    ("tool_name", "remaining", "enough"),
    [
        ("look", 2, True),
        ("look", 1, False),
        ("leave", 1, False),
        (None, 1, True),
        (None, 0, False),
        ("look", None, True),
    ],
)
def test_an_agent_says_when_steps_run_out(ask, tool_name, remaining, enough):
    nodes = make_nodes(Parrot(calls=[call(tool_name)] if tool_name else []))
    answer = ask(nodes, {"messages": HELLO, "remaining_steps": remaining})
    assert answer.content.startswith("hello" if enough else "Sorry, need more steps")
    assert answer.id == "answer"


def test_every_tool_call_in_the_history_is_answered():
    asked = AIMessage(content="", tool_calls=[call("look", "a"), call("look", "b")])
    answers = [ToolMessage("", tool_call_id=id) for id in "ab"]
    _validate_chat_history([asked, *answers])
    with pytest.raises(ValueError, match="do not have a corresponding ToolMessage"):
        _validate_chat_history([asked, answers[0]])


def test_tools_are_bound_unless_the_model_has_them():
    bound = Parrot().bind_tools([look])
    assert _should_bind_tools(Parrot(), [look])
    assert not _should_bind_tools(bound, [look])
    assert not _should_bind_tools(RunnableLambda(str) | bound, [look])
    with pytest.raises(ValueError, match="Number of tools"):
        _should_bind_tools(bound, [look, leave])
    with pytest.raises(ValueError, match="Missing tools"):
        _should_bind_tools(bound, [leave])


def test_the_model_is_found_behind_what_wraps_it():
    model = Parrot()
    assert _get_model(RunnableLambda(str) | model.bind(stop=[])) is model
    with pytest.raises(TypeError, match="Expected `model` to be a ChatModel"):
        _get_model(RunnableLambda(str))


# -- edges -----------------------------------------------------------------------


def asks_for(*names):
    return AIMessage(content="", tool_calls=[call(name, name) for name in names])


@pytest.mark.parametrize(
    ("options", "called", "path"),
    [
        ({}, False, "__end__"),
        ({"response_format": BaseModel}, False, "generate_structured_response"),
        ({"has_post_hook": True}, False, "post_model_hook"),
        ({"has_post_hook": True}, True, "post_model_hook"),
        ({"sends_calls": False}, True, "tools"),
    ],
)
def test_after_the_model(options, called, path):
    last = asks_for("look") if called else AIMessage(content="done")
    assert make_nodes(**options).should_continue({"messages": [last]}) == path


def test_each_call_is_sent_with_the_state():
    state = {"messages": [asks_for("look", "leave")]}
    sends = make_nodes().should_continue(state)
    assert [(type(s), s.node, s.arg["tool_call"]["name"]) for s in sends] == [
        (Send, "tools", "look"),
        (Send, "tools", "leave"),
    ]
    assert all(s.arg["state"] is state for s in sends)


def test_after_the_hook_only_open_calls_are_sent():
    nodes = make_nodes(has_post_hook=True)
    asked, answer = asks_for("look", "leave"), ToolMessage("", tool_call_id="look")
    (send,) = nodes.post_model_hook_router({"messages": [asked, answer]})
    assert send.arg["tool_call"]["name"] == "leave"
    last = ToolMessage("", tool_call_id="leave")
    assert nodes.post_model_hook_router({"messages": [asked, answer, last]}) == "agent"
    done = [asked, answer, last, AIMessage(content="done")]
    assert nodes.post_model_hook_router({"messages": done}) == "__end__"


@pytest.mark.parametrize(
    ("called", "answered", "path"),
    [
        (["look"], ["look"], "agent"),
        (["leave"], ["leave"], "__end__"),
        (["look", "leave"], ["look", "leave"], "__end__"),
        # The answer of the other task is not in yet.
        (["leave", "look"], ["look"], "__end__"),
    ],
)
def test_after_a_tool_that_returns_directly_the_agent_ends(called, answered, path):
    answers = [ToolMessage("", name=name, tool_call_id=name) for name in answered]
    state = {"messages": [asks_for(*called), *answers]}
    assert make_nodes().route_tool_responses(state) == path


# -- create_react_agent ------------------------------------------------------------


@pytest.mark.parametrize(
    ("options", "kind", "error"),
    [
        ({"version": "v3"}, ValueError, "Invalid version v3"),
        ({"colour": "red"}, TypeError, "unexpected keyword arguments: {'colour'"),
        ({"state_schema": TypedDict("S", {"messages": list})}, ValueError, "Missing required"),
    ],
)
def test_an_agent_is_made_of_known_parts(options, kind, error):
    with pytest.raises(kind, match=error):
        create_react_agent(Parrot(), [look], **options)


def test_an_older_name_of_the_context_schema_warns():
    with pytest.warns(DeprecationWarning, match="use `context_schema`"):
        create_react_agent(Parrot(), [], config_schema=TypedDict("C", {"user": str}))


class Script(Parrot):
    """Answers with prepared messages, one after the other."""

    answers: list
    used: int = 0

    def _generate(self, messages, stop=None, run_manager=None, **kwargs):
        answer = self.answers[self.used]
        self.used += 1
        return ChatResult(generations=[ChatGeneration(message=answer)])


@pytest.mark.parametrize("lane", ["sync", "asyncio"])
@pytest.mark.parametrize("version", ["v1", "v2"])
def test_an_agent_calls_tools_until_it_is_done(lane, version):
    model = Script(answers=[asks_for("look", "leave2"), AIMessage("done")])

    @tool
    async def leave2(x: int) -> str:
        """Leave."""
        return f"left {x}"

    tools = [look, leave2] if lane == "asyncio" else [look, tool("leave2")(leave.func)]
    agent = create_react_agent(model, tools, prompt="be kind", version=version, name="polly")
    state = {"messages": [("user", "go")]}
    output = asyncio.run(agent.ainvoke(state)) if lane == "asyncio" else agent.invoke(state)
    assert [message.content for message in output["messages"]] == [
        "go",
        "",
        "1",
        "left 1" if lane == "asyncio" else "1",
        "done",
    ]
    assert output["messages"][-1].name == "polly"


def test_an_agent_ends_with_hooks_and_a_structured_response():
    class Point(BaseModel):
        x: int

    class Structured(Script):
        def with_structured_output(self, schema, **kwargs):
            return RunnableLambda(lambda messages: schema(x=len(messages)))

    agent = create_react_agent(
        Structured(answers=[asks_for("look"), AIMessage("done")]),
        [look],
        pre_model_hook=lambda state: {"llm_input_messages": state["messages"][-1:]},
        post_model_hook=lambda state: {},
        response_format=("sum up", Point),
    )
    output = agent.invoke({"messages": [("user", "go")]})
    assert output["structured_response"] == Point(x=len(["sum up", *output["messages"]]))


# -- ValidationNode ------------------------------------------------------------------


class Point(BaseModel):
    x: int


def check_point(x: int) -> None:
    """Check."""


@pytest.mark.parametrize("schema", [Point, look, check_point])
def test_calls_are_answered_with_their_validated_arguments(schema):
    name = getattr(schema, "name", None) or schema.__name__
    calls = [dict(call(name, id), args={"x": x}) for id, x in (("a", "1"), ("b", "no"))]
    message = AIMessage(content="", tool_calls=calls)
    good, bad = ValidationNode([schema]).invoke([message], {})
    assert good.content.replace(" ", "") == '{"x":1}'
    assert bad.content.endswith("Respond after fixing all validation errors.")
    assert bad.additional_kwargs == {"is_error": True}
    output = ValidationNode([schema]).invoke({"messages": [message]}, {})
    assert [m.tool_call_id for m in output["messages"]] == ["a", "b"]


def test_a_schema_is_a_model_a_tool_or_a_function():
    with pytest.raises(ValueError, match="Expected BaseModel, tool or function"):
        ValidationNode([1])
    with pytest.raises(ValueError, match="No message found"):
        ValidationNode([]).invoke({}, {})
    with pytest.raises(ValueError, match="not an AIMessage"):
        ValidationNode([]).invoke(HELLO, {})


# -- tool call streams ----------------------------------------------------------------


def tool_event(kind, ns=(), **data):
    return part("tools", {"event": kind, "tool_call_id": "1", **data}, ns)


@pytest.mark.parametrize("lane", [SyncLane(), AsyncLane()], ids=["sync", "asyncio"])
@pytest.mark.parametrize(
    ("end", "outcome"),
    [
        (("tool-finished", {"output": ToolMessage("out", tool_call_id="1")}), ("out", None)),
        (
            (
                "tool-finished",
                {
                    "output": {
                        "type": "constructor",
                        "id": ["ToolMessage"],
                        "kwargs": {"content": "o"},
                    }
                },
            ),
            ("o", None),
        ),
        (("tool-error", {"message": "broke"}), (None, "broke")),
        (None, (None, None)),
    ],
)
def test_a_tool_call_streams_its_partial_outputs(lane, end, outcome):
    parts = [
        tool_event("tool-started", tool_name="look", input={"x": 1}),
        tool_event("tool-output-delta", ("other:1",), delta="not mine"),
        tool_event("tool-output-delta", delta="a"),
        *([tool_event(end[0], **end[1])] if end else []),
    ]
    mux = lane.mux(factories=[ToolCallTransformer])
    kept, deltas = [], []
    run = lane.run(parts, mux)

    def subscribe(stream):
        stream._output_deltas.push = deltas.append
        kept.append(stream)

    mux.extensions["tool_calls"].push = subscribe
    lane.output(run)
    (stream,) = kept
    assert (stream.tool_name, stream.input, deltas) == ("look", {"x": 1}, ["a"])
    assert stream.completed
    assert (stream.output, stream.error) == outcome
    assert f"status={'failed' if outcome[1] else 'completed'}" in repr(stream)


def test_a_failed_run_fails_its_open_tool_calls():
    lane = SyncLane()
    mux = lane.mux(factories=[ToolCallTransformer])
    iter(mux.extensions["tool_calls"])
    mux.push(
        {
            "type": "event",
            "method": "tools",
            "params": {
                "namespace": [],
                "timestamp": 0,
                "data": {"event": "tool-started", "tool_call_id": "1"},
            },
        }
    )
    ((_, stream),) = mux.extensions["tool_calls"]._items
    assert "status=running" in repr(stream)
    mux.fail(ValueError("run"))
    assert stream.error == "run"


def test_importing_the_package_loads_no_langchain():
    code = (
        "import langgraph_rust.prebuilt as p, sys; p.tools_condition; p.ToolCallTransformer;"
        "print('langchain_core' in sys.modules)"
    )
    shown = subprocess.run(
        [sys.executable, "-c", code],
        env={"PYTHONPATH": ":".join(sys.path)},
        stdout=subprocess.PIPE,
        check=True,
        text=True,
    )
    assert shown.stdout.strip() == "False"


def test_hints_of_our_states_can_be_read():
    from langgraph_rust.graph import MessagesState
    from langgraph_rust.prebuilt import chat_agent_executor as states

    for schema in (
        MessagesState,
        states.AgentState,
        states.AgentStatePydantic,
        states.AgentStateWithStructuredResponse,
        type("Mine", (states.AgentStateWithStructuredResponsePydantic,), {}),
    ):
        assert "messages" in get_type_hints(schema, include_extras=True)


class Tagged(Parrot):
    """Notes the tags of its runs."""

    seen: list = []

    def _generate(self, messages, stop=None, run_manager=None, **kwargs):
        self.seen.append(run_manager.tags)
        return super()._generate(messages)


class Names(BaseCallbackHandler):
    """Notes the names of the chains that run."""

    def __init__(self):
        self.names = []

    def on_chain_start(self, serialized, inputs, **kwargs):
        self.names.append(kwargs.get("name"))


@pytest.mark.parametrize("prompt", [None, "be kind"])
@pytest.mark.parametrize("chosen", [False, True])
def test_a_model_that_nobody_observes_is_asked_without_a_sequence(ask, prompt, chosen):
    model = Tagged(seen=[])
    nodes = make_nodes((lambda state, runtime: model) if chosen else model, prompt)
    assert ask(nodes, {"messages": HELLO}).content.endswith("hello")
    assert model.seen == [[]]


@pytest.mark.parametrize("prompt", [None, "be kind"])
def test_an_observer_sees_prompt_and_sequence(prompt):
    model, handler = Tagged(seen=[]), Names()
    agent = create_react_agent(model, [], prompt=prompt)
    agent.invoke({"messages": HELLO}, {"callbacks": [handler]})
    assert model.seen == [["seq:step:2"]]
    assert handler.names[-2:] == ["RunnableSequence", "Prompt"]


def test_a_prompt_of_the_users_runs_in_a_sequence(ask):
    model = Tagged(seen=[])
    ask(make_nodes(model, lambda state: state["messages"]), {"messages": HELLO})
    assert model.seen == [["seq:step:2"]]


@pytest.mark.parametrize("name", ["invoke", "ainvoke"])
def test_who_replaced_the_method_of_sequences_sees_the_run(monkeypatch, name):
    seen, model = [], Tagged(seen=[])
    whole = getattr(RunnableSequence, name)

    def replaced(*arguments, **options):
        seen.append(name)
        return whole(*arguments, **options)

    monkeypatch.setattr(RunnableSequence, name, replaced)
    agent = create_react_agent(model, [])
    value = {"messages": HELLO}
    agent.invoke(value) if name == "invoke" else asyncio.run(agent.ainvoke(value))
    assert (seen, model.seen) == ([name], [["seq:step:2"]])
