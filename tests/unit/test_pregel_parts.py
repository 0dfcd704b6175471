"""What a `Pregel` is made of: its rules, its settings, and the output made of a stream."""

from __future__ import annotations

import asyncio
from typing import Any, Iterator

import pytest
from typing_extensions import TypedDict

from langgraph_rust.cache.memory import InMemoryCache
from langgraph_rust.channels import EphemeralValue, LastValue, Topic
from langgraph_rust.checkpoint.memory import InMemorySaver
from langgraph_rust.graph import START, StateGraph
from langgraph_rust.pregel import NodeBuilder, Pregel
from langgraph_rust.pregel._delta import exit_delta_late_task_id, exit_delta_task_id
from langgraph_rust.pregel._fold import Fold
from langgraph_rust.pregel._task_status import read_task_statuses
from langgraph_rust.pregel.debug import map_task_result_writes, rm_pregel_keys, tasks_w_writes
from langgraph_rust.pregel.protocol import StreamProtocol
from langgraph_rust.types import CachePolicy, GraphOutput, Interrupt, PregelTask, RetryPolicy
from langgraph_rust.warnings import LangGraphDeprecatedSinceV10


class State(TypedDict):
    x: int


def parts(**changes: Any) -> Any:
    given = {
        "nodes": {"a": NodeBuilder().subscribe_only("x").write_to("y")},
        "channels": {"x": EphemeralValue(int), "y": LastValue(int)},
        "input_channels": "x",
        "output_channels": "y",
    }
    return {**given, **changes}


@pytest.mark.parametrize(
    "changes, message",
    [
        ({"channels": {"__input__": LastValue(int)}}, "Channel name '__input__' is reserved"),
        ({"nodes": {"__input__": NodeBuilder().build()}}, "Node name '__input__' is reserved"),
        ({"nodes": {"a": NodeBuilder().subscribe_only("q")}}, "Node a reads channel 'q' not in"),
        (
            {"nodes": {"a": NodeBuilder().subscribe_to("q", read=False)}},
            "Subscribed channel 'q' not in",
        ),
        ({"input_channels": "q"}, "Input channel 'q' not in"),
        ({"input_channels": ["q"]}, "Input channel 'q' not in"),
        ({"input_channels": "y"}, "Input channel y is not subscribed to by any node"),
        ({"input_channels": ["y"]}, "None of the input channels"),
        ({"output_channels": "q"}, "Output channel 'q' not in"),
        ({"stream_channels": ["q"]}, "Output channel 'q' not in"),
        ({"interrupt_before_nodes": ["q"]}, "Node q not in nodes"),
        ({"interrupt_after_nodes": ["q"]}, "Node q not in nodes"),
        ({"channels": {"__pregel_tasks": LastValue(int)}}, "is reserved and cannot be used"),
    ],
)
def test_names_must_be_known_and_free(changes: Any, message: str) -> None:
    with pytest.raises(ValueError, match=message):
        Pregel(**parts(**changes))


def test_a_node_must_be_a_node() -> None:
    with pytest.raises(TypeError, match="Invalid node type"):
        Pregel(**parts(nodes={"a": lambda value: value}))


def test_a_timeout_needs_a_node_that_can_be_cancelled() -> None:
    async def later(value: int) -> int:
        return value

    builder = NodeBuilder().subscribe_only("x").set_timeout(1.0).write_to("y")
    Pregel(**parts(nodes={"a": builder.do(later)}))
    with pytest.raises(ValueError, match="'a' is sync"):
        Pregel(**parts(nodes={"a": builder.do(lambda value: value)}))


def test_validation_waits_until_it_is_asked_for() -> None:
    graph = Pregel(**parts(input_channels="q"), auto_validate=False)
    assert graph.trigger_to_nodes == {}
    graph.input_channels = "x"
    assert graph.validate().trigger_to_nodes == {"x": ["a"]}


def test_sends_have_a_channel_that_copies_share() -> None:
    graph = Pregel(**parts())
    tasks = graph.channels["__pregel_tasks"]
    assert isinstance(tasks, Topic)
    assert graph.copy().channels["__pregel_tasks"] is tasks


def test_the_older_name_of_the_context_is_taken_with_a_warning() -> None:
    with pytest.warns(LangGraphDeprecatedSinceV10, match="config_type"):
        graph = Pregel(**parts(), config_type=State)
    assert graph.context_schema is State


def test_one_retry_policy_is_a_sequence_of_one() -> None:
    policy = RetryPolicy()
    assert Pregel(**parts(retry_policy=policy)).retry_policy == (policy,)


def test_a_graph_of_a_parents_saver_is_no_root() -> None:
    with pytest.raises(RuntimeError, match="cannot be used for root graphs"):
        Pregel(**parts(checkpointer=True)).invoke(1)


def test_a_saver_needs_a_thread() -> None:
    with pytest.raises(ValueError, match="Checkpointer requires one or more"):
        Pregel(**parts(checkpointer=InMemorySaver())).invoke(1)


