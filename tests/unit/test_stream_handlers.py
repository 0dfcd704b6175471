"""The handlers behind the `messages` and `tools` stream modes, told of runs by hand."""

from __future__ import annotations

import contextvars
from dataclasses import dataclass
from typing import Any
from uuid import uuid4

import pytest

pytest.importorskip("langchain_core")

from langchain_core.messages import AIMessage, AIMessageChunk, HumanMessage, ToolMessage
from langchain_core.outputs import ChatGeneration, ChatGenerationChunk, LLMResult

from langgraph_rust.constants import TAG_HIDDEN, TAG_NOSTREAM
from langgraph_rust.errors import GraphInterrupt
from langgraph_rust.pregel._messages import (
    StreamMessagesHandler,
    StreamMessagesHandlerV2,
    graph_namespace,
)
from langgraph_rust.pregel._tools import StreamToolCallHandler, _tool_call_writer
from langgraph_rust.types import Command

ROOT = {"langgraph_checkpoint_ns": "node:1", "langgraph_node": "node"}
BELOW = {"langgraph_checkpoint_ns": "graph:1|node:2", "langgraph_node": "node"}


@pytest.fixture(params=[StreamMessagesHandler, StreamMessagesHandlerV2])
def handler_class(request):
    """Both handlers of messages."""
    return request.param


def made(cls: Any, subgraphs: bool = False, **options: Any) -> Any:
    emitted: list = []
    handler = cls(emitted.append, subgraphs, **options)
    handler.emitted = emitted
    return handler


def run_node(handler: Any, inputs: Any, output: Any, metadata: Any = ROOT, **options: Any) -> list:
    """Tell of a node's run; return the messages emitted for it."""
    run_id = uuid4()
    before = len(handler.emitted)
    options = {"name": metadata["langgraph_node"], **options}
    handler.on_chain_start({}, inputs, run_id=run_id, metadata=metadata, **options)
    handler.on_chain_end(output, run_id=run_id)
    return [payload[0] for _, _, payload in handler.emitted[before:]]


def run_model(handler: Any, message: Any, chunks: Any = (), metadata: Any = ROOT, tags: Any = None):
    """Tell of a chat model's run."""
    run_id = uuid4()
    handler.on_chat_model_start({}, [[]], run_id=run_id, metadata=dict(metadata), tags=tags)
    for chunk in chunks:
        token = ChatGenerationChunk(message=chunk)
        handler.on_llm_new_token(chunk.content, chunk=token, run_id=run_id)
    generation = ChatGeneration(message=message)
    handler.on_llm_end(LLMResult(generations=[[generation]]), run_id=run_id)
    return run_id


def test_the_namespace_of_a_task_is_that_of_its_graph():
    assert graph_namespace(ROOT) == ()
    assert graph_namespace(BELOW) == ("graph:1",)
    call = ("__pregel_push", ("__pregel_pull", "node"), 0, True)
    inner = ("__pregel_push", call, 0, True)
    send = ("__pregel_push", 0, 1, False)
    namespace = {"langgraph_checkpoint_ns": "graph:1|node:2|call:3|call:4"}
    assert graph_namespace({**namespace, "langgraph_path": inner}) == ("graph:1",)
    assert graph_namespace({**namespace, "langgraph_path": call}) == ("graph:1", "node:2")
    assert graph_namespace({**namespace, "langgraph_path": send})[-1] == "call:3"


@dataclass
class State:
    text: str
    messages: list


@pytest.mark.parametrize("wrap", [dict, State], ids=["dict", "dataclass"])
def test_messages_in_a_nodes_output_are_emitted_once(handler_class, wrap):
    handler = made(handler_class)
    old, new = HumanMessage("old", id="1"), AIMessage("new", id="2")
    inputs, output = wrap(text="x", messages=[old]), wrap(text="x", messages=[old, new])
    assert run_node(handler, inputs, output) == [new]
    assert run_node(handler, inputs, output) == []
    assert handler.emitted == [((), "messages", (new, ROOT))]


