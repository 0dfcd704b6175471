"""Rules of run streams and of the built-in transformers."""

from __future__ import annotations

import asyncio
import os
import subprocess
import sys

import pytest
from stream_lanes import AsyncLane, SyncLane, event, part

from langgraph_rust.stream import (
    CustomTransformer,
    LifecycleTransformer,
    StreamChannel,
    StreamTransformer,
    SubgraphTransformer,
    UpdatesTransformer,
    _open,
)
from langgraph_rust.stream._mux import StreamMux
from langgraph_rust.stream.run_stream import AsyncGraphRunStream
from langgraph_rust.stream.transformers import MessagesTransformer, ValuesTransformer

BUILT_IN = [ValuesTransformer, LifecycleTransformer, SubgraphTransformer]

pytestmark = pytest.mark.filterwarnings("ignore:The v3 streaming protocol")


@pytest.fixture(params=[SyncLane, AsyncLane])
def lane(request):
    return request.param()


def started(task_id, ns=(), **data):
    return part("tasks", {"id": task_id, "name": "n", "input": None, **data}, ns)


def ended(task_id, ns=(), **data):
    return part("tasks", {"id": task_id, "name": "n", "result": {}, **data}, ns)


def nested_run(lane, *parts, factories=BUILT_IN):
    return lane.run(parts, lane.mux(factories=factories))


SUB = ("sub:t1",)


def test_values_are_those_of_the_own_namespace(lane):
    run = nested_run(lane, part("values", 1), part("values", 2, SUB), part("values", 3))
    assert lane.drain(run.values) == [1, 3]


def test_output_is_the_last_value_whatever_is_registered(lane):
    run = nested_run(lane, part("values", 1), part("values", 2), factories=[])
    assert lane.output(run) == 2


def test_output_raises_what_the_run_failed_with(lane):
    def parts():
        yield part("values", 1)
        raise ValueError("node")

    run = lane.run(parts(), lane.mux(factories=BUILT_IN))
    with pytest.raises(ValueError, match="node"):
        lane.output(run)
    with pytest.raises(ValueError, match="node"):
        lane.drain(run.values)


def test_interrupts_are_collected():
    lane = SyncLane()
    run = nested_run(
        lane, part("values", 1, interrupts=("a",)), part("values", 1, interrupts=("b",))
    )
    assert run.interrupted is True
    assert run.interrupts == ["a", "b"]


def test_a_missing_projection_names_the_registered_ones(lane):
    run = nested_run(lane)
    with pytest.raises(AttributeError, match="lifecycle, subgraphs, values"):
        _ = run.valeus


def test_a_half_made_run_has_no_projections():
    with pytest.raises(AttributeError, match="none"):
        _ = AsyncGraphRunStream.__new__(AsyncGraphRunStream).values


def test_lifecycle_tells_start_and_end_at_every_depth(lane):
    deep = (*SUB, "deep:t2")
    run = nested_run(
        lane,
        started("t1"),
        started("t2", SUB),
        started("t3", deep),
        ended("t2", SUB, error="broke"),
        ended("t1"),
    )
    assert [
        (item["event"], tuple(item["namespace"]), item.get("error"))
        for item in lane.drain(run.lifecycle)
    ] == [
        ("started", SUB, None),
        ("started", deep, None),
        ("failed", deep, "broke"),
        ("completed", SUB, None),
    ]


def test_an_agent_is_named_and_tells_the_tool_call_that_caused_it(lane):
    call = {"tool_call": {"id": "call-7"}}
    run = nested_run(
        lane,
        started("t1", input=call),
        started("t2", SUB, metadata={"lc_agent_name": "ada"}),
    )
    item = lane.drain(run.lifecycle)[0]
    assert item["graph_name"] == "ada"
    assert item["cause"] == {"type": "toolCall", "tool_call_id": "call-7"}


def test_a_subgraph_has_a_run_of_its_own(lane):
    run = nested_run(
        lane,
        started("t1"),
        started("t2", SUB),
        part("values", "inner", SUB),
        ended("t1"),
        part("values", "outer"),
        factories=[*BUILT_IN, Collect],
    )
    assert lane.output(run) == "outer"
    (handle,) = run.extensions["handles"]
    assert handle.path == SUB
    assert (handle.graph_name, handle.trigger_call_id) == ("sub", "t1")
    assert handle.status == "completed"
    assert lane.output(handle) == "inner"


class Collect(StreamTransformer):
    """Subscribes to the subgraphs of its mux, to keep their handles."""

    def __init__(self, scope=()):
        super().__init__(scope)
        self.handles = []

    def init(self):
        return {"handles": self.handles}

    def _on_register(self, mux):
        kept = self.handles
        channel = mux.extensions["subgraphs"]
        channel.push = kept.append

    def process(self, event):
        return True


