"""Tasks of asyncio runs: their identity, their cancellation, sync functions on other threads."""

from __future__ import annotations

import asyncio
import contextvars
import sys
import threading
from typing import Any, Callable, Dict, List

import pytest
from typing_extensions import TypedDict

from langgraph_rust.graph import END, START, StateGraph
from langgraph_rust.types import Send


class State(TypedDict, total=False):
    log: List[str]


def chain(*nodes: Callable[..., Any]) -> Any:
    graph = StateGraph(State)
    before = START
    for number, node in enumerate(nodes):
        graph.add_node(f"node{number}", node)
        graph.add_edge(before, f"node{number}")
        before = f"node{number}"
    graph.add_edge(before, END)
    return graph.compile()


def fan_out(node: Callable[..., Any], count: int) -> Any:
    graph = StateGraph(State)
    graph.add_node("work", node)
    graph.add_conditional_edges(
        START, lambda _: [Send("work", number) for number in range(count)], ["work"]
    )
    return graph.compile()


def run(graph: Any, config: Any = None) -> Any:
    return asyncio.run(graph.ainvoke({}, config))


def test_a_task_that_somebody_keeps_is_of_one_node_alone() -> None:
    kept: List[Any] = []

    async def keep(state: State) -> None:
        kept.append(asyncio.current_task())

    run(chain(keep, keep))
    assert kept[0] is not kept[1]
    assert [task.get_name() for task in kept] == ["node0", "node1"]
    assert all(task.done() and not task.cancelled() for task in kept)


def test_callbacks_of_a_nodes_task_are_called_when_the_node_ends() -> None:
    ended: List[str] = []

    async def add(state: State) -> None:
        task: Any = asyncio.current_task()
        task.add_done_callback(lambda task: ended.append(task.get_name()))

    async def look(state: State) -> None:
        await asyncio.sleep(0)
        ended.append("next")

    run(chain(add, look))
    assert ended == ["node0", "next"]


@pytest.mark.parametrize("waits", [False, True])
def test_a_node_that_cancels_its_task_cancels_nothing_else(waits: bool) -> None:
    async def cancel(state: State) -> None:
        task: Any = asyncio.current_task()
        task.cancel()
        if waits:
            await asyncio.sleep(1)

    async def main() -> str:
        await chain(cancel).ainvoke({})
        return "on"

    assert asyncio.run(main()) == "on"


def test_the_loop_knows_no_tasks_of_ours_between_runs() -> None:
    async def node(state: State) -> None:
        assert asyncio.current_task() is not None

    async def main() -> None:
        await chain(node, node).ainvoke({})
        assert asyncio.all_tasks() == {asyncio.current_task()}
        await asyncio.sleep(0)
        await chain(node).ainvoke({})
        assert asyncio.all_tasks() == {asyncio.current_task()}

    asyncio.run(main())


def test_a_node_is_cancelled_where_it_waits() -> None:
    seen: List[str] = []

    async def wait(state: State) -> None:
        try:
            await asyncio.sleep(60)
        except asyncio.CancelledError:
            seen.append("cancelled")
            raise

    async def main() -> None:
        running = asyncio.get_running_loop().create_task(chain(wait).ainvoke({}))
        await asyncio.sleep(0)
        running.cancel()
        with pytest.raises(asyncio.CancelledError):
            await running

    asyncio.run(main())
    assert seen == ["cancelled"]


def test_awaitables_of_every_kind_can_be_awaited() -> None:
    class Twice:
        def __await__(self) -> Any:
            yield
            yield
            return "twice"

    def later() -> Any:
        future = asyncio.get_running_loop().create_future()
        asyncio.get_running_loop().call_soon(future.set_result, "later")
        return future

    log: List[str] = []

    async def node(state: State) -> None:
        log.append(await Twice())
        log.append(await later())
        log.append(await asyncio.wait_for(later(), 1))

    run(chain(node))
    assert log == ["twice", "later", "later"]


def test_sync_nodes_run_on_other_threads_in_a_copy_of_the_context() -> None:
    var: contextvars.ContextVar[str] = contextvars.ContextVar("var")
    seen: List[Any] = []

    def node(state: State) -> None:
        seen.append((threading.get_ident(), var.get()))
        var.set("changed")

    async def main() -> None:
        var.set("given")
        await chain(node, node).ainvoke({})
        assert var.get() == "given"

    asyncio.run(main())
    assert [value for _, value in seen] == ["given", "given"]
    assert threading.get_ident() not in [thread for thread, _ in seen]


