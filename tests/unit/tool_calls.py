"""Calls of tools, and nodes run on them in both lanes."""

from __future__ import annotations

import asyncio

import pytest

pytest.importorskip("langchain_core.tools")

from langchain_core.messages import AIMessage
from langchain_core.tools import tool

from langgraph_rust.runtime import Runtime


@pytest.fixture(params=["sync", "asyncio"])
def run(request):
    """Runs a node on an input, by either lane."""

    def call(node, input, store=None, **configurable):
        runtime = Runtime(store=store)
        config = {"configurable": {"__pregel_runtime": runtime, **configurable}}
        if request.param == "sync":
            return node.invoke(input, config)
        return asyncio.run(node.ainvoke(input, config))

    return call


def call(name, id="1", **args):
    return {"name": name, "args": args, "id": id, "type": "tool_call"}


def asks(*calls):
    return AIMessage(content="", tool_calls=list(calls))


def contents(messages):
    return [(message.content, message.status) for message in messages]


@tool
def double(x: int) -> int:
    """Double a number."""
    return 2 * x
