"""Nodes at their lowest level: what they read and write, and how a change of one is seen."""

from __future__ import annotations

import copy
from typing import Any, List, Tuple

import pytest

from langgraph_rust._internal._constants import CONF, CONFIG_KEY_READ, CONFIG_KEY_SEND, TASKS
from langgraph_rust._internal._runnable import RunnableCallable
from langgraph_rust.channels import EphemeralValue, LastValue
from langgraph_rust.errors import InvalidUpdateError
from langgraph_rust.pregel import NodeBuilder, Pregel
from langgraph_rust.pregel._nonlocals import get_function_nonlocals
from langgraph_rust.pregel._read import DEFAULT_BOUND, ChannelRead, PregelNode
from langgraph_rust.pregel._utils import find_subgraph_pregel, get_new_channel_versions
from langgraph_rust.pregel._write import (
    SKIP_WRITE,
    ChannelWrite,
    ChannelWriteEntry,
    ChannelWriteTupleEntry,
)
from langgraph_rust.types import RetryPolicy, Send


def written(writes: Any, value: Any = None) -> List[Tuple[str, Any]]:
    made: List[Tuple[str, Any]] = []
    ChannelWrite(writes).invoke(value, {CONF: {CONFIG_KEY_SEND: made.extend}})
    return made


def doubling() -> Pregel:
    node = NodeBuilder().subscribe_only("a").do(lambda text: text * 2).write_to("b")
    return Pregel(
        nodes={"double": node},
        channels={"a": EphemeralValue(str), "b": LastValue(str)},
        input_channels="a",
        output_channels="b",
    )


def test_an_entry_without_a_value_writes_the_input() -> None:
    assert written([ChannelWriteEntry("a"), ChannelWriteEntry("b", 2)], 1) == [("a", 1), ("b", 2)]


def test_a_mapper_changes_or_skips_what_is_written() -> None:
    entries = [
        ChannelWriteEntry("a", mapper=lambda value: value + 1),
        ChannelWriteEntry("b", mapper=lambda value: SKIP_WRITE),
        ChannelWriteEntry("c", None, skip_none=True),
        ChannelWriteTupleEntry(lambda value: [("d", value), ("e", value)]),
        ChannelWriteTupleEntry(lambda value: None),
    ]
    assert written(entries, 1) == [("a", 2), ("d", 1), ("e", 1)]


def test_a_send_becomes_a_task() -> None:
    send = Send("node", 1)
    assert written([send]) == [(TASKS, send)]


def test_nothing_writes_to_the_channel_of_sends_by_name() -> None:
    with pytest.raises(InvalidUpdateError, match="reserved channel"):
        written([ChannelWriteEntry(TASKS)])


def test_a_writer_returns_its_input() -> None:
    config = {CONF: {CONFIG_KEY_SEND: [].extend}}
    assert ChannelWrite([ChannelWriteEntry("a", 2)]).invoke(1, config) == 1


def test_a_registered_runnable_is_a_writer_with_static_writes() -> None:
    runnable = RunnableCallable(lambda value: value)
    assert not ChannelWrite.is_writer(runnable)
    ChannelWrite.register_writer(runnable, [(ChannelWriteEntry("a", None), "label")])
    assert ChannelWrite.is_writer(runnable)
    assert ChannelWrite.get_static_writes(runnable) == [("a", None, "label")]


def test_a_read_asks_the_task_it_runs_in() -> None:
    asked: List[Any] = []

    def read(select: Any, fresh: bool) -> Any:
        asked.append((select, fresh))
        return 1

    config: Any = {CONF: {CONFIG_KEY_READ: read}}
    assert ChannelRead("a", fresh=True, mapper=lambda value: value + 1).invoke(None, config) == 2
    assert asked == [("a", True)]
    with pytest.raises(RuntimeError, match="read function"):
        ChannelRead("a").invoke(None, {CONF: {}})


