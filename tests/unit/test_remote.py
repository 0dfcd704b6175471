"""Graphs on servers: what is asked of a server and what is made of its answers."""

from __future__ import annotations

import asyncio
from typing import Any, Dict, List, NamedTuple

import pytest

from langgraph_rust.errors import GraphInterrupt, ParentCommand
from langgraph_rust.pregel._remote_run_stream import (
    _AsyncRemoteGraphRunStream,
    _RemoteGraphRunStream,
)
from langgraph_rust.pregel.protocol import StreamProtocol
from langgraph_rust.pregel.remote import RemoteException, RemoteGraph
from langgraph_rust.types import Command, GraphOutput, Interrupt


class Event(NamedTuple):
    event: str
    data: Any


class Server:
    """The parts of the SDK's client that take a call and give an answer, in either mode."""

    def __init__(self, answers: Dict[str, Any], asynchronous: bool = False) -> None:
        self.answers = answers
        self.asynchronous = asynchronous
        self.calls: List[Any] = []
        self.threads = self.runs = self.assistants = self

    def answer(self, name: str, kwargs: Any) -> Any:
        self.calls.append((name, kwargs))
        answer = self.answers[name]

        async def later() -> Any:
            return answer

        return later() if self.asynchronous else answer

    def get_state(self, **kwargs: Any) -> Any:
        return self.answer("get_state", kwargs)

    def get_history(self, **kwargs: Any) -> Any:
        return self.answer("get_history", kwargs)

    def update_state(self, **kwargs: Any) -> Any:
        return self.answer("update_state", kwargs)

    def get_graph(self, **kwargs: Any) -> Any:
        return self.answer("get_graph", kwargs)

    def stream(self, **kwargs: Any) -> Any:
        self.calls.append(("stream", kwargs))
        events = self.answers["stream"]

        async def later() -> Any:
            for event in events:
                yield event

        return later() if self.asynchronous else iter(events)


def checkpoint(number: str) -> Dict[str, Any]:
    return {"thread_id": "1", "checkpoint_ns": "", "checkpoint_id": number}


STATE = {
    "values": {"x": 1},
    "next": ["a"],
    "checkpoint": checkpoint("2"),
    "metadata": {"step": 1},
    "created_at": "now",
    "parent_checkpoint": checkpoint("1"),
    "tasks": [
        {
            "id": "t",
            "name": "a",
            "error": None,
            "interrupts": [{"value": "which?", "id": "i"}],
            "state": None,
            "checkpoint": checkpoint("3"),
        }
    ],
}


def remote(answers: Any, **options: Any) -> Any:
    return RemoteGraph("graph", sync_client=Server(answers), **options)  # type: ignore[arg-type]


def chunks(events: List[Event], asynchronous: bool, config: Any = None, **options: Any) -> Any:
    server: Any = Server({"stream": events}, asynchronous)
    graph = RemoteGraph("graph", client=server, sync_client=server)

    async def collect() -> List[Any]:
        return [chunk async for chunk in graph.astream({}, config, **options)]

    return asyncio.run(collect()) if asynchronous else list(graph.stream({}, config, **options))


both = pytest.mark.parametrize("asynchronous", [False, True])


def test_a_client_is_needed() -> None:
    with pytest.raises(ValueError, match="Sync client is not initialized"):
        RemoteGraph("graph").get_state({"configurable": {"thread_id": "1"}})


def test_a_state_becomes_a_snapshot() -> None:
    graph = remote({"get_state": STATE})
    snapshot = graph.get_state({"configurable": {"thread_id": "1", "checkpoint_id": "2"}})
    assert snapshot.values == {"x": 1}
    assert snapshot.next == ("a",)
    assert snapshot.config["configurable"]["checkpoint_id"] == "2"
    assert snapshot.parent_config["configurable"]["checkpoint_id"] == "1"
    assert snapshot.tasks[0].state == {"configurable": checkpoint("3")}
    assert snapshot.interrupts == (Interrupt("which?", "i"),)
    asked = graph.sync_client.calls[0][1]
    assert asked["checkpoint"] == {"thread_id": "1", "checkpoint_id": "2"}


