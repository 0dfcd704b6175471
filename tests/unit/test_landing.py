"""How asyncio runs go on from where the code of a task has ended that took turns of the loop."""

from __future__ import annotations

import asyncio
import contextvars
import operator
import weakref
from typing import Any, Callable, Dict, List

import pytest
from typing_extensions import Annotated, TypedDict

from langgraph_rust.graph import END, START, StateGraph
from langgraph_rust.types import Send


class Log(TypedDict, total=False):
    log: Annotated[List[Any], operator.add]


def chain(*nodes: Callable[..., Any]) -> Any:
    graph = StateGraph(Log)
    before = START
    for number, node in enumerate(nodes):
        graph.add_node(f"node{number}", node)
        graph.add_edge(before, f"node{number}")
        before = f"node{number}"
    graph.add_edge(before, END)
    return graph.compile()


async def pause(_: Log) -> Log:
    await asyncio.sleep(0)
    return {}


def run(graph: Any) -> Any:
    return asyncio.run(graph.ainvoke({"log": []}))


def test_each_task_has_its_name_before_and_after_it_waits() -> None:
    async def tell(_: Log) -> Log:
        before = asyncio.current_task().get_name()  # type: ignore[union-attr]
        await asyncio.sleep(0)
        return {"log": [before, asyncio.current_task().get_name()]}  # type: ignore[union-attr]

    told = run(chain(tell, tell, tell))["log"]
    assert told == ["node0", "node0", "node1", "node1", "node2", "node2"]


def test_code_that_does_not_wait_takes_no_task_of_its_own(monkeypatch: pytest.MonkeyPatch) -> None:
    made: List[Any] = []

    class Counted(asyncio.Task):  # type: ignore[type-arg]
        def __init__(self, coroutine: Any, **options: Any) -> None:
            super().__init__(coroutine, **options)
            made.append(options.get("name"))

    async def go_on(_: Log) -> Log:
        return {}

    monkeypatch.setattr(asyncio.tasks, "Task", Counted)
    assert run(chain(*[go_on] * 50)) == {"log": []}
    # beside the program's own, which have no name, one for all nodes
    assert [name for name in made if name is not None] == ["__start__"]


def test_a_task_that_is_kept_ends_with_its_code() -> None:
    kept: List[Any] = []

    async def keep(_: Log) -> Log:
        await asyncio.sleep(0)
        kept.append(asyncio.current_task())
        return {}

    async def look(_: Log) -> Log:
        await asyncio.sleep(0)
        await asyncio.sleep(0)
        return {"log": [(task.get_name(), task.done()) for task in kept]}

    assert run(chain(keep, look))["log"] == [("node0", True)]
    kept.clear()
    assert run(chain(keep, keep, look))["log"] == [("node0", True), ("node1", True)]


@pytest.mark.parametrize("keep", [weakref.ref, lambda task: task.add_done_callback(print)])
def test_a_task_that_is_watched_is_not_used_again(keep: Callable[[Any], Any]) -> None:
    kept: List[Any] = []

    async def show(_: Log) -> Log:
        await asyncio.sleep(0)
        kept.append(keep(asyncio.current_task()))
        return {"log": [id(asyncio.current_task())]}

    async def tell(_: Log) -> Log:
        return {"log": [asyncio.current_task().get_name()]}  # type: ignore[union-attr]

    assert run(chain(pause, show, tell))["log"][1] == "node2"


def test_only_what_waits_is_among_the_loop_s_tasks() -> None:
    async def count(_: Log) -> Log:
        await asyncio.sleep(0)
        return {"log": [sorted(task.get_name() for task in asyncio.all_tasks())]}

    async def main() -> List[Any]:
        asyncio.current_task().set_name("main")  # type: ignore[union-attr]
        names: List[Any] = (await chain(pause, pause, count).ainvoke({"log": []}))["log"]
        await asyncio.sleep(0)
        return [*names, sorted(task.get_name() for task in asyncio.all_tasks())]

    assert asyncio.run(main()) == [["main", "node2"], ["main"]]


def test_context_variables_are_those_of_the_caller() -> None:
    variable: contextvars.ContextVar[int] = contextvars.ContextVar("variable", default=0)

    async def see(_: Log) -> Log:
        seen = variable.get()
        await asyncio.sleep(0)
        variable.set(seen + 100)
        return {"log": [seen]}

    async def main() -> Any:
        variable.set(1)
        out = await chain(see, see, see).ainvoke({"log": []})
        return out["log"], variable.get()

    assert asyncio.run(main()) == ([1, 1, 1], 1)