def test_messages_are_found_wherever_a_node_may_put_them(handler_class):
    messages = [AIMessage(str(i)) for i in range(7)]
    output = [Command(update={"messages": [messages[4]]}), {"m": messages[5]}, messages[6]]
    handler = made(handler_class)
    assert run_node(handler, {}, messages[0]) == [messages[0]]
    assert run_node(handler, {}, [messages[1], "text"]) == [messages[1]]
    assert run_node(handler, {}, {"m": messages[2], "text": "text"}) == [messages[2]]
    assert run_node(handler, {}, Command(update=[messages[3]])) == [messages[3]]
    assert run_node(handler, {}, output) == messages[4:]
    assert run_node(handler, {}, None) == []
    assert all(message.id for message in messages)


def test_tool_messages_are_left_out_of_protocol_streams():
    message = ToolMessage("done", tool_call_id="1", id="1")
    assert run_node(made(StreamMessagesHandler), {}, {"messages": [message]}) == [message]
    assert run_node(made(StreamMessagesHandlerV2), {}, {"messages": [message]}) == []


def test_only_nodes_that_are_not_hidden_count(handler_class):
    handler, output = made(handler_class), {"m": AIMessage("x", id="1")}
    assert run_node(handler, {}, output, name="other") == []
    assert run_node(handler, {}, output, tags=[TAG_HIDDEN]) == []
    handler.on_chain_start({}, {}, run_id=uuid4(), metadata=None)
    assert run_node(handler, {}, output) == [output["m"]]


def test_a_failed_node_is_forgotten(handler_class):
    handler, run_id = made(handler_class), uuid4()
    handler.on_chain_start({}, {}, run_id=run_id, metadata=ROOT, name="node")
    handler.on_chain_error(ValueError(), run_id=run_id)
    handler.on_chain_end({"m": AIMessage("x")}, run_id=run_id)
    assert handler.emitted == [] and handler.metadata == {}


def test_subgraphs_are_shown_if_asked_for_or_streamed_by_themselves(handler_class):
    output = {"m": AIMessage("x", id="1")}
    assert run_node(made(handler_class), {}, output, BELOW) == []
    assert run_node(made(handler_class, True), {}, output, BELOW) == [output["m"]]
    own = made(handler_class, parent_ns=("graph:1",))
    assert run_node(own, {}, output, BELOW) == [output["m"]]
    assert own.emitted[0][0] == ("graph:1",)


def test_the_chunks_of_a_model_are_emitted_and_its_message_is_not_repeated():
    handler = made(StreamMessagesHandler)
    chunks = [AIMessageChunk("a", id="1"), AIMessageChunk("b", id="1")]
    run_model(handler, AIMessage("ab", id="1"), chunks, tags=["seq:step:1", "user"])
    assert [payload for _, _, payload in handler.emitted] == [
        (chunk, {**ROOT, "tags": ["user"]}) for chunk in chunks
    ]
    assert run_node(handler, {}, {"m": AIMessage("ab", id="1")}) == []
    assert handler.metadata == {}


def test_a_model_that_does_not_stream_is_emitted_at_its_end(handler_class):
    handler, message = made(handler_class), AIMessage("whole")
    run_model(handler, message)
    assert [payload[0] for _, _, payload in handler.emitted] == [message]
    assert message.id


def test_a_model_tagged_nostream_is_silent(handler_class):
    handler = made(handler_class)
    run_model(handler, AIMessage("x"), [AIMessageChunk("x")], tags=[TAG_NOSTREAM])
    assert handler.emitted == []


