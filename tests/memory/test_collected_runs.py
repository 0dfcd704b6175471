"""Runs are collected, whatever cycles they lie on, and a process that runs graphs does not grow."""

from __future__ import annotations

import asyncio
import gc
import operator
import sys
import threading
import time
from typing import Any, Callable, Dict, List

import pytest
from graphs import as_node, both_drivers, count_engine_objects, run, stream
from typing_extensions import Annotated, TypedDict

from langgraph_rust.checkpoint.memory import InMemorySaver
from langgraph_rust.errors import NodeError
from langgraph_rust.func import entrypoint, task
from langgraph_rust.graph import START, StateGraph
from langgraph_rust.types import Command, RetryPolicy, Send, interrupt


class Count(TypedDict, total=False):
    count: int
    seen: Annotated[list, operator.add]


def _one(drive: str, body: Callable[..., Any], **options: Any) -> Any:
    graph = StateGraph(Count)
    graph.add_node("node", as_node(drive, body), **options)
    graph.add_edge(START, "node")
    return graph


def _nothing_is_left(scene: Callable[[], Any]) -> None:
    """The scene leaves no object of the engine behind, the first time or later."""
    before = count_engine_objects()
    scene()
    # a thread of the executor lets go of its last job when it is given the time to
    patience = time.monotonic() + 5
    while count_engine_objects() != before and time.monotonic() < patience:
        time.sleep(0.001)
    assert count_engine_objects() == before


def _runs_and_tasks() -> List[Any]:
    return [thing for thing in gc.get_objects() if type(thing).__name__ in ("Run", "Task")]


@both_drivers
def test_a_run_is_collected_whose_config_its_node_keeps(drive: str):
    def scene() -> None:
        kept: Dict[str, Any] = {}

        def node(state: Count, config) -> None:
            kept.update(config)
            kept["configurable"] = config["configurable"]

        async def anode(state: Count, config) -> None:
            node(state, config)

        graph = StateGraph(Count)
        graph.add_node("node", node if drive == "sync" else anode)
        graph.add_edge(START, "node")
        run(drive, graph.compile(), {"count": 0})

    _nothing_is_left(scene)


@both_drivers
def test_a_graph_is_collected_whose_parts_refer_to_it(drive: str):
    def scene() -> None:
        holder: List[Any] = []
        graph = StateGraph(Count)

        def route(state: Any) -> List[Send]:
            return [Send("node", state) for _ in holder]

        graph.add_node("first", as_node(drive, lambda state: {"count": len(holder)}))
        graph.add_node(
            "node",
            as_node(drive, lambda state: holder[0] and None),
            retry_policy=RetryPolicy(retry_on=lambda error: bool(holder)),
        )
        graph.add_edge(START, "first")
        graph.add_conditional_edges("first", route, ["node"])
        holder.append(graph.compile())
        run(drive, holder[0], {"count": 1})

    _nothing_is_left(scene)


@both_drivers
def test_a_run_is_collected_whose_error_was_kept(drive: str):
    def scene() -> None:
        errors: List[BaseException] = []

        def fail(state: Count, config=None) -> None:
            error = ValueError("as the test asks")
            errors.append(error)
            raise error

        graph = _one(drive, fail)
        graph.add_node("beside", as_node(drive, fail))
        graph.add_edge(START, "beside")
        with pytest.raises(ValueError, match="as the test asks") as raised:
            run(drive, graph.compile(), {"count": 0})
        errors.append(raised.value)

    _nothing_is_left(scene)


@both_drivers
def test_a_run_is_collected_whose_handler_kept_the_failure(drive: str):
    def scene() -> None:
        kept: List[Any] = []

        def fail(state: Count) -> None:
            raise ValueError("as the test asks")

        def handle(state: Count, error: NodeError) -> Any:
            kept.append((state, error))
            return Command(update={"count": 2})

        async def ahandle(state: Count, error: NodeError) -> Any:
            return handle(state, error)

        handler = handle if drive == "sync" else ahandle
        graph = _one(drive, fail, error_handler=handler)
        assert run(drive, graph.compile(), {"count": 0})["count"] == 2
        assert kept

    _nothing_is_left(scene)


@both_drivers
def test_an_interrupted_run_is_collected(drive: str):
    def scene() -> None:
        def ask(state: Count) -> Any:
            return {"count": interrupt({"asks": state})}

        saver = InMemorySaver()
        graph = _one("sync", ask).compile(checkpointer=saver)
        config: Any = {"configurable": {"thread_id": "1"}}
        assert "__interrupt__" in run(drive, graph, {"count": 0}, config=config)
        run(drive, graph, Command(resume=5), config=config)

    _nothing_is_left(scene)


