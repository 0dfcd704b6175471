"""What is put in the place of our methods from outside is called, as long as it stands there."""

from __future__ import annotations

import asyncio
from contextlib import contextmanager
from typing import Any, Iterator, List

import pytest
from typing_extensions import TypedDict

from langgraph_rust._internal._runnable import RunnableCallable, RunnableSeq
from langgraph_rust.checkpoint.memory import InMemorySaver
from langgraph_rust.graph import START, StateGraph
from langgraph_rust.pregel import Pregel
from langgraph_rust.pregel._loop import PregelLoop
from langgraph_rust.pregel._write import ChannelWrite

THREAD: Any = {"configurable": {"thread_id": "1"}}


class State(TypedDict, total=False):
    count: int


def _chain(**options: Any) -> Any:
    graph = StateGraph(State)
    graph.add_node("first", lambda state: {"count": state["count"] + 1})
    graph.add_node("second", lambda state: {"count": state["count"] + 1})
    graph.add_edge(START, "first")
    graph.add_edge("first", "second")
    return graph.compile(**options)


@contextmanager
def _watched(owner: type, name: str) -> Iterator[List[Any]]:
    calls: List[Any] = []
    own = owner.__dict__[name]
    plain = own.__func__ if isinstance(own, staticmethod) else own

    def watching(*args: Any, **kwargs: Any) -> Any:
        calls.append(name)
        return plain(*args, **kwargs)

    setattr(owner, name, staticmethod(watching) if isinstance(own, staticmethod) else watching)
    try:
        yield calls
    finally:
        setattr(owner, name, own)


def _invoke(drive: str, graph: Any, config: Any = None) -> Any:
    if drive == "sync":
        return graph.invoke({"count": 0}, config)
    return asyncio.run(graph.ainvoke({"count": 0}, config))


both_drivers = pytest.mark.parametrize("drive", ["sync", "async"])


@both_drivers
@pytest.mark.parametrize(("method", "calls"), [("tick", 4), ("after_tick", 3), ("put_writes", 3)])
def test_a_replaced_method_of_the_loop_is_called_in_every_superstep(
    drive: str, method: str, calls: int
):
    with _watched(PregelLoop, method) as seen:
        assert _invoke(drive, _chain())["count"] == 2
    assert len(seen) == calls


@both_drivers
def test_replaced_sequences_run_the_nodes_of_a_graph_that_ran_before(drive: str):
    graph = _chain()
    _invoke(drive, graph)
    with _watched(RunnableSeq, "invoke" if drive == "sync" else "ainvoke") as seen:
        assert _invoke(drive, graph)["count"] == 2
    assert len(seen) == 2
    assert _invoke(drive, graph)["count"] == 2
    assert len(seen) == 2


@both_drivers
def test_replaced_steps_are_called_one_by_one(drive: str):
    with _watched(RunnableCallable, "invoke" if drive == "sync" else "ainvoke") as steps:
        _invoke(drive, _chain())
    with _watched(ChannelWrite, "do_write") as writes:
        _invoke(drive, _chain())
    # the input's writer, then each node's function and writer
    assert (len(steps), len(writes)) == (5, 3)


@both_drivers
def test_a_replaced_stream_serves_invoke(drive: str):
    with _watched(Pregel, "stream" if drive == "sync" else "astream") as seen:
        assert _invoke(drive, _chain())["count"] == 2
    assert len(seen) == 1


def test_an_older_stream_in_our_place_is_not_told_the_version():
    graph = _chain()
    told: List[Any] = []

    def stream(*args: Any, **options: Any) -> Any:
        told.append(options)
        return type(graph).stream(graph, *args, **options)

    graph.stream = stream
    assert graph.invoke({"count": 0})["count"] == 2
    assert "version" not in told[0]


@both_drivers
def test_a_savers_replaced_methods_are_called(drive: str):
    names = ("put", "put_writes") if drive == "sync" else ("aput", "aput_writes")
    for name in names:
        with _watched(InMemorySaver, name) as seen:
            _invoke(drive, _chain(checkpointer=InMemorySaver()), THREAD)
        assert seen


@both_drivers
def test_a_method_put_on_one_saver_is_called(drive: str):
    saver = InMemorySaver()
    name = "put" if drive == "sync" else "aput"
    own, steps = getattr(saver, name), []

    def put(config: Any, checkpoint: Any, metadata: Any, versions: Any) -> Any:
        steps.append(metadata["step"])
        return own(config, checkpoint, metadata, versions)

    setattr(saver, name, put)
    _invoke(drive, _chain(checkpointer=saver), THREAD)
    assert steps == [-1, 0, 1, 2]
