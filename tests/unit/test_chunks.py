"""Rules of the chunks that reach the caller of `stream` and `astream`."""

from __future__ import annotations

import asyncio
from typing import Any, List

import pytest

from langgraph_rust._internal._runnable import RunnableCallable
from langgraph_rust.graph import END, START, StateGraph


def _chain(ran: List[str]) -> Any:
    """Three nodes in a row; each notes that it ran."""
    graph = StateGraph(dict)
    before = START
    for name in ("a", "b", "c"):

        def node(state: Any, name: str = name) -> Any:
            ran.append(name)
            return {"last": name}

        async def anode(state: Any, name: str = name) -> Any:
            return node(state, name)

        graph.add_node(name, RunnableCallable(node, anode))
        graph.add_edge(before, name)
        before = name
    graph.add_edge(before, END)
    return graph.compile()


def _stream(graph: Any, each: Any, asynchronous: bool, **options: Any) -> None:
    async def drain() -> None:
        async for chunk in graph.astream({}, **options):
            each(chunk)

    if asynchronous:
        asyncio.run(drain())
        return
    for chunk in graph.stream({}, **options):
        each(chunk)


@pytest.mark.parametrize("asynchronous", [False, True])
def test_a_chunk_is_shown_before_the_next_superstep_runs(asynchronous: bool) -> None:
    ran: List[str] = []
    shown: List[Any] = []
    _stream(
        _chain(ran),
        lambda chunk: shown.append((next(iter(chunk)), list(ran))),
        asynchronous,
        stream_mode="updates",
    )
    assert shown == [("a", ["a"]), ("b", ["a", "b"]), ("c", ["a", "b", "c"])]


@pytest.mark.parametrize("asynchronous", [False, True])
def test_chunks_come_in_the_shape_that_was_asked_for(asynchronous: bool) -> None:
    def first(**options: Any) -> Any:
        chunks: List[Any] = []
        _stream(_chain([]), chunks.append, asynchronous, **options)
        return chunks[0]

    update = {"a": {"last": "a"}}
    assert first(stream_mode="updates") == update
    assert first(stream_mode=["updates"]) == ("updates", update)
    assert first(stream_mode="updates", subgraphs=True) == ((), update)
    assert first(stream_mode=["updates"], subgraphs=True) == ((), "updates", update)
    second = {"type": "updates", "ns": (), "data": update}
    assert first(stream_mode="updates", version="v2") == second


@pytest.mark.parametrize("asynchronous", [False, True])
def test_a_mode_that_is_only_printed_is_not_streamed(asynchronous: bool, capsys: Any) -> None:
    chunks: List[Any] = []
    _stream(_chain([]), chunks.append, asynchronous, stream_mode="updates", print_mode="values")
    assert [list(chunk) for chunk in chunks] == [["a"], ["b"], ["c"]]
    printed = capsys.readouterr().out
    assert printed.count("[values]") == 4 and "[updates]" not in printed