@both_drivers
@pytest.mark.parametrize("mode", ["values", "updates", "messages", "custom", "debug"])
def test_a_stream_that_nobody_reads_to_its_end_is_collected(drive: str, mode: str):
    if mode == "messages":
        pytest.importorskip("langchain_core")

    def scene() -> None:
        graph = StateGraph(Count)
        graph.add_node("first", as_node(drive, lambda state: {"count": 1}))
        graph.add_node("take", as_node(drive, lambda state: {"seen": [1]}))
        graph.add_edge(START, "first")
        graph.add_conditional_edges(
            "first", lambda state: [Send("take", state) for _ in range(4)], ["take"]
        )
        compiled = graph.compile(checkpointer=InMemorySaver())
        config: Any = {"configurable": {"thread_id": "1"}}
        if drive == "sync":
            for _ in compiled.stream({"count": 0}, config, stream_mode=[mode, "values"]):
                break
            return

        async def main() -> None:
            chunks = compiled.astream({"count": 0}, config, stream_mode=[mode, "values"])
            async for _ in chunks:
                break
            await chunks.aclose()

        asyncio.run(main())

    _nothing_is_left(scene)


def test_a_cancelled_run_is_collected():
    def scene() -> None:
        async def main() -> None:
            begun = asyncio.Event()

            async def wait(state: Count) -> None:
                begun.set()
                await asyncio.Event().wait()

            graph = StateGraph(Count)
            graph.add_node("wait", wait)
            graph.add_node("beside", wait)
            graph.add_edge(START, "wait")
            graph.add_edge(START, "beside")
            running = asyncio.ensure_future(graph.compile().ainvoke({"count": 0}))
            await begun.wait()
            running.cancel()
            with pytest.raises(asyncio.CancelledError):
                await running

        asyncio.run(main())

    _nothing_is_left(scene)


@both_drivers
def test_calls_from_inside_tasks_are_collected(drive: str):
    def scene() -> None:
        futures: List[Any] = []
        if drive == "sync":

            @task
            def double(value: int) -> int:
                return value * 2

            @entrypoint()
            def work(values: List[int]) -> List[int]:
                futures.extend(double(value) for value in values)
                return [future.result() for future in futures]

            assert work.invoke([1, 2]) == [2, 4]
            return

        @task
        async def adouble(value: int) -> int:
            return value * 2

        @entrypoint()
        async def awork(values: List[int]) -> List[int]:
            futures.extend(adouble(value) for value in values)
            return [await future for future in futures]

        assert asyncio.run(awork.ainvoke([1, 2])) == [2, 4]

    _nothing_is_left(scene)


@both_drivers
def test_nested_runs_are_collected(drive: str):
    def scene() -> None:
        kept: List[Any] = []
        inner = _one(drive, lambda state: {"count": 3}).compile()

        def call(state: Count, config) -> Any:
            kept.append(config)
            return inner.invoke(state, config)

        async def acall(state: Count, config) -> Any:
            kept.append(config)
            return await inner.ainvoke(state, config)

        graph = StateGraph(Count)
        graph.add_node("call", call if drive == "sync" else acall)
        graph.add_node("beside", inner)
        graph.add_edge(START, "call")
        graph.add_edge("call", "beside")
        stream(drive, graph.compile(), {"count": 0}, subgraphs=True)

    _nothing_is_left(scene)


def test_a_finished_run_is_freed_without_the_collector():
    # with several tasks, a thread of the executor may hold the run until it has looked for more
    compiled = _one("sync", lambda state: {"count": 1}).compile()
    compiled.invoke({"count": 0})
    # of earlier tests a thread may still hold some; kept here, theirs cannot be taken for new ones
    others = _runs_and_tasks()
    gc.disable()
    try:
        for _ in range(5):
            compiled.invoke({"count": 0})
        left = [thing for thing in _runs_and_tasks() if not any(thing is other for other in others)]
    finally:
        gc.enable()
    assert left == []


@both_drivers
@pytest.mark.parametrize("fans_out", [False, True])
def test_many_runs_leave_as_many_blocks_as_few(drive: str, fans_out: bool):
    graph = _one(drive, lambda state: {"count": state.get("count", 0) + 1})
    graph.add_node("take", as_node(drive, lambda state: {"seen": [1]}))
    if fans_out:
        graph.add_conditional_edges("node", lambda state: [Send("take", state)] * 3, ["take"])
    compiled = graph.compile()

    def repeat(runs: int) -> int:
        if drive == "sync":
            for _ in range(runs):
                compiled.invoke({"count": 0})
        else:

            async def main() -> None:
                for _ in range(runs):
                    await compiled.ainvoke({"count": 0})

            asyncio.run(main())
        gc.collect()
        return sys.getallocatedblocks()

    repeat(300)
    few = repeat(50)
    many = repeat(1500)
    # threads of the executor come and go with blocks of theirs, and let go of runs in their time
    patience = time.monotonic() + 5
    while many - few >= 300 and time.monotonic() < patience:
        many = repeat(0)
    assert many - few < 300


def test_runs_in_many_threads_are_collected():
    def scene() -> None:
        compiled = _one("sync", lambda state: {"count": 1}).compile()

        def work() -> None:
            for _ in range(20):
                compiled.invoke({"count": 0})

        threads = [threading.Thread(target=work) for _ in range(4)]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join()

    _nothing_is_left(scene)
