"""What is stored and cannot be read is told with thread, checkpoint and channel.

The rest of the thread stays as usable as it was.
"""

from __future__ import annotations

import asyncio
import operator
import pickle
import sys
import types
from dataclasses import make_dataclass

import pytest
from typing_extensions import Annotated, TypedDict

from langgraph_rust.channels.delta import DeltaChannel
from langgraph_rust.checkpoint.memory import InMemorySaver
from langgraph_rust.checkpoint.serde._codec import pack, unpack
from langgraph_rust.checkpoint.serde._skim import path_of_break
from langgraph_rust.checkpoint.serde.jsonplus import JsonPlusSerializer
from langgraph_rust.errors import CheckpointError, UnreadableCheckpointError
from langgraph_rust.graph import END, START, StateGraph

CONFIG = {"configurable": {"thread_id": "t1"}}


class State(TypedDict, total=False):
    log: Annotated[list, operator.add]
    found: object


def extension(code: int, content: bytes) -> bytes:
    return b"\xc8" + len(content).to_bytes(2, "big") + bytes([code]) + content


def object_of(module: str, name: str) -> bytes:
    """A dataclass, as it is stored."""
    return extension(2, pack([module, name, {"x": 1}]))


DAMAGES = {
    "corrupt": (b"\x93\x01\x02", "bytes are damaged"),
    "unknown extension": (extension(99, b"?"), "msgpack extensions of type 99"),
    "no module": (object_of("no_such_module", "Thing"), "no_such_module.Thing"),
    "no class": (object_of("types", "NoSuchClass"), "types.NoSuchClass"),
    "nested": (
        b"\x81\xa1k\x91" + object_of("no_such_module", "Thing"),
        "no_such_module.Thing",
    ),
    "inside an object": (
        extension(2, b"\x93" + pack("types") + pack("SimpleNamespace") + b"\x81\xa1x\xc1"),
        "bytes are damaged",
    ),
}


def compiled(saver, state=State):
    graph = StateGraph(state)
    graph.add_node("find", lambda state: {"log": ["find"], "found": {"x": 1}})
    graph.add_node("use", lambda state: {"log": ["use"]})
    graph.add_edge(START, "find")
    graph.add_edge("find", "use")
    graph.add_edge("use", END)
    return graph.compile(checkpointer=saver)


def damage(saver, channel, content, kind="msgpack"):
    """Change what is stored as the channel's value; returns how many values were."""
    places = [key for key in saver.blobs if key[2] == channel]
    for place in places:
        saver.blobs[place] = (kind, content)
    return len(places)


@pytest.fixture
def saver():
    return InMemorySaver()


@pytest.fixture
def graph(saver):
    graph = compiled(saver)
    graph.invoke({"log": ["input"]}, CONFIG)
    return graph


@pytest.mark.parametrize("content,told", DAMAGES.values(), ids=DAMAGES)
def test_the_error_names_thread_checkpoint_and_channel(saver, graph, content, told):
    newest = graph.get_state(CONFIG).config["configurable"]["checkpoint_id"]
    assert damage(saver, "found", content)
    with pytest.raises(UnreadableCheckpointError) as caught:
        graph.get_state(CONFIG)
    error = caught.value
    where = (error.thread_id, error.checkpoint_ns, error.checkpoint_id, error.channel)
    assert where == ("t1", "", newest, "found")
    for part in ("'t1'", newest, "'found'", told):
        assert part in str(error)
    assert isinstance(error, CheckpointError) and isinstance(error, ValueError)


@pytest.mark.parametrize("content,told", DAMAGES.values(), ids=DAMAGES)
def test_every_way_to_the_checkpoint_tells_the_same(saver, graph, content, told):
    damage(saver, "found", content)
    ways = [
        lambda: graph.invoke(None, CONFIG),
        lambda: graph.invoke({"log": ["again"]}, CONFIG),
        lambda: graph.update_state(CONFIG, {"log": ["edited"]}, as_node="use"),
        lambda: next(graph.get_state_history(CONFIG)),
        lambda: asyncio.run(graph.aget_state(CONFIG)),
        lambda: asyncio.run(graph.ainvoke({"log": ["again"]}, CONFIG)),
    ]
    for way in ways:
        with pytest.raises(UnreadableCheckpointError, match="channel 'found'"):
            way()


