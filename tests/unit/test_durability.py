"""How far a run may go ahead of what stores its state."""

import asyncio
import operator
import threading

import pytest
from typing_extensions import Annotated, TypedDict

from langgraph_rust._engine import PENDING_CHECKPOINTS
from langgraph_rust.cache.memory import InMemoryCache
from langgraph_rust.checkpoint.memory import InMemorySaver
from langgraph_rust.func import entrypoint, task
from langgraph_rust.graph import END, START, StateGraph
from langgraph_rust.types import CachePolicy

SUPERSTEPS = 4 * PENDING_CHECKPOINTS
# the superstep whose checkpoint is the last to find room: the input and the start have one each
LAST_AHEAD = PENDING_CHECKPOINTS - 2
# Longer than any run here takes: where it ends, the test fails.
PATIENCE_S = 30


class Count(TypedDict):
    count: Annotated[int, operator.add]


class LateSaver(InMemorySaver):
    """Stores its first checkpoint only once the run is as far ahead as it may be."""

    def __init__(self):
        super().__init__()
        self.reached = 0
        self.is_ahead = threading.Event()
        self.leads = []

    def reach(self, count):
        self.reached = count
        if count >= LAST_AHEAD:
            self.is_ahead.set()

    def put(self, config, checkpoint, metadata, new_versions):
        assert self.is_ahead.wait(PATIENCE_S)
        self.leads.append(self.reached - metadata["step"])
        return super().put(config, checkpoint, metadata, new_versions)

    async def aput(self, config, checkpoint, metadata, new_versions):
        loop = asyncio.get_running_loop()
        put = super().put
        assert await loop.run_in_executor(None, self.is_ahead.wait, PATIENCE_S)
        self.leads.append(self.reached - metadata["step"])
        return put(config, checkpoint, metadata, new_versions)


def loop_of(saver, is_async):
    def step(state):
        saver.reach(state["count"] + 1)
        return {"count": 1}

    async def astep(state):
        return step(state)

    builder = StateGraph(Count)
    builder.add_node("step", astep if is_async else step)
    builder.add_edge(START, "step")
    more = lambda state: END if state["count"] >= SUPERSTEPS else "step"  # noqa: E731
    builder.add_conditional_edges("step", more)
    return builder.compile(checkpointer=saver)


@pytest.mark.parametrize("is_async", [False, True])
def test_a_slow_saver_is_left_behind_by_a_bounded_number_of_checkpoints(is_async):
    saver = LateSaver()
    graph = loop_of(saver, is_async)
    config = {"configurable": {"thread_id": "1"}, "recursion_limit": SUPERSTEPS + 2}
    if is_async:
        result = asyncio.run(graph.ainvoke({"count": 0}, config, durability="async"))
    else:
        result = graph.invoke({"count": 0}, config, durability="async")
    assert result == {"count": SUPERSTEPS}
    assert len(saver.leads) == SUPERSTEPS + 2
    assert max(saver.leads) in range(LAST_AHEAD, PENDING_CHECKPOINTS + 2)


class LateCache(InMemoryCache):
    """Takes its time with an entry: as long as somebody might look for it too early."""

    def __init__(self):
        super().__init__()
        self.looked = threading.Event()

    def get(self, keys):
        found = super().get(keys)
        self.looked.set()
        return found

    def set(self, pairs):
        self.looked.clear()
        self.looked.wait(0.05)
        super().set(pairs)


@pytest.mark.parametrize("is_async", [False, True])
def test_a_call_finds_what_an_earlier_call_of_its_run_has_put_into_the_cache(is_async):
    made = []

    def double(number):
        made.append(number)
        return 2 * number

    doubled = task(cache_policy=CachePolicy())(double)

    @entrypoint(cache=LateCache())
    def workflow(numbers):
        return [doubled(number).result() for number in numbers]

    @entrypoint(cache=LateCache())
    async def aworkflow(numbers):
        return [await doubled(number) for number in numbers]

    if is_async:
        results = asyncio.run(aworkflow.ainvoke([1, 1, 2, 1]))
    else:
        results = workflow.invoke([1, 1, 2, 1])
    assert results == [2, 2, 4, 2]
    assert made == [1, 2]
