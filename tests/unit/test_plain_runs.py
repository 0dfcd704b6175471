"""Runs that the engine opens by itself: they are as those that are opened the general way."""

from __future__ import annotations

import asyncio
from typing import Any, Dict, List

import pytest
from typing_extensions import TypedDict

from langgraph_rust.errors import GraphDrained
from langgraph_rust.graph import END, START, StateGraph
from langgraph_rust.pregel import _open
from langgraph_rust.runtime import RunControl, Runtime
from langgraph_rust.store.memory import InMemoryStore


class State(TypedDict, total=False):
    text: str


@pytest.fixture
def general(monkeypatch: pytest.MonkeyPatch) -> Any:
    """Has runs be opened the general way from the call on."""
    from langgraph_rust.pregel import _drive

    def refuse() -> None:
        monkeypatch.setattr(_drive, "open_plain", lambda *_: None)

    return refuse


def graph_of(*functions: Any, **options: Any) -> Any:
    builder: Any = StateGraph(State)
    before = START
    for number, function in enumerate(functions):
        builder.add_node(str(number), function)
        builder.add_edge(before, str(number))
        before = str(number)
    builder.add_edge(before, END)
    return builder.compile(**options)


def drive(graph: Any, way: str, *args: Any, **kwargs: Any) -> Any:
    if way == "invoke":
        return graph.invoke(*args, **kwargs)
    if way == "stream":
        return [*graph.stream(*args, **kwargs)]
    if way == "ainvoke":
        return asyncio.run(graph.ainvoke(*args, **kwargs))

    async def collect() -> List[Any]:
        return [chunk async for chunk in graph.astream(*args, **kwargs)]

    return asyncio.run(collect())


WAYS = ["invoke", "stream", "ainvoke", "astream"]
CONFIGS: List[Any] = [
    None,
    {},
    {"configurable": {"thread_id": 7, "user": "u", "a_key": 1}, "recursion_limit": 30},
    {"max_concurrency": 2, "run_name": "named", "metadata": None, "tags": None},
    {"metadata": {"m": 1}, "tags": ["t"], "configurable": {"checkpoint_ns": ""}},
    {"user": "u", "recursion_limit": 30},
]


def plain_parts(config: Dict[str, Any]) -> Dict[str, Any]:
    """What of a task's config is the same in another run."""
    config = dict(config)
    config.pop("callbacks")
    own = ("__pregel_", "checkpoint_")
    conf = config["configurable"]
    config["configurable"] = {k: v for k, v in conf.items() if not k.startswith(own)}
    config["keys"] = sorted(conf)
    metadata = dict(config["metadata"])
    assert metadata.pop("langgraph_checkpoint_ns").startswith("0:")
    config["metadata"] = metadata
    return config


@pytest.mark.parametrize("way", WAYS)
@pytest.mark.parametrize("config", CONFIGS, ids=range(len(CONFIGS)))
def test_a_node_sees_the_config_of_a_run_that_was_opened_the_general_way(
    way: str, config: Any, general: Any
) -> None:
    seen: List[Dict[str, Any]] = []

    def look(state: State, config: dict) -> State:  # type: ignore[type-arg]
        seen.append(plain_parts(config))
        return {"text": "done"}

    look.__annotations__["config"] = "RunnableConfig"
    graph = graph_of(look)
    with_plain = drive(graph, way, {"text": ""}, config)
    general()
    assert drive(graph, way, {"text": ""}, config) == with_plain
    assert seen[0] == seen[1]


def test_a_plain_config_is_opened_by_the_engine_and_others_are_not() -> None:
    graph = graph_of(lambda state: {"text": "x"})

    def opens(config: Any = None, stream_mode: Any = None, **changes: Any) -> bool:
        keys = ("context", "control", "output_keys", "before", "after", "durability")
        said = {**dict.fromkeys(keys), **changes}
        order = ("context", "control")
        rest = [said[key] for key in keys[2:]]
        run = _open.open_plain(
            graph, {}, config, False, *(said[key] for key in order), stream_mode, *rest
        )
        return run is not None

    assert opens() and opens({"configurable": {"thread_id": "1"}}, "updates")
    assert opens(None, ["values", "updates"]) and opens(output_keys=graph.output_channels)
    assert not opens({"callbacks": [object()]})
    assert not opens({"tags": ["a"]}) and not opens({"stray": 1})
    assert not opens({"configurable": {"__pregel_task_id": "1"}})
    assert not opens({"configurable": {"checkpoint_id": "1"}})
    assert not opens({"recursion_limit": 0}) and not opens(None, "custom")
    assert not opens(context={"a": 1}) and not opens(output_keys=["text"])
    graph.checkpointer = True
    assert not opens()