def test_history_and_updates_name_the_thread() -> None:
    graph = remote({"get_history": [STATE], "update_state": {"checkpoint": checkpoint("4")}})
    config = {"configurable": {"thread_id": "1"}}
    assert len(list(graph.get_state_history(config, filter={"a": 1}))) == 1
    assert graph.update_state(config, {"x": 2}, "a")["configurable"]["checkpoint_id"] == "4"
    (_, history), (_, update) = graph.sync_client.calls
    assert (history["thread_id"], history["limit"], history["metadata"]) == ("1", 10, {"a": 1})
    assert (update["values"], update["as_node"]) == ({"x": 2}, "a")


def test_only_what_a_server_can_use_of_a_config_is_sent() -> None:
    graph = remote({"stream": []}, config={"tags": ["own"], "metadata": {"a": object(), "b": 1}})
    config = {
        "tags": ["more", 3],
        "recursion_limit": 5,
        "configurable": {"thread_id": "1", "checkpoint_ns": "x", "k": [1, object()], 2: 3},
    }
    list(graph.stream(Command(resume="yes"), config))
    asked = graph.sync_client.calls[0][1]
    assert asked["thread_id"] == "1"
    assert asked["input"] is None
    assert asked["command"]["resume"] == "yes"
    assert asked["config"] == {
        "tags": ["own", "more"],
        "recursion_limit": 5,
        "metadata": {"b": 1},
        "configurable": {"k": [1]},
    }


@both
def test_chunks_are_those_of_the_modes_asked_for(asynchronous: bool) -> None:
    events = [Event("metadata", {}), Event("values", {"x": 1}), Event("updates", {"a": {"x": 1}})]
    assert chunks(events, asynchronous, stream_mode="values") == [{"x": 1}]
    assert chunks(events, asynchronous) == [{"a": {"x": 1}}]
    assert chunks(events, asynchronous, stream_mode=["values"]) == [Event("values", {"x": 1})]


@both
def test_chunks_of_graphs_inside_come_with_their_namespace(asynchronous: bool) -> None:
    events = [Event("updates|a:1", {"b": 1}), Event("updates", {"a": 1})]
    assert chunks(events, asynchronous) == [{"a": 1}]
    assert chunks(events, asynchronous, subgraphs=True) == [(("a:1",), {"b": 1}), ((), {"a": 1})]


@both
def test_messages_are_asked_for_as_pairs(asynchronous: bool) -> None:
    events = [Event("messages", ["text", {"node": "a"}])]
    assert chunks(events, asynchronous, stream_mode="messages") == [("text", {"node": "a"})]


@both
def test_the_second_version_yields_parts(asynchronous: bool) -> None:
    events = [Event("values", {"x": 1, "__interrupt__": [{"value": "which?", "id": "i"}]})]
    part = chunks(events, asynchronous, stream_mode="values", version="v2")[0]
    assert part == {
        "type": "values",
        "ns": (),
        "data": {"x": 1},
        "interrupts": (Interrupt("which?", "i"),),
    }


@both
def test_failures_interrupts_and_commands_are_raised(asynchronous: bool) -> None:
    inside = {"configurable": {"checkpoint_ns": "outer:1"}}
    with pytest.raises(RemoteException):
        chunks([Event("error", "no")], asynchronous)
    interrupted = [Event("updates", {"__interrupt__": [{"value": "which?", "id": "i"}]})]
    assert len(chunks(interrupted, asynchronous)) == 1
    with pytest.raises(GraphInterrupt):
        chunks(interrupted, asynchronous, inside)
    with pytest.raises(ParentCommand):
        chunks([Event("command", {"graph": Command.PARENT, "goto": "a"})], asynchronous)