@pytest.mark.parametrize(
    ("result", "status"),
    [
        ({}, "completed"),
        ({"error": "broke"}, "failed"),
        ({"error": "broke", "interrupts": ["?"]}, "interrupted"),
    ],
)
def test_the_result_of_its_task_ends_a_subgraph(lane, result, status):
    run = nested_run(
        lane,
        started("t1"),
        started("t2", SUB),
        ended("t1", **result),
        factories=[*BUILT_IN, Collect],
    )
    lane.output(run)
    (handle,) = run.extensions["handles"]
    assert handle.status == status
    assert handle.error == ("broke" if status == "failed" else None)


def test_a_failed_run_fails_its_open_subgraphs(lane):
    def parts():
        yield started("t1")
        yield started("t2", SUB)
        raise ValueError("node")

    run = lane.run(parts(), lane.mux(factories=[*BUILT_IN, Collect]))
    with pytest.raises(ValueError):
        lane.output(run)
    (handle,) = run.extensions["handles"]
    assert (handle.status, handle.error) == ("failed", "node")
    with pytest.raises(ValueError, match="node"):
        lane.output(handle)


def test_data_transformers_pass_on_their_mode_of_their_namespace(lane):
    run = nested_run(
        lane,
        part("custom", 1),
        part("updates", 2),
        part("custom", 3, SUB),
        factories=[CustomTransformer, UpdatesTransformer],
    )
    assert lane.drain(run.custom) == [1]


def test_interleave_follows_arrival():
    run = nested_run(
        SyncLane(),
        part("values", "v1"),
        part("custom", "c1"),
        part("values", "v2"),
        factories=[ValuesTransformer, CustomTransformer],
    )
    assert list(run.interleave("custom", "values")) == [
        ("values", "v1"),
        ("custom", "c1"),
        ("values", "v2"),
    ]
    assert not run.values._subscribed


def test_interleave_delivers_what_the_end_of_the_run_pushes():
    run = nested_run(SyncLane(), started("t1"), started("t2", SUB))
    events = [item["event"] for _, item in run.interleave("lifecycle")]
    assert events == ["started", "completed"]


def test_interleave_takes_free_channels_only():
    run = nested_run(SyncLane())
    with pytest.raises(KeyError):
        next(run.interleave("nothing"))
    iter(run.values)
    with pytest.raises(RuntimeError, match="'values' already has a subscriber"):
        next(run.interleave("lifecycle", "values"))
    assert not run.lifecycle._subscribed


def test_aborting_closes_the_graph_and_the_projections(lane):
    closed = []

    def parts():
        try:
            while True:
                yield part("values", 1)
        finally:
            closed.append(True)

    class Source:
        def __init__(self):
            self.parts = parts()

        def __next__(self):
            return next(self.parts)

        async def __anext__(self):
            return next(self.parts)

        def close(self):
            self.parts.close()

        async def aclose(self):
            self.parts.close()

    mux = lane.mux(factories=BUILT_IN)
    run = lane.run((), mux)
    run._graph_iter = run._graph_aiter = source = Source()
    next(source)
    lane.abort(run)
    lane.abort(run)
    assert closed == [True]
    assert lane.drain(run.values) == []


def test_tasks_share_one_pump():
    pulls = []

    async def parts():
        for number in range(3):
            pulls.append(number)
            await asyncio.sleep(0)
            yield part("values", number)
            yield part("custom", number)

    async def run():
        mux = StreamMux(factories=[ValuesTransformer, CustomTransformer], is_async=True)
        stream = AsyncGraphRunStream(parts(), mux)

        async def collect(channel):
            return [item async for item in channel]

        return await asyncio.gather(collect(stream.values), collect(stream.custom))

    assert asyncio.run(run()) == [[0, 1, 2], [0, 1, 2]]
    assert pulls == [0, 1, 2]


def test_aborting_cancels_a_pull_in_flight_and_wakes_the_others():
    cancelled = []

    async def parts():
        try:
            await asyncio.Event().wait()
        except asyncio.CancelledError:
            cancelled.append(True)
            raise
        yield

    async def run():
        stream = AsyncGraphRunStream(parts(), StreamMux(is_async=True))
        consumers = [asyncio.ensure_future(stream.output()) for _ in range(2)]
        await asyncio.sleep(0)
        await asyncio.sleep(0)
        await stream.abort()
        return await asyncio.gather(*consumers)

    assert asyncio.run(run()) == [None, None]
    assert cancelled == [True]