def test_the_loop_turns_while_a_sync_node_blocks() -> None:
    released = threading.Event()

    def block(state: State) -> Dict[str, Any]:
        assert released.wait(10)
        return {"log": ["released"]}

    async def main() -> Any:
        running = asyncio.get_running_loop().create_task(chain(block, block).ainvoke({}))
        await asyncio.sleep(0)
        released.set()
        return await running

    assert asyncio.run(main()) == {"log": ["released"]}


def test_sync_nodes_of_one_superstep_run_side_by_side() -> None:
    meeting = threading.Barrier(8, timeout=10)
    run(fan_out(lambda number: (meeting.wait(), None)[1], 8))


def test_a_sync_node_may_call_the_loop_and_wait_for_it() -> None:
    async def answer() -> str:
        return "answer"

    async def main() -> Any:
        loop = asyncio.get_running_loop()

        def ask(state: State) -> Dict[str, Any]:
            return {"log": [asyncio.run_coroutine_threadsafe(answer(), loop).result(10)]}

        return await chain(ask).ainvoke({})

    assert asyncio.run(main()) == {"log": ["answer"]}


@pytest.mark.parametrize("error", [ValueError("no"), StopIteration("no"), KeyboardInterrupt()])
def test_what_a_sync_node_raises_comes_out(error: BaseException) -> None:
    def fail(state: State) -> None:
        raise error

    shown = RuntimeError if isinstance(error, StopIteration) else type(error)
    with pytest.raises(shown):
        run(chain(fail))


def test_a_sync_node_that_is_cancelled_is_not_waited_for() -> None:
    released = threading.Event()

    def block(state: State) -> None:
        released.wait(10)

    async def main() -> None:
        running = asyncio.get_running_loop().create_task(chain(block).ainvoke({}))
        await asyncio.sleep(0)
        running.cancel()
        with pytest.raises(asyncio.CancelledError):
            await running
        assert not released.is_set()
        released.set()

    asyncio.run(main())


@pytest.mark.parametrize("waits", [False, True])
def test_a_limit_of_concurrency_holds_for_asyncio(waits: bool) -> None:
    now, most = [0], [0]

    async def node(number: int) -> None:
        now[0] += 1
        most[0] = max(most[0], now[0])
        if waits:
            await asyncio.sleep(0)
        now[0] -= 1

    run(fan_out(node, 20), {"max_concurrency": 3})
    assert most[0] == (3 if waits else 1)


def test_first_steps_are_made_in_order_and_siblings_end_after_a_failure() -> None:
    log: List[Any] = []

    async def node(number: int) -> None:
        log.append(number)
        if number == 1:
            raise ValueError("one")
        try:
            await asyncio.sleep(60)
        except asyncio.CancelledError:
            log.append(f"cancelled {number}")
            raise

    with pytest.raises(ValueError, match="one"):
        run(fan_out(node, 3))
    assert log[:3] == [0, 1, 2]
    assert sorted(log[3:]) == ["cancelled 0", "cancelled 2"]


@pytest.mark.skipif(sys.version_info < (3, 11), reason="asyncio.timeout came with 3.11")
def test_a_timeout_around_what_a_node_awaits_ends_only_that() -> None:
    log: List[str] = []

    async def node(state: State) -> None:
        try:
            async with asyncio.timeout(0.001):  # type: ignore[attr-defined]
                await asyncio.sleep(60)
        except TimeoutError:
            log.append("timeout")
        await asyncio.sleep(0)
        log.append("on")

    run(chain(node, node))
    assert log == ["timeout", "on"] * 2


def test_many_runs_wait_side_by_side() -> None:
    waiting = [0]

    async def node(state: State) -> Dict[str, Any]:
        waiting[0] += 1
        while waiting[0] < 200:
            await asyncio.sleep(0)
        return {"log": ["done"]}

    async def main() -> Any:
        graph = chain(node, node)
        return await asyncio.gather(*(graph.ainvoke({}) for _ in range(200)))

    assert asyncio.run(main()) == [{"log": ["done"]}] * 200
