"""Rules of wrappers around the calls of a node that runs tools, and of their requests."""

from __future__ import annotations

import asyncio
import threading

import pytest

pytest.importorskip("langchain_core.tools")

from langchain_core.messages import ToolMessage
from langchain_core.tools import tool
from tool_calls import asks, call, contents, double, run

from langgraph_rust.prebuilt import ToolNode
from langgraph_rust.prebuilt.tool_node import ToolCallRequest
from langgraph_rust.runtime import Runtime

__all__ = ["run"]  # the fixture


def test_a_wrapper_may_change_repeat_and_replace_a_call(run):
    def wrap(request, execute):
        if request.tool is None:
            return ToolMessage("mine", tool_call_id=request.tool_call["id"])
        execute(request)
        changed = {**request.tool_call, "args": {"x": 21}}
        return execute(request.override(tool_call=changed))

    node = ToolNode([double], wrap_tool_call=wrap)
    message = asks(call("double", "a", x=1), call("other", "b"))
    assert contents(run(node, [message])) == [("42", "success"), ("mine", "success")]


def test_an_asyncio_run_prefers_its_own_wrapper():
    async def awrap(request, execute):
        answer = await execute(request)
        answer.content += "!"
        return answer

    def wrap(request, execute):
        raise AssertionError("the sync wrapper")

    node = ToolNode([double], wrap_tool_call=wrap, awrap_tool_call=awrap)
    config = {"configurable": {"__pregel_runtime": Runtime()}}
    answers = asyncio.run(node.ainvoke([asks(call("double", x=1))], config))
    assert contents(answers) == [("2!", "success")]


def test_errors_of_a_wrapper_follow_the_policy(run):
    def wrap(request, execute):
        raise KeyError("wrapper")

    message = asks(call("double", x=1))
    node = ToolNode([double], wrap_tool_call=wrap, handle_tool_errors="sorry")
    assert contents(run(node, [message])) == [("sorry", "error")]
    node = ToolNode([double], wrap_tool_call=wrap, handle_tool_errors=False)
    with pytest.raises(KeyError, match="wrapper"):
        run(node, [message])


def test_setting_an_attribute_of_a_request_warns():
    request = ToolCallRequest(call("double"), double, {}, None)
    with pytest.warns(DeprecationWarning, match="'state' on ToolCallRequest"):
        request.state = {"foo": 1}
    assert request.override(state={}).state == {}
    assert request.state == {"foo": 1}


def test_sync_calls_of_one_message_run_at_once():
    both = threading.Barrier(2, timeout=10)

    @tool
    def meets() -> str:
        """Wait for the other call."""
        return str(both.wait() >= 0)

    config = {"configurable": {"__pregel_runtime": Runtime()}}
    message = asks(call("meets", "a"), call("meets", "b"))
    answers = ToolNode([meets]).invoke([message], config)
    assert contents(answers) == [("True", "success")] * 2