def test_the_recursion_limit_is_at_least_one() -> None:
    with pytest.raises(ValueError, match="recursion_limit must be at least 1"):
        Pregel(**parts()).invoke(1, {"recursion_limit": 0})


def test_methods_are_named_as_the_classes_own() -> None:
    for name in ("invoke", "get_state", "get_graph", "clear_cache"):
        method = getattr(Pregel, name)
        assert method.__qualname__ == f"Pregel.{name}"
        assert "self" not in method.__annotations__


def test_a_forgotten_result_is_computed_again() -> None:
    runs = []

    def node(state: State) -> State:
        runs.append(state)
        return state

    graph = StateGraph(State).add_node("a", node, cache_policy=CachePolicy()).add_edge(START, "a")
    cached = graph.compile(cache=InMemoryCache())
    for _ in range(2):
        cached.invoke({"x": 1})
    assert len(runs) == 1
    cached.clear_cache(["a"])
    cached.invoke({"x": 1})
    asyncio.run(cached.aclear_cache())
    cached.invoke({"x": 1})
    assert len(runs) == 3
    with pytest.raises(ValueError, match="No cache is set"):
        graph.compile().clear_cache()


def test_an_overridden_stream_is_what_invoke_returns() -> None:
    class Louder(Pregel):
        def stream(self, *args: Any, **kwargs: Any) -> Iterator[Any]:
            for mode, chunk in super().stream(*args, **kwargs):
                yield mode, chunk * 10 if mode == "values" else chunk

        async def astream(self, *args: Any, **kwargs: Any) -> Any:
            async for mode, chunk in super().astream(*args, **kwargs):
                yield mode, chunk * 10 if mode == "values" else chunk

    assert Louder(**parts()).invoke(1) == 10
    assert asyncio.run(Louder(**parts()).ainvoke(1)) == 10


def test_a_fold_keeps_the_last_values_and_all_interrupts() -> None:
    interrupt = Interrupt("which?", "1")
    first = Fold("values", "v1")
    assert first.stream_mode == ["updates", "values"]
    for chunk in [("values", {"x": 1}), ("updates", {"__interrupt__": (interrupt,)})]:
        first.add(chunk)
    assert first.output() == {"x": 1, "__interrupt__": [interrupt]}
    second = Fold("values", "v2")
    second.add({"type": "values", "data": {"x": 1}, "interrupts": (interrupt,)})
    assert second.output() == GraphOutput({"x": 1}, (interrupt,))
    other = Fold("updates", "v1")
    other.add({"a": {"x": 1}})
    assert other.output() == [{"a": {"x": 1}}]


def test_the_stream_of_a_run_is_called_with_chunks() -> None:
    chunks = []
    stream = StreamProtocol(chunks.append, {"values"})
    stream(((), "values", 1))
    assert (chunks, stream.modes) == ([((), "values", 1)], {"values"})


def test_several_writes_to_a_channel_are_shown_as_such() -> None:
    writes = [("a", 1), ("b", 2), ("a", 3), ("a", 4)]
    assert map_task_result_writes(writes) == {"a": {"$writes": [1, 3, 4]}, "b": 2}


def test_tasks_show_what_their_pending_writes_tell() -> None:
    asked = Interrupt("which?", "1")
    pending: Any = [
        ("1", "__interrupt__", [asked]),
        ("1", "x", 1),
        ("2", "__error__", ValueError("no")),
        ("3", "__interrupt__", [asked]),
        ("00000000-0000-0000-0000-000000000000", "x", 2),
    ]
    assert set(read_task_statuses(pending)) == {"1", "2", "3"}
    tasks = [PregelTask(number, "node", ()) for number in "1234"]
    shown = tasks_w_writes(tasks, pending, None, ["x"])
    assert [task.result for task in shown] == [{"x": 1}, None, None, None]
    assert [task.interrupts for task in shown] == [(asked,), (), (asked,), ()]
    assert isinstance(shown[1].error, ValueError)
    live = tasks_w_writes(tasks, pending, None, "x", live=True)
    assert live[0].interrupts == ()
    assert live[0].result == 1


def test_a_shown_config_has_no_keys_of_the_engine() -> None:
    config: Any = {"tags": ["a"], "configurable": {"thread_id": "1", "__pregel_send": 1}}
    assert rm_pregel_keys(config) == {"configurable": {"thread_id": "1"}}


def test_task_ids_of_writes_saved_at_exit_sort_by_superstep() -> None:
    task_id = "6ba7b811-9dad-11d1-80b4-00c04fd430c8"
    early = [exit_delta_task_id(step, task_id) for step in (1, 2, 10)]
    late = [exit_delta_late_task_id(step, task_id) for step in (1, 2, 70000)]
    assert early + late == sorted(early + late)
    assert all(made > task_id for made in late)
    null = "00000000-0000-0000-0000-000000000000"
    assert exit_delta_task_id(0, null) != null