def test_messages_of_tools_and_older_chunks_are_left_out():
    messages = pytest.importorskip("langchain_core.messages")
    pytest.importorskip("langchain_core.language_models.chat_model_stream")
    mux = SyncLane().mux(MessagesTransformer())
    mux.bind_pump(lambda: False)
    iter(mux.extensions["messages"])
    for message in (
        messages.AIMessageChunk(content="chunk"),
        messages.ToolMessage(content="tool", tool_call_id="1"),
        messages.AIMessage(content="whole", id="m1"),
    ):
        mux.push(event("messages", (message, {"langgraph_node": "n"})))
    ((_, stream),) = mux.extensions["messages"]._items
    assert stream.node == "n"
    assert str(stream.text) == "whole"


class FakeGraph:
    """Records how it is streamed."""

    config = None
    stream_transformers = (CustomTransformer,)

    def stream(self, input, **kwargs):
        self.kwargs = kwargs
        return iter([part("values", input)])


@pytest.mark.parametrize("name", ["stream_mode", "subgraphs"])
def test_what_the_protocol_decides_cannot_be_passed(name):
    with pytest.raises(TypeError, match=f"not accept {name}"):
        _open._reject_v3_invariant_kwargs({name: 1})


def test_modes_are_those_that_transformers_require():
    mux = StreamMux(factories=[*BUILT_IN, CustomTransformer])
    assert _open._collect_stream_modes(mux) == ["values", "tasks", "custom"]


def test_transformers_are_factories():
    with pytest.raises(TypeError, match="pre-built instance ValuesTransformer"):
        _open._normalize_stream_transformer_factories([ValuesTransformer()])
    with pytest.raises(TypeError, match="got int"):
        _open._normalize_stream_transformer_factories([1])


def test_importing_the_transformers_loads_nothing_heavy():
    code = (
        "import langgraph_rust.stream.transformers, sys;"
        "print([m for m in ('langchain_core', 'pydantic', 'asyncio', 'logging')"
        " if m in sys.modules])"
    )
    shown = subprocess.run(
        [sys.executable, "-c", code],
        env={**os.environ, "PYTHONPATH": os.pathsep.join(sys.path)},
        stdout=subprocess.PIPE,
        check=True,
        text=True,
    )
    assert shown.stdout.strip() == "[]"


def test_names_are_those_of_upstream():
    assert StreamChannel.__module__ == "langgraph.stream.stream_channel"
    assert ValuesTransformer.__module__ == "langgraph.stream.transformers"
    assert StreamMux.__module__ == "langgraph.stream._mux"


def counting_graph():
    from langgraph_rust.graph import START, StateGraph

    builder = StateGraph(int)
    builder.add_node("a", lambda x: x + 1)
    builder.add_node("b", lambda x: x + 1)
    builder.add_edge(START, "a")
    builder.add_edge("a", "b")
    return builder.compile()


def test_an_asyncio_stream_of_a_graph_can_be_closed_halfway():
    async def run():
        stream = counting_graph().astream(1, stream_mode="updates")
        first = await stream.__anext__()
        await stream.aclose()
        with pytest.raises(StopAsyncIteration):
            await stream.__anext__()
        return first

    assert asyncio.run(run()) == {"a": 2}


def test_events_of_a_graph_are_pumped_by_their_reader():
    run = counting_graph().stream_events(1, version="v3", transformers=[UpdatesTransformer])
    assert list(run.interleave("values", "updates")) == [
        ("values", 1),
        ("updates", {"a": 2}),
        ("values", 2),
        ("updates", {"b": 3}),
        ("values", 3),
    ]
    assert run.output == 3


def failing_nested_graph():
    from langgraph_rust.graph import START, StateGraph

    def fail(x):
        raise ValueError("inner")

    inner = StateGraph(int).add_node("fail", fail).add_edge(START, "fail").compile()
    return StateGraph(int).add_node("inner", inner).add_edge(START, "inner").compile()


@pytest.mark.parametrize("is_async", [False, True])
def test_what_a_run_emits_comes_before_its_failure(is_async):
    graph, seen = failing_nested_graph(), []

    def note(chunk):
        namespace, task = chunk
        seen.append((len(namespace), task.get("error")))

    async def run():
        async for chunk in graph.astream(1, stream_mode="tasks", subgraphs=True):
            note(chunk)

    for _ in range(20):
        seen.clear()
        with pytest.raises(ValueError, match="inner"):
            if is_async:
                asyncio.run(run())
            else:
                for chunk in graph.stream(1, stream_mode="tasks", subgraphs=True):
                    note(chunk)
        assert [error is not None for _, error in seen] == [False, False, True, True]
        assert [depth for depth, _ in seen] == [0, 1, 1, 0]