def test_the_rest_of_the_thread_stays_readable(saver, graph):
    history = list(graph.get_state_history(CONFIG))
    good, bad = history[2], history[1]
    damage(saver, "found", b"\xc1")
    assert graph.get_state(good.config).values == good.values
    with pytest.raises(UnreadableCheckpointError) as caught:
        list(graph.get_state_history(CONFIG, before=history[0].config))
    assert caught.value.checkpoint_id == bad.config["configurable"]["checkpoint_id"]
    assert good.config["configurable"]["checkpoint_id"] in str(caught.value)
    older = graph.get_state_history(CONFIG, before=bad.config)
    assert [state.values for state in older] == [state.values for state in history[2:]]


def test_the_thread_goes_on_from_a_readable_checkpoint(saver, graph):
    good = list(graph.get_state_history(CONFIG))[2]
    damage(saver, "found", b"\xc1")
    assert graph.invoke(None, good.config)["log"] == ["input", "find", "use"]
    assert graph.get_state(CONFIG).values["found"] == {"x": 1}


def test_pending_writes_are_told_by_their_channel(saver):
    def weak(state):
        raise LookupError("no")

    builder = StateGraph(State)
    builder.add_node("strong", lambda state: {"found": 1})
    builder.add_node("weak", weak)
    builder.add_edge(START, "strong")
    builder.add_edge(START, "weak")
    graph = builder.compile(checkpointer=saver)
    with pytest.raises(LookupError):
        graph.invoke({"log": []}, CONFIG)
    changed = 0
    for writes in saver.writes.values():
        for place, (task, channel, _, path) in list(writes.items()):
            if channel == "found":
                writes[place] = (task, channel, ("msgpack", b"\xc1"), path)
                changed += 1
    assert changed == 1
    with pytest.raises(UnreadableCheckpointError, match="channel 'found'"):
        graph.invoke(None, CONFIG)


def test_the_history_of_a_delta_channel_is_told_by_its_channel(saver):
    class Delta(TypedDict, total=False):
        log: Annotated[list, DeltaChannel(lambda value, writes: value + sum(writes, []))]

    graph = compiled(saver, Delta)
    graph.invoke({"log": ["input"]}, CONFIG)
    changed = 0
    for writes in saver.writes.values():
        for place, (task, channel, _, path) in list(writes.items()):
            if channel == "log":
                writes[place] = (task, channel, ("msgpack", b"\xc1"), path)
                changed += 1
    assert changed
    with pytest.raises(UnreadableCheckpointError, match="channel 'log'"):
        graph.get_state(CONFIG)


def test_a_version_of_the_future_is_refused(saver, graph):
    newest = graph.get_state(CONFIG).config["configurable"]["checkpoint_id"]
    for namespaces in saver.storage.values():
        for checkpoints in namespaces.values():
            for key, ((kind, content), *rest) in list(checkpoints.items()):
                if key == newest:
                    checkpoint = {**saver.serde.loads_typed((kind, content)), "v": 5}
                    checkpoints[key] = (saver.serde.dumps_typed(checkpoint), *rest)
    with pytest.raises(UnreadableCheckpointError) as caught:
        graph.invoke({"log": []}, CONFIG)
    for part in ("'t1'", newest, "version 5", "up to 4"):
        assert part in str(caught.value)
    before = list(graph.get_state_history(CONFIG, before=caught_config(newest)))
    assert len(before) == 3


def caught_config(checkpoint_id):
    return {"configurable": {"thread_id": "t1", "checkpoint_id": checkpoint_id}}