@both
def test_the_run_around_it_sees_all_events(asynchronous: bool) -> None:
    seen: List[Any] = []
    stream = StreamProtocol(seen.append, {"custom"})
    config = {"configurable": {"checkpoint_ns": "outer:1", "__pregel_stream": stream}}
    assert chunks([Event("custom|b:2", 1)], asynchronous, config) == []
    assert seen == [(("outer:1", "b:2"), "custom", 1)]


def test_the_output_is_the_last_values() -> None:
    graph = remote({"stream": [Event("values", {"x": 1}), Event("values", {"x": 2})]})
    assert graph.invoke({}) == {"x": 2}
    assert graph.invoke({}, version="v2") == GraphOutput({"x": 2})
    assert remote({"stream": []}).invoke({}) is None


def test_a_copy_keeps_clients_and_merges_configs() -> None:
    graph = remote({}, config={"configurable": {"a": 1}})
    other = graph.with_config({"configurable": {"b": 2}})
    assert other.config == {"configurable": {"a": 1, "b": 2}}
    assert other.sync_client is graph.sync_client


def test_servers_take_one_update_at_a_time() -> None:
    with pytest.raises(NotImplementedError):
        remote({}).bulk_update_state({}, [])


class Thread:
    """The SDK's stream of a thread."""

    thread_id = "1"
    events: List[Any] = [1, 2]
    values = output = "values"

    def __init__(self, fails: bool = False) -> None:
        self.log: List[str] = []
        self.fails = fails
        self.run = self

    def __enter__(self) -> None:
        self.log.append("open")

    def __exit__(self, *_: Any) -> None:
        self.log.append("close")

    async def __aenter__(self) -> None:
        self.log.append("open")

    async def __aexit__(self, *_: Any) -> None:
        self.log.append("close")

    def begin(self) -> Any:
        if self.fails:
            raise ConnectionError
        self.log.append("start")
        return {"run_id": "r"}


class SyncThread(Thread):
    def start(self, **_: Any) -> Any:
        return self.begin()


class AsyncThread(Thread):
    async def start(self, **_: Any) -> Any:
        return self.begin()


def stream_of(thread: Any, asynchronous: bool, input: Any = None) -> Any:
    options: Any = {"sdk_thread": thread, "input": input, "config": None, "metadata": None}
    if asynchronous:
        return _AsyncRemoteGraphRunStream(client=Server({}), **options)  # type: ignore[arg-type]
    return _RemoteGraphRunStream(sync_client=Server({}), **options)  # type: ignore[arg-type]


def enter(stream: Any, asynchronous: bool) -> None:
    async def later() -> None:
        async with stream:
            pass

    if asynchronous:
        asyncio.run(later())
    else:
        with stream:
            pass


@both
def test_entering_a_stream_starts_the_run_once(asynchronous: bool) -> None:
    thread = AsyncThread() if asynchronous else SyncThread()
    stream = stream_of(thread, asynchronous)
    enter(stream, asynchronous)
    assert thread.log == ["open", "start", "close"]
    with pytest.raises(RuntimeError, match="already closed"):
        enter(stream, asynchronous)


@both
def test_a_run_that_does_not_start_closes_its_stream(asynchronous: bool) -> None:
    thread = AsyncThread(True) if asynchronous else SyncThread(True)
    with pytest.raises(ConnectionError):
        enter(stream_of(thread, asynchronous), asynchronous)
    assert thread.log == ["open", "close"]


@both
def test_a_stream_is_resumed_and_not_steered(asynchronous: bool) -> None:
    stream = stream_of(Thread(), asynchronous, Command(resume=1))
    assert stream._start_kwargs["input"] == 1
    with pytest.raises(NotImplementedError, match="Command"):
        stream_of(Thread(), asynchronous, Command(goto="a"))


def test_unsupported_arguments_of_a_stream_are_refused() -> None:
    for options in (
        {"control": 1},
        {"transformers": [1]},
        {"interrupt_before": ["a"]},
        {"other": 1},
    ):
        with pytest.raises(NotImplementedError):
            remote({}).stream_events({}, version="v3", **options)
    with pytest.raises(NotImplementedError, match="v2"):
        asyncio.run(remote({}).astream_events({}, version="v2"))
