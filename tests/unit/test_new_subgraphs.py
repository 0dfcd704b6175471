"""Runs of subgraphs under an `InMemorySaver` that has nothing stored of them."""

from __future__ import annotations

import operator
from typing import Any, List, Optional

import pytest
from typing_extensions import Annotated, TypedDict

from langgraph_rust.checkpoint.memory import InMemorySaver
from langgraph_rust.config import get_config
from langgraph_rust.graph import START, StateGraph
from langgraph_rust.types import Command, interrupt


class State(TypedDict):
    seen: Annotated[List[Any], operator.add]


def _around(*nodes: Any) -> Any:
    builder = StateGraph(State)
    builder.add_sequence(list(nodes))
    builder.add_edge(START, nodes[0][0])
    return builder


def _ask(state: State) -> Any:
    return {"seen": [interrupt("?")]}


def _tell(state: State) -> Any:
    return {"seen": ["told"]}


def _names(state: State) -> Any:
    conf = get_config()["configurable"]
    return {"seen": [(conf["thread_id"], conf["checkpoint_ns"].count("|"), sorted(conf))]}


def _threads(durability: Optional[str]) -> Any:
    return {"durability": durability}, {"configurable": {"thread_id": "t"}}


@pytest.mark.parametrize("durability", ["exit", "async", "sync"])
def test_a_subgraph_that_stops_goes_on_where_it_was(durability: str) -> None:
    inner = _around(("tell", _tell), ("ask", _ask)).compile()
    middle = _around(("inner", inner)).compile()
    graph = _around(("middle", middle), ("last", _tell)).compile(checkpointer=InMemorySaver())
    options, config = _threads(durability)
    graph.invoke({"seen": []}, config, **options)
    state = graph.get_state(config, subgraphs=True)
    below = state.tasks[0].state.tasks[0].state
    assert below.next == ("ask",)
    assert below.values == {"seen": ["told"]}
    assert below.metadata["step"] == 1
    assert list(below.metadata["parents"]) == [
        "",
        state.tasks[0].state.config["configurable"]["checkpoint_ns"],
    ]
    result = graph.invoke(Command(resume="yes"), config, **options)
    assert result == {"seen": ["told", "yes", "told"]}


def test_the_second_subgraph_of_a_task_goes_on_where_it_was() -> None:
    first = _around(("tell", _tell)).compile()
    second = _around(("ask", _ask)).compile()

    def both(state: State) -> Any:
        return {"seen": [first.invoke({"seen": []}), second.invoke({"seen": []})]}

    graph = _around(("both", both)).compile(checkpointer=InMemorySaver())
    options, config = _threads("exit")
    graph.invoke({"seen": []}, config, **options)
    result = graph.invoke(Command(resume="yes"), config, **options)
    assert result == {"seen": [{"seen": ["told"]}, {"seen": ["yes"]}]}


@pytest.mark.parametrize("durability", ["exit", "async"])
def test_its_nodes_find_in_their_config_what_they_find_beside_a_saver_in_python(
    durability: str,
) -> None:
    class Derived(InMemorySaver):
        pass

    options, config = _threads(durability)
    results = []
    for saver in (InMemorySaver(), Derived()):
        inner = _around(("names", _names)).compile()
        graph = _around(("inner", inner)).compile(checkpointer=saver)
        results.append(graph.invoke({"seen": []}, config, **options))
    assert results[0] == results[1]


def test_a_reader_that_was_replaced_is_asked(monkeypatch: pytest.MonkeyPatch) -> None:
    saver = InMemorySaver()
    asked = []
    plain = saver.get_tuple
    monkeypatch.setattr(
        saver, "get_tuple", lambda config: asked.append(config) or plain(config), raising=False
    )
    graph = _around(("inner", _around(("tell", _tell)).compile())).compile(checkpointer=saver)
    options, config = _threads("exit")
    graph.invoke({"seen": []}, config, **options)
    assert len(asked) == 2


def test_what_is_stored_of_it_is_found_by_its_next_run_of_the_same_task() -> None:
    attempts = []

    def fail_once(state: State) -> Any:
        attempts.append(1)
        if len(attempts) == 1:
            raise ValueError("once")
        return {"seen": ["passed"]}

    inner = _around(("tell", _tell), ("fail", fail_once)).compile()
    graph = _around(("inner", inner)).compile(checkpointer=InMemorySaver())
    options, config = _threads("exit")
    with pytest.raises(ValueError, match="once"):
        graph.invoke({"seen": []}, config, **options)
    assert graph.invoke(None, config, **options) == {"seen": ["told", "passed"]}


async def _arun(graph: Any, options: Any, config: Any) -> Any:
    await graph.ainvoke({"seen": []}, config, **options)
    return await graph.ainvoke(Command(resume="yes"), config, **options)


@pytest.mark.parametrize("durability", ["exit", "async", "sync"])
def test_under_asyncio_it_goes_on_where_it_was(durability: str) -> None:
    import asyncio

    inner = _around(("tell", _tell), ("ask", _ask)).compile()
    graph = _around(("inner", inner)).compile(checkpointer=InMemorySaver())
    options, config = _threads(durability)
    assert asyncio.run(_arun(graph, options, config)) == {"seen": ["told", "yes"]}


@pytest.mark.parametrize("durability", ["exit", "async"])
def test_under_asyncio_what_cannot_be_stored_is_raised_at_the_end(durability: str) -> None:
    import asyncio

    class Unstored:
        def __reduce__(self) -> Any:
            raise TypeError("not to be stored")

    def give(state: State) -> Any:
        return {"seen": [Unstored()]}

    graph = _around(("give", give)).compile(checkpointer=InMemorySaver())
    options, config = _threads(durability)
    with pytest.raises(TypeError):
        asyncio.run(graph.ainvoke({"seen": []}, config, **options))