def test_a_failure_after_several_waits_is_the_run_s() -> None:
    async def fail(_: Log) -> Log:
        await asyncio.sleep(0)
        raise KeyError("lost")

    with pytest.raises(KeyError, match="lost"):
        run(chain(pause, pause, fail))


def test_a_failure_in_the_superstep_that_follows_is_the_run_s() -> None:
    async def fail(_: Log) -> Log:
        raise KeyError("lost")

    async def main() -> List[Any]:
        with pytest.raises(KeyError, match="lost"):
            await chain(pause, fail).ainvoke({"log": []})
        # nothing is left to be told of by the loop
        told: List[Any] = []
        asyncio.get_running_loop().set_exception_handler(lambda _, what: told.append(what))
        await asyncio.sleep(0)
        return told

    assert asyncio.run(main()) == []


def test_a_run_is_cancelled_while_a_later_task_waits() -> None:
    reached: List[str] = []

    async def wait(_: Log) -> Log:
        reached.append("waits")
        try:
            await asyncio.sleep(60)
        except asyncio.CancelledError:
            reached.append("is cancelled")
            raise
        return {}

    async def main() -> None:
        running = asyncio.ensure_future(chain(pause, pause, wait).ainvoke({"log": []}))
        while not reached:
            await asyncio.sleep(0)
        running.cancel()
        with pytest.raises(asyncio.CancelledError):
            await running

    asyncio.run(main())
    assert reached == ["waits", "is cancelled"]


def test_a_cancellation_that_a_task_survives_is_not_the_next_task_s() -> None:
    async def survive(_: Log) -> Log:
        await asyncio.sleep(0)
        task: Any = asyncio.current_task()
        asyncio.get_running_loop().call_soon(task.cancel)
        try:
            await asyncio.sleep(60)
        except asyncio.CancelledError:
            pass
        return {"log": ["survived"]}

    async def count(_: Log) -> Log:
        await asyncio.sleep(0)
        task: Any = asyncio.current_task()
        return {"log": [task.cancelling() if hasattr(task, "cancelling") else 0]}

    assert run(chain(pause, survive, count))["log"] == ["survived", 0]


def test_tasks_that_end_at_different_turns_meet_at_the_barrier() -> None:
    async def wait(turns: int) -> Log:
        for _ in range(turns):
            await asyncio.sleep(0)
        return {"log": [turns]}

    graph = StateGraph(Log)
    graph.add_node("wait", wait)
    graph.add_node("after", pause)
    graph.add_conditional_edges(START, lambda _: [Send("wait", n) for n in (3, 0, 2, 1)], ["wait"])
    graph.add_edge("wait", "after")
    assert run(graph.compile())["log"] == [3, 0, 2, 1]


def test_chunks_come_in_order_between_waits() -> None:
    async def tell(_: Log) -> Log:
        await asyncio.sleep(0)
        return {"log": [asyncio.current_task().get_name()]}  # type: ignore[union-attr]

    async def main() -> List[Any]:
        stream = chain(tell, tell, tell).astream({"log": []}, stream_mode="updates")
        return [chunk async for chunk in stream]

    names = ["node0", "node1", "node2"]
    assert asyncio.run(main()) == [{name: {"log": [name]}} for name in names]


def test_a_step_s_time_limit_holds_after_waits() -> None:
    async def wait(_: Log) -> Log:
        await asyncio.sleep(60)
        return {}

    graph = chain(pause, pause, wait)
    graph.step_timeout = 0.05
    with pytest.raises(asyncio.TimeoutError):
        run(graph)


def test_graphs_in_nodes_go_on_as_those_around_them() -> None:
    async def tell(_: Log) -> Log:
        await asyncio.sleep(0)
        return {"log": [asyncio.current_task().get_name()]}  # type: ignore[union-attr]

    inner = chain(pause, tell)

    async def call(_: Log) -> Log:
        await asyncio.sleep(0)
        out: Log = await inner.ainvoke({"log": []})
        own = asyncio.current_task().get_name()  # type: ignore[union-attr]
        return {"log": [*out["log"], own]}

    assert run(chain(call, tell, call))["log"] == ["node1", "node0", "node1", "node1", "node2"]


def test_many_runs_at_once_keep_apart() -> None:
    async def number(state: Log) -> Log:
        await asyncio.sleep(0)
        return {"log": [state["log"][0]]}

    async def main() -> List[Dict[str, Any]]:
        graph = chain(number, number)
        return await asyncio.gather(*(graph.ainvoke({"log": [n]}) for n in range(50)))

    assert [out["log"] for out in asyncio.run(main())] == [[n, n, n] for n in range(50)]