def test_protocol_events_are_emitted_with_their_run_instead_of_chunks():
    handler, run_id = made(StreamMessagesHandlerV2), uuid4()
    handler.on_chat_model_start({}, [[]], run_id=run_id, metadata=dict(ROOT))
    events = [{"event": "message-start", "message_id": "1"}, {"event": "message-finish"}]
    for event in events:
        handler.on_stream_event(event, run_id=run_id)
        handler.on_stream_event(event, run_id=uuid4())
    handler.on_llm_new_token(
        "x", chunk=ChatGenerationChunk(message=AIMessageChunk("x")), run_id=run_id
    )
    message = AIMessage("x", id="1")
    handler.on_llm_end(LLMResult(generations=[[ChatGeneration(message=message)]]), run_id=run_id)
    metadata = {**ROOT, "run_id": str(run_id)}
    assert handler.emitted == [((), "messages", (event, metadata)) for event in events]
    assert run_node(handler, {}, {"m": message}) == []


def test_a_failed_model_is_forgotten(handler_class):
    handler, run_id = made(handler_class), uuid4()
    handler.on_chat_model_start({}, [[]], run_id=run_id, metadata=dict(ROOT))
    handler.on_llm_error(ValueError(), run_id=run_id)
    assert handler.metadata == {}


def test_the_handlers_are_streaming_handlers_to_langchain(handler_class):
    from langchain_core.tracers._streaming import _StreamingCallbackHandler

    from langgraph_rust._langchain.callbacks import is_stream_handler

    handler = made(handler_class)
    assert isinstance(handler, _StreamingCallbackHandler) and is_stream_handler(handler)
    chunks = iter(())
    assert handler.tap_output_iter(uuid4(), chunks) is chunks


def start_tool(handler: Any, metadata: Any = ROOT, **options: Any) -> Any:
    run_id = uuid4()
    handler.on_tool_start({"name": "search"}, "q", run_id=run_id, metadata=metadata, **options)
    return run_id


def test_a_tool_call_is_told_from_start_to_end():
    handler = made(StreamToolCallHandler)

    def work():
        run_id = start_tool(handler, inputs={"q": 1}, tool_call_id="call")
        _tool_call_writer.get()("part")
        handler.on_tool_end("found", run_id=run_id)
        assert _tool_call_writer.get() is None

    contextvars.copy_context().run(work)
    assert [payload for _, _, payload in handler.emitted] == [
        {"event": "tool-started", "tool_call_id": "call", "tool_name": "search", "input": {"q": 1}},
        {"event": "tool-output-delta", "tool_call_id": "call", "delta": "part"},
        {"event": "tool-finished", "tool_call_id": "call", "output": "found"},
    ]
    assert {(namespace, mode) for namespace, mode, _ in handler.emitted} == {((), "tools")}


def test_an_error_of_a_tool_is_told_and_an_interrupt_is_none():
    handler = made(StreamToolCallHandler)
    run_id = start_tool(handler)
    handler.on_tool_error(ValueError("broken"), run_id=run_id)
    handler.on_tool_error(GraphInterrupt(), run_id=start_tool(handler))
    assert [payload["event"] for _, _, payload in handler.emitted] == [
        "tool-started",
        "tool-error",
        "tool-started",
    ]
    assert handler.emitted[1][2]["message"] == "broken"
    assert handler.emitted[0][2]["tool_call_id"] == str(run_id)


def test_a_call_that_ends_in_another_context_is_told_too():
    handler = made(StreamToolCallHandler)
    run_id = contextvars.copy_context().run(start_tool, handler)
    handler.on_tool_end("found", run_id=run_id)
    assert len(handler.emitted) == 2


def test_a_silenced_tool_call_and_one_outside_of_a_graph():
    handler = made(StreamToolCallHandler)
    for metadata, tags in ((None, None), (ROOT, [TAG_NOSTREAM]), (BELOW, None)):
        handler.on_tool_end("x", run_id=start_tool(handler, metadata, tags=tags))
    assert handler.emitted == [] and _tool_call_writer.get() is None
    start_tool(handler, {"ls": 1})
    start_tool(made(StreamToolCallHandler, True), BELOW)
    assert [namespace for namespace, _, _ in handler.emitted] == [()]
