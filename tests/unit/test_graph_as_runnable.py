"""A compiled graph among langchain's Runnables: composed, wrapped, batched, observed."""

from __future__ import annotations

import asyncio
from typing import Any

import pytest
from typing_extensions import TypedDict

pytest.importorskip("langchain_core")

from langchain_core.callbacks import BaseCallbackHandler, adispatch_custom_event
from langchain_core.runnables import (
    Runnable,
    RunnableConfig,
    RunnableLambda,
    RunnableParallel,
    RunnablePassthrough,
    ensure_config,
)

from langgraph_rust.graph import START, StateGraph


class State(TypedDict):
    x: int


def graph_of(node: Any, name: str = "graph") -> Any:
    return StateGraph(State).add_node("node", node).add_edge(START, "node").compile(name=name)


def add_one(state: State) -> State:
    return {"x": state["x"] + 1}


async def aadd_one(state: State) -> State:
    await asyncio.sleep(0)
    return add_one(state)


def invoke(runnable: Any, *args: Any) -> Any:
    return runnable.invoke(*args)


def ainvoke(runnable: Any, *args: Any) -> Any:
    return asyncio.run(runnable.ainvoke(*args))


@pytest.fixture(params=[invoke, ainvoke])
def call(request):
    """Call a Runnable, in a sync run or on an event loop."""
    return request.param


def test_it_is_a_runnable_and_composes_with_others(call):
    graph = graph_of(add_one)
    assert isinstance(graph, Runnable)
    take = RunnableLambda(lambda state: state["x"])
    assert call(graph | take, {"x": 1}) == 2
    assert call(RunnableLambda(lambda x: {"x": x}) | graph | take, 1) == 2
    assert call((lambda x: {"x": x}) | graph, 1) == {"x": 2}
    assert call(graph.pipe(graph, take), {"x": 1}) == 3
    assert call(RunnableParallel(a=graph, b=take), {"x": 1}) == {"a": {"x": 2}, "b": 1}
    assert call(RunnablePassthrough.assign(y=graph), {"x": 1}) == {"x": 1, "y": {"x": 2}}


def test_it_is_wrapped_like_any_runnable(call):
    tries = []

    def fail_once(state: State) -> State:
        tries.append(state["x"])
        if len(tries) == 1:
            raise ValueError("once")
        return state

    graph = graph_of(fail_once)
    assert call(graph.with_retry(wait_exponential_jitter=False), {"x": 1}) == {"x": 1}

    def fail(state: State) -> State:
        raise ValueError("always")

    assert call(graph_of(fail).with_fallbacks([graph]), {"x": 1}) == {"x": 1}
    assert call(graph.with_config(tags=["t"]).bind(), {"x": 1}) == {"x": 1}
    assert call(graph.map(), [{"x": 1}, {"x": 2}]) == [{"x": 1}, {"x": 2}]


def test_it_runs_in_batches():
    graph = graph_of(add_one)
    inputs, outputs = [{"x": 1}, {"x": 2}], [{"x": 2}, {"x": 3}]
    assert graph.batch(inputs) == asyncio.run(graph.abatch(inputs)) == outputs
    assert [out for _, out in sorted(graph.batch_as_completed(inputs))] == outputs


@pytest.mark.parametrize("node", [add_one, aadd_one])
def test_its_events_are_those_of_langchain(node):
    async def main() -> Any:
        found = graph_of(node).astream_events({"x": 1}, version="v2", include_types=["chain"])
        return [(event["event"], event["name"]) async for event in found]

    events = asyncio.run(main())
    chain = [event for event in events if event[0] != "on_chain_stream"]
    assert chain == [
        ("on_chain_start", "graph"),
        ("on_chain_start", "node"),
        ("on_chain_end", "node"),
        ("on_chain_end", "graph"),
    ]
    assert ("on_chain_stream", "graph") in events


def test_its_schema_is_known_to_langchain():
    assert "x" in graph_of(add_one).get_input_jsonschema()["properties"]


class Recorder(BaseCallbackHandler):
    """Keeps name, parent's name and tags of each run."""

    run_inline = True

    def __init__(self) -> None:
        self.names: dict = {None: None}
        self.runs: list = []

    def on_chain_start(self, serialized: Any, inputs: Any, **run: Any) -> None:
        self.names[run["run_id"]] = run["name"]
        self.runs.append((run["name"], self.names[run.get("parent_run_id")], set(run["tags"])))


def test_what_a_node_runs_without_passing_its_config_is_its_child(call):
    inner = RunnableLambda(lambda x: x, name="inner")

    def node(state: State) -> State:
        return inner.invoke(state)

    recorder = Recorder()
    call(graph_of(node), {"x": 1}, {"callbacks": [recorder], "tags": ["t"]})
    assert recorder.runs == [
        ("graph", None, {"t"}),
        ("node", "graph", {"t", "graph:step:1"}),
        ("inner", "node", {"t", "seq:step:1"}),
    ]


def test_what_an_async_node_runs_is_its_child_on_every_python():
    inner = RunnableLambda(lambda x: x, name="inner")

    async def node(state: State) -> State:
        await asyncio.sleep(0)
        return await inner.ainvoke(state)

    recorder = Recorder()
    ainvoke(graph_of(node), {"x": 1}, {"callbacks": [recorder]})
    assert [run[:2] for run in recorder.runs] == [
        ("graph", None),
        ("node", "graph"),
        ("inner", "node"),
    ]


@pytest.mark.parametrize("callbacks", [[], [Recorder()]], ids=["unobserved", "observed"])
def test_a_node_finds_its_config_by_parameter_and_by_context(call, callbacks):
    found: dict = {}

    def node(state: State, config: RunnableConfig) -> State:
        for seen in (config, ensure_config()):
            conf = seen["configurable"]
            found.setdefault("user", []).append(conf["user"])
            found.setdefault("node", []).append(seen["metadata"]["langgraph_node"])
            found.setdefault("tags", []).append(seen["tags"])
        return state

    config = {"configurable": {"user": "u"}, "tags": ["t"], "callbacks": callbacks}
    call(graph_of(node), {"x": 1}, config)
    assert found == {"user": ["u", "u"], "node": ["node", "node"], "tags": [["t"], ["t"]]}


def test_a_node_may_dispatch_events_that_nobody_hears():
    async def node(state: State, config: RunnableConfig) -> State:
        await adispatch_custom_event("event", state, config=config)
        return state

    assert ainvoke(graph_of(node), {"x": 1}) == {"x": 1}