def test_writers_at_the_end_are_merged_without_changing_the_node() -> None:
    first, second = (ChannelWrite([ChannelWriteEntry(name)]) for name in "ab")
    other = RunnableCallable(lambda value: value)
    node = PregelNode(channels="x", triggers=["x"], writers=[other, first, second])
    assert node.flat_writers[0] is other
    assert [entry.channel for entry in node.flat_writers[1].writes] == ["a", "b"]
    assert node.writers == [other, first, second]
    assert len(first.writes) == 1


def test_a_node_without_work_is_its_writers() -> None:
    writer = ChannelWrite([ChannelWriteEntry("a")])
    assert PregelNode(channels="x", triggers=["x"]).node is None
    assert PregelNode(channels="x", triggers=["x"], writers=[writer]).node is writer


def test_one_retry_policy_is_a_sequence_of_one() -> None:
    policy = RetryPolicy()
    assert PregelNode(channels="x", triggers=[], retry_policy=policy).retry_policy == (policy,)


def test_a_copy_of_a_node_forgets_what_was_derived() -> None:
    node = PregelNode(channels="x", triggers=["x"], writers=[ChannelWrite([])])
    assert node.node is not None
    assert node.copy({"writers": []}).node is None
    assert node.copy({}).bound is DEFAULT_BOUND


def test_a_builder_takes_one_channel_or_several() -> None:
    with pytest.raises(ValueError, match="single channel"):
        NodeBuilder().subscribe_only("a").subscribe_to("b")
    with pytest.raises(ValueError, match="single channels"):
        NodeBuilder().subscribe_to("a").subscribe_only("b")
    node = NodeBuilder().subscribe_to("a").subscribe_to("b", read=False).read_from("c").build()
    assert (node.channels, node.triggers) == (["a", "c"], ["a", "b"])


def test_a_changed_node_changes_the_next_run() -> None:
    graph = doubling()
    assert graph.invoke("x") == "xx"
    graph.nodes["double"].bound = RunnableCallable(lambda text: text * 3)
    assert graph.invoke("x") == "xxx"
    replaced = NodeBuilder().subscribe_only("a").do(lambda text: text * 4).write_to("b").build()
    graph.nodes["double"] = replaced
    assert graph.invoke("x") == "xxxx"


def test_an_unchanged_graph_is_compiled_once() -> None:
    graph = doubling()
    compiled = graph._compiled()
    assert graph._compiled() is compiled
    graph.validate()
    assert graph._compiled() is not compiled


def test_a_channel_in_the_place_of_another_is_compiled() -> None:
    graph = doubling()
    compiled = graph._compiled()
    graph.channels["b"] = graph.channels["b"].copy()
    changed = graph._compiled()
    assert changed is not compiled
    del graph.channels["b"]
    assert graph._compiled() is not changed


def test_copies_compile_for_themselves() -> None:
    graph = doubling()
    graph.invoke("x")
    for copied in (graph.copy(), graph.with_config(tags=["a"])):
        assert copied._built is None
        assert copied.invoke("y") == "yy"
    assert copy.deepcopy(graph)._built is None


def test_a_graph_is_found_through_what_a_function_names() -> None:
    inner = doubling()

    class Holder:
        graph = inner

    holder = Holder()

    def by_name(value: Any) -> Any:
        return inner.invoke(value)

    def by_path(value: Any) -> Any:
        return [holder.graph.invoke(each) for each in value]

    for function in (by_name, by_path):
        assert inner in get_function_nonlocals(function)
        assert find_subgraph_pregel(RunnableCallable(function)) is inner


def test_a_graph_that_keeps_no_state_is_no_subgraph() -> None:
    inner = doubling()
    inner.checkpointer = False
    assert find_subgraph_pregel(RunnableCallable(lambda value: inner.invoke(value))) is None


def test_only_newer_versions_are_new() -> None:
    assert get_new_channel_versions({"a": 1, "b": 2}, {"a": 1, "b": 3, "c": 1}) == {"b": 3, "c": 1}
    assert get_new_channel_versions({}, {"a": 1}) == {"a": 1}