@pytest.mark.parametrize("way", WAYS)
def test_what_the_caller_changes_during_a_run_is_not_seen(way: str) -> None:
    config: Any = {"configurable": {"thread_id": "a"}}
    seen: List[Any] = []

    def change(state: State) -> None:
        config["configurable"]["thread_id"] = "b"
        config["metadata"] = {"m": 1}

    def look(state: State, config: dict) -> State:  # type: ignore[type-arg]
        seen.append((config["configurable"]["thread_id"], config["metadata"].get("m")))
        return {"text": "x"}

    look.__annotations__["config"] = "RunnableConfig"
    drive(graph_of(change, look), way, {"text": ""}, config)
    assert seen == [("a", None)]


@pytest.mark.parametrize("way", WAYS)
def test_a_runtime_has_what_the_caller_gave(way: str) -> None:
    seen: List[Any] = []

    def look(state: State, runtime: Runtime) -> State:  # type: ignore[type-arg]
        seen.append((runtime.context, runtime.store, runtime.control))
        return {"text": "x"}

    store, context, control = InMemoryStore(), object(), RunControl()
    drive(graph_of(look, store=store), way, {"text": ""}, context=context, control=control)
    assert seen == [(context, store, control)]


@pytest.mark.parametrize("way", WAYS)
def test_a_run_without_a_control_of_the_callers_has_one_of_its_own(way: str) -> None:
    def drain(state: State, runtime: Runtime) -> State:  # type: ignore[type-arg]
        assert runtime.control is not None
        runtime.control.request_drain()
        return {"text": "x"}

    with pytest.raises(GraphDrained):
        drive(graph_of(drain, lambda state: {"text": "y"}), way, {"text": ""})


@pytest.mark.parametrize("way", WAYS)
def test_an_opening_fails_as_it_did(way: str) -> None:
    graph = graph_of(lambda state: {"text": "x"})
    with pytest.raises(ValueError, match="recursion_limit must be at least 1"):
        drive(graph, way, {"text": ""}, {"recursion_limit": 0})
    with pytest.raises(ValueError, match="Key none not in channels"):
        drive(graph, way, {"text": ""}, output_keys="none")
    with pytest.warns(UserWarning, match="has no effect when no checkpointer"):
        drive(graph, way, {"text": ""}, durability="sync")


@pytest.mark.parametrize("way", WAYS)
def test_a_graph_in_a_node_has_the_config_of_its_task(way: str) -> None:
    seen: List[Any] = []

    def look(state: State, config: dict) -> State:  # type: ignore[type-arg]
        conf = config["configurable"]
        seen.append((conf["thread_id"], conf["checkpoint_ns"].split(":")[0]))
        return {"text": "x"}

    look.__annotations__["config"] = "RunnableConfig"
    inner = graph_of(look)
    for node in (inner, lambda state: inner.invoke(state)):
        drive(graph_of(node), way, {"text": ""}, {"configurable": {"thread_id": "a"}})
    assert seen == [("a", "0"), ("a", "0")]


def test_a_closed_stream_of_a_run_that_waits_for_nothing_needs_no_turn_of_the_loop() -> None:
    async def node(state: State) -> State:
        return {"text": "x"}

    graph = graph_of(node, node)

    async def close() -> List[str]:
        turns: List[str] = []
        asyncio.get_running_loop().call_soon(turns.append, "turn")
        stream = graph.astream({"text": ""})
        async for _ in stream:
            break
        await stream.aclose()
        return [*turns]

    assert asyncio.run(close()) == []


@pytest.mark.parametrize("way", ["ainvoke", "astream"])
def test_an_asyncio_run_ends_with_what_waits_and_with_what_fails(way: str) -> None:
    async def wait(state: State) -> State:
        await asyncio.sleep(0)
        return {"text": state["text"] + "w"}

    async def quick(state: State) -> State:
        return {"text": state["text"] + "q"}

    async def fail(state: State) -> State:
        raise ValueError("failed")

    out = drive(graph_of(wait, quick, wait), way, {"text": ""}, stream_mode="values")
    assert (out if way == "ainvoke" else out[-1]) == {"text": "wqw"}
    out = drive(graph_of(quick, wait, quick), way, {"text": ""}, stream_mode="values")
    assert (out if way == "ainvoke" else out[-1]) == {"text": "qwq"}
    for nodes in ((quick, fail), (wait, fail), (fail, quick)):
        with pytest.raises(ValueError, match="failed"):
            drive(graph_of(*nodes), way, {"text": ""})
