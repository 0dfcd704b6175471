"""Where a run is when its reader gets a chunk: what has run, what is saved, which ids are given."""

import asyncio
from typing import Annotated, TypedDict

from langchain_core.messages import AIMessage
from langgraph.checkpoint.memory import InMemorySaver
from langgraph.graph import START, StateGraph, add_messages
from langgraph.types import interrupt

THREAD = {"configurable": {"thread_id": "1"}}


class State(TypedDict, total=False):
    messages: Annotated[list, add_messages]


RAN = []


def node(name, fails=False, asks=False):
    def run(state):
        RAN.append(name)
        if fails:
            raise ValueError(name)
        if asks:
            interrupt(name)
        return {"messages": [AIMessage(name)]}

    async def arun(state):
        return run(state)

    return run, arun


def build(is_async, fails="", asks="", wide=False):
    graph = StateGraph(State)
    for name in ("a", "b", "c"):
        graph.add_node(name, node(name, name == fails, name == asks)[is_async])
    graph.add_edge(START, "a")
    graph.add_edge("a", "b")
    graph.add_edge("a" if wide else "b", "c")
    return graph.compile(checkpointer=InMemorySaver())


def has_ids(chunk):
    """Whether each message in a chunk has an id by now."""
    if isinstance(chunk, tuple):
        return has_ids(chunk[-1])
    if isinstance(chunk, dict):
        return [found for value in chunk.values() for found in has_ids(value)]
    if isinstance(chunk, list):
        return [found for value in chunk for found in has_ids(value)]
    return [chunk.id is not None] if isinstance(chunk, AIMessage) else []


def saved(graph, number):
    """What is saved, once a first superstep is: its checkpoint is waited for, the input's is not."""
    if number == 0:
        return "-"
    state = graph.get_state(THREAD)
    return [message.content for message in state.values.get("messages", [])], state.next


def look(graph, number, chunk, stores):
    keys = sorted(chunk) if isinstance(chunk, dict) else chunk[0]
    line = [keys, list(RAN), has_ids(chunk)]
    return [*line, saved(graph, number)] if stores else line


def read(graph, stores, most, **options):
    stream = graph.stream({"messages": []}, THREAD, **options)
    for number, chunk in enumerate(stream):
        print("  ", *look(graph, number, chunk, stores))
        if number + 1 == most:
            break
    stream.close()


async def aread(graph, stores, most, **options):
    stream = graph.astream({"messages": []}, THREAD, **options)
    number = 0
    async for chunk in stream:
        print("  ", *look(graph, number, chunk, stores))
        number += 1
        if number == most:
            break
    await stream.aclose()


def show(title, is_async, stores, most=100, built=None, **options):
    RAN.clear()
    print("==", title, "async" if is_async else "sync", options)
    graph = build(is_async, **(built or {}))
    try:
        if is_async:
            asyncio.run(aread(graph, stores, most, **options))
        else:
            read(graph, stores, most, **options)
    except Exception as error:
        print("  ", type(error).__name__, error)
    print("   in the end", RAN)


for is_async in (False, True):
    # a lone task: what it causes is shown after the barrier
    for mode in ("updates", "values"):
        show("chain", is_async, True, stream_mode=mode, durability="sync")
        show("asking", is_async, True, built={"asks": "b"}, stream_mode=mode, durability="sync")
        show("chain", is_async, False, stream_mode=mode, durability="exit")
    for mode in ("tasks", "debug", ["updates", "values"], ["tasks", "updates"]):
        show("chain", is_async, False, stream_mode=mode, durability="sync")
    for mode in ("updates", "tasks", "values"):
        show("failing", is_async, False, built={"fails": "b"}, stream_mode=mode)
        show("asking", is_async, False, built={"asks": "b"}, stream_mode=mode)
        for most in (1, 2):
            show("left", is_async, False, most, stream_mode=mode)
    # shown while it runs
    show("custom", is_async, False, stream_mode=["updates", "custom"])
    show("stopped", is_async, False, stream_mode="updates", interrupt_before=["b"])
    show("stopped", is_async, False, stream_mode="updates", interrupt_after=["b"])
# of several tasks each is shown when it ends; only in asyncio is it known in which order
for mode in ("updates", "tasks", "values"):
    show("wide", True, False, built={"wide": True}, stream_mode=mode)
    show("wide failing", True, False, built={"wide": True, "fails": "b"}, stream_mode=mode)
