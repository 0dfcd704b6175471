"""When the chunks of a stream reach their reader: where the run then is, and what has run."""

from __future__ import annotations

import asyncio
from typing import Any, Callable, List

import pytest
from typing_extensions import Annotated, TypedDict

from langgraph_rust.checkpoint.memory import InMemorySaver
from langgraph_rust.graph import START, StateGraph

THREAD: Any = {"configurable": {"thread_id": "1"}}


def _stamped(left: List[Any], right: List[Any]) -> List[Any]:
    """Marks what it takes in, as the reducer of messages does with ids."""
    for item in right:
        item["stamp"] = True
    return left + right


class State(TypedDict, total=False):
    items: Annotated[List[Any], _stamped]


class Chain:
    """A graph whose nodes write down that they ran, and a reader that looks at every chunk."""

    def __init__(self, drive: str, *edges: str, fails: str = "") -> None:
        self.is_async = drive == "async"
        self.ran: List[str] = []
        graph = StateGraph(State)
        for name in sorted({name for edge in edges for name in edge} - {"^"}):
            graph.add_node(name, self._node(name, name == fails))
        for start, end in edges:
            graph.add_edge(START if start == "^" else start, end)
        self.graph = graph.compile(checkpointer=InMemorySaver())

    def _node(self, name: str, fails: bool) -> Any:
        def node(state: State) -> State:
            self.ran.append(name)
            if fails:
                raise ValueError(name)
            return {"items": [{"by": name}]}

        async def anode(state: State) -> State:
            return node(state)

        return anode if self.is_async else node

    def read(self, look: Callable[[Any], Any], mode: Any, most: int = 100, **options: Any) -> Any:
        """What `look` gives of each chunk at the time it comes."""
        options = {"stream_mode": mode, "durability": "sync", **options}
        seen: List[Any] = []

        async def aread() -> None:
            stream = self.graph.astream({"items": []}, THREAD, **options)
            async for chunk in stream:
                seen.append(look(chunk))
                if len(seen) == most:
                    break
            await stream.aclose()

        if self.is_async:
            asyncio.run(aread())
        else:
            stream = self.graph.stream({"items": []}, THREAD, **options)
            for chunk in stream:
                seen.append(look(chunk))
                if len(seen) == most:
                    break
            stream.close()
        return seen

    def stored(self) -> Any:
        """What the thread's last checkpoint holds."""
        saved = self.graph.checkpointer.get_tuple(THREAD)
        values = saved.checkpoint["channel_values"] if saved else {}
        return [item["by"] for item in values.get("items", [])]


both_drivers = pytest.mark.parametrize("drive", ["sync", "async"])


@both_drivers
@pytest.mark.parametrize("mode", ["updates", "values"])
def test_what_a_lone_task_causes_comes_after_the_barrier(drive: str, mode: str):
    chain = Chain(drive, "^a", "ab")
    seen = chain.read(lambda chunk: (list(chain.ran), chain.stored()), mode)
    assert seen[-2:] == [(["a"], ["a"]), (["a", "b"], ["a", "b"])]


@both_drivers
def test_reducers_have_seen_what_a_lone_task_wrote_once_it_is_shown(drive: str):
    chain = Chain(drive, "^a", "ab")
    seen = chain.read(lambda chunk: [u["items"][0].get("stamp") for u in chunk.values()], "updates")
    assert seen == [[True], [True]]


@both_drivers
def test_tasks_are_shown_before_they_run(drive: str):
    chain = Chain(drive, "^a", "ab", "ac")

    def look(chunk: Any) -> Any:
        return (chunk["name"], "result" in chunk, chunk["name"] in chain.ran)

    seen = chain.read(look, "tasks")
    assert [ran for _, ended, ran in seen if not ended] == [False] * 3
    assert [ran for _, ended, ran in seen if ended] == [True] * 3


@both_drivers
def test_a_reader_that_leaves_before_the_tasks_run_keeps_them_from_running(drive: str):
    chain = Chain(drive, "^a", "^b")
    chain.read(lambda chunk: chunk["name"], "tasks", most=1)
    assert chain.ran == []


@both_drivers
def test_the_input_is_shown_with_the_first_superstep_planned(drive: str):
    chain = Chain(drive, "^a")
    seen = chain.read(lambda chunk: list(chain.ran), "values")
    assert seen == [[], ["a"]]


def test_what_one_of_several_tasks_causes_comes_before_the_barrier():
    chain = Chain("async", "^a", "^b")
    seen = chain.read(lambda chunk: chain.stored(), "updates")
    assert seen == [[], []]
    assert sorted(chain.stored()) == ["a", "b"]


@both_drivers
def test_the_last_chunks_come_when_the_run_is_saved_even_at_its_exit(drive: str):
    chain = Chain(drive, "^a", "ab")
    seen = chain.read(lambda chunk: chain.stored(), "updates", durability="exit")
    assert seen == [[], ["a", "b"]]


@both_drivers
def test_a_failure_is_shown_before_it_is_raised(drive: str):
    chain = Chain(drive, "^a", "ab", fails="b")
    seen: List[Any] = []
    with pytest.raises(ValueError, match="b"):
        chain.read(lambda chunk: seen.append((chunk["name"], chunk.get("error"))), "tasks")
    assert [name for name, _ in seen] == ["a", "a", "b", "b"]
    assert seen[-1][1]


@both_drivers
def test_chunks_that_a_node_writes_itself_come_while_it_runs(drive: str):
    chain = Chain(drive, "^a")
    assert chain.read(lambda chunk: chain.stored(), ["updates", "custom"]) == [[]]
