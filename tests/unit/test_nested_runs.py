"""A subgraph that runs as a node is what the same graph is when a node calls it."""

from __future__ import annotations

import asyncio
from typing import TYPE_CHECKING, Any, Callable, Dict, List

import pytest
from typing_extensions import TypedDict

from langgraph_rust.checkpoint.memory import InMemorySaver
from langgraph_rust.graph import START, StateGraph
from langgraph_rust.pregel import Pregel
from langgraph_rust.types import RetryPolicy

if TYPE_CHECKING:
    from langchain_core.runnables import RunnableConfig


class State(TypedDict, total=False):
    number: int


def run_sync(graph: Any, value: Any, config: Any = None) -> Any:
    return graph.invoke(value, config)


def run_async(graph: Any, value: Any, config: Any = None) -> Any:
    return asyncio.run(graph.ainvoke(value, config))


DRIVERS = [pytest.param(run_sync, id="sync"), pytest.param(run_async, id="async")]


def graph_of(node: Any, name: str, **options: Any) -> Any:
    builder = StateGraph(State)
    builder.add_node(name, node, **options)
    builder.add_edge(START, name)
    return builder.compile()


def seen(config: Dict[str, Any]) -> Dict[str, Any]:
    """What of a config does not differ from run to run."""
    conf = config["configurable"]
    runtime = conf["__pregel_runtime"]
    namespace = conf["checkpoint_ns"].split("|")
    metadata = dict(config["metadata"])
    for name in ("langgraph_checkpoint_ns", "checkpoint_ns"):
        metadata[name] = [part.split(":")[0] for part in metadata.get(name, "").split("|")]
    return {
        "keys": sorted(config),
        "configurable": sorted(conf),
        "metadata": metadata,
        "tags": config.get("tags"),
        "limit": config.get("recursion_limit"),
        "path": [part.split(":")[0] for part in namespace],
        "map": [[part.split(":")[0] for part in ns.split("|")] for ns in conf["checkpoint_map"]],
        "context": runtime.context,
        "info": [part.split(":")[0] for part in runtime.execution_info.checkpoint_ns.split("|")],
        "value": conf.get("user_value"),
    }


CONFIG = {
    "tags": ["given"],
    "metadata": {"note": {"of": "caller"}},
    "recursion_limit": 17,
    "configurable": {"user_value": 5},
}


@pytest.mark.parametrize("run", DRIVERS)
@pytest.mark.parametrize("depth", [1, 2])
def test_nodes_of_a_subgraph_see_the_config_that_a_called_graph_gives_them(
    run: Callable[..., Any], depth: int
) -> None:
    found = []

    def leaf(state: State, config: RunnableConfig) -> State:
        found.append(seen(config))
        return {"number": state["number"] + 1}

    def caller(graph: Any) -> Any:
        def call(state: State, config: RunnableConfig) -> Any:
            return graph.invoke(state, config)

        return call

    for wrap in (lambda graph: graph, caller):
        graph = graph_of(leaf, "leaf", metadata={"own": 1})
        for level in range(depth):
            graph = graph_of(wrap(graph), f"level{level}")
        assert run(graph, {"number": 1}, CONFIG) == {"number": 2}
    assert found[0] == found[1]
    assert found[0]["path"] == [f"level{level}" for level in reversed(range(depth))] + ["leaf"]
    assert found[0]["value"] == 5 and found[0]["limit"] == 17


def test_the_config_of_a_level_between_may_be_looked_at_or_not() -> None:
    found = []

    def look(state: State, config: RunnableConfig) -> State:
        found.append(seen(config)["path"])
        return {}

    inner = graph_of(look, "leaf")
    middle = StateGraph(State)
    middle.add_node("first", look)
    middle.add_node("inner", inner)
    middle.add_edge(START, "first")
    middle.add_edge("first", "inner")
    outer = graph_of(middle.compile(), "middle")
    outer.invoke({"number": 1})
    assert found == [["middle", "first"], ["middle", "inner", "leaf"]]


@pytest.mark.parametrize("run", DRIVERS)
def test_a_replaced_method_is_called(
    run: Callable[..., Any], monkeypatch: pytest.MonkeyPatch
) -> None:
    asked = []

    def replace(owner: Any, name: str, original: Any) -> None:
        def replacement(*args: Any, **kwargs: Any) -> Any:
            asked.append(name)
            return original(*args, **kwargs)

        monkeypatch.setattr(owner, name, replacement)

    name = "invoke" if run is run_sync else "ainvoke"
    inner = graph_of(lambda state: {"number": 7}, "leaf")
    outer = graph_of(inner, "inner")
    assert run(outer, {"number": 1}) == {"number": 7}
    replace(inner, name, getattr(inner, name))
    assert run(outer, {"number": 1}) == {"number": 7}
    assert asked == [name]
    monkeypatch.undo()
    vars(inner).pop(name, None)  # older pytests leave the class's method in the instance
    replace(Pregel, name, getattr(Pregel, name))
    assert run(outer, {"number": 1}) == {"number": 7}
    assert asked == [name] * 3


@pytest.mark.parametrize("run", DRIVERS)
def test_an_error_of_a_subgraph_reaches_the_node_s_retries(run: Callable[..., Any]) -> None:
    tries = []

    def leaf(state: State) -> State:
        tries.append(1)
        if len(tries) < 3:
            raise ConnectionError("again")
        return {"number": len(tries)}

    policy = RetryPolicy(initial_interval=0.0, jitter=False, max_attempts=3)
    graph = graph_of(graph_of(leaf, "leaf"), "inner", retry_policy=policy)
    assert run(graph, {"number": 0}) == {"number": 3}


def test_a_subgraph_has_the_recursion_limit_of_the_run_above() -> None:
    from langgraph_rust.errors import GraphRecursionError

    inner = StateGraph(State)
    inner.add_node("again", lambda state: {"number": state["number"] + 1})
    inner.add_edge(START, "again")
    inner.add_edge("again", "again")
    graph = graph_of(inner.compile(), "inner")
    with pytest.raises(GraphRecursionError, match="Recursion limit of 4 reached"):
        graph.invoke({"number": 0}, {"recursion_limit": 4})


@pytest.mark.parametrize("run", DRIVERS)
def test_callbacks_see_a_subgraph_s_own_run(run: Callable[..., Any]) -> None:
    callbacks = pytest.importorskip("langchain_core.callbacks")

    class Names(callbacks.BaseCallbackHandler):  # type: ignore[misc,name-defined]
        def __init__(self) -> None:
            self.names: List[Any] = []

        def on_chain_start(self, *_: Any, **kwargs: Any) -> None:
            self.names.append(kwargs.get("name"))

    handler = Names()
    outer = graph_of(graph_of(lambda state: {"number": 7}, "leaf"), "inner")
    run(outer, {"number": 1}, {"callbacks": [handler]})
    assert handler.names.count("LangGraph") == 2


def test_a_subgraph_shares_the_saver_of_the_run_above() -> None:
    from langgraph_rust.types import Command, interrupt

    def ask(state: State) -> State:
        return {"number": interrupt("how many?")}

    builder = StateGraph(State)
    builder.add_node("inner", graph_of(ask, "ask"))
    builder.add_edge(START, "inner")
    graph = builder.compile(checkpointer=InMemorySaver())
    config = {"configurable": {"thread_id": "1"}}
    assert "__interrupt__" in graph.invoke({"number": 0}, config)
    assert graph.invoke(Command(resume=9), config) == {"number": 9}