@pytest.mark.parametrize("touched", [True, False], ids=["looked at", "never looked at"])
def test_a_class_that_went_away_is_told_by_its_channel(saver, monkeypatch, touched):
    module = types.ModuleType("some_program")
    module.Thing = make_dataclass("Thing", ["x"])
    module.Thing.__module__ = "some_program"
    monkeypatch.setitem(sys.modules, "some_program", module)
    builder = StateGraph(State)
    builder.add_node("find", lambda state: {"found": [module.Thing(1)], "log": ["find"]})
    builder.add_edge(START, "find")
    graph = builder.compile(checkpointer=saver)
    graph.invoke({"log": []}, CONFIG)
    assert graph.get_state(CONFIG).values["found"] == [module.Thing(1)]
    if touched:
        assert saver.blobs
    del module.Thing
    for way in (graph.get_state, lambda config: list(graph.get_state_history(config))):
        with pytest.raises(UnreadableCheckpointError, match="some_program.Thing") as caught:
            way(CONFIG)
        assert caught.value.channel == "found"


def test_what_the_graph_has_no_channel_for_does_not_matter(saver, graph):
    class Less(TypedDict, total=False):
        log: Annotated[list, operator.add]

    damage(saver, "found", object_of("no_such_module", "Thing"))
    builder = StateGraph(Less)
    builder.add_node("use", lambda state: {"log": ["use again"]})
    builder.add_edge(START, "use")
    less = builder.compile(checkpointer=saver)
    assert less.get_state(CONFIG).values == {"log": ["input", "find", "use"]}
    assert less.invoke({"log": []}, CONFIG)["log"][-1] == "use again"


def test_parts_are_kept_where_that_is_asked_for(saver, graph, monkeypatch):
    monkeypatch.setenv("LANGGRAPH_RUST_KEEP_UNREADABLE", "true")
    damage(saver, "found", object_of("no_such_module", "Thing"))
    assert graph.get_state(CONFIG).values["found"] == {"x": 1}


def test_a_class_that_a_function_defines_is_read_as_its_parts(saver, graph, monkeypatch):
    local = make_dataclass("Local", ["x"])
    local.__module__, local.__qualname__ = "some_program", "main.<locals>.Local"
    monkeypatch.setitem(sys.modules, "some_program", types.ModuleType("some_program"))
    damage(saver, "found", object_of("some_program", "Local"))
    assert graph.get_state(CONFIG).values["found"] == {"x": 1}


def test_a_serializer_alone_does_what_langgraphs_does():
    serde = JsonPlusSerializer()
    assert serde.loads_typed(("msgpack", object_of("no_such_module", "Thing"))) == {"x": 1}
    assert serde.loads_typed(("msgpack", extension(99, b"?"))) is None
    with pytest.raises(ValueError):
        serde.loads_typed(("msgpack", b"\xc1"))


def test_a_saver_s_own_error_stays_what_it_is(saver, graph, monkeypatch):
    def fail(config):
        raise OSError("the disk is gone")

    monkeypatch.setattr(saver, "get_tuple", fail)
    with pytest.raises(OSError, match="the disk is gone") as caught:
        graph.get_state(CONFIG)
    if sys.version_info >= (3, 11):
        assert "thread 't1'" in caught.value.__notes__[0]


def test_the_error_survives_pickling():
    error = UnreadableCheckpointError("text", "t1", "ns", "c1", "found")
    copy = pickle.loads(pickle.dumps(error))
    assert str(copy) == "text" and vars(copy) == vars(error)


def test_damage_is_found_wherever_it_is():
    content = pack({"v": 4, "channel_values": {"a": [1, "x", {"k": b"bytes"}], "b": "text"}})
    whole = unpack(content, lambda code, data: None)
    assert whole["channel_values"]["b"] == "text" and path_of_break(content) == []
    cut = content[: content.index(b"text") + 2]
    assert path_of_break(cut) == ["channel_values", "b"]
    assert path_of_break(content.replace(b"x", b"\xff")) == ["channel_values", "a", 1]
