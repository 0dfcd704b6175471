"""Workflows of tasks, run."""

import asyncio

import pytest

from langgraph_rust.cache.memory import InMemoryCache
from langgraph_rust.checkpoint.memory import InMemorySaver
from langgraph_rust.func import entrypoint, task
from langgraph_rust.types import CachePolicy, Command, RetryPolicy, interrupt


@task
def double(number):
    return number * 2


@task
async def adouble(number):
    await asyncio.sleep(0)
    return number * 2


def test_results_come_from_futures():
    @entrypoint()
    def workflow(numbers):
        return [future.result() for future in [double(number) for number in numbers]]

    assert workflow.invoke([1, 2, 3]) == [2, 4, 6]


def test_results_are_awaited():
    @entrypoint()
    async def workflow(numbers):
        return await asyncio.gather(*[adouble(number) for number in numbers], double(4))

    assert asyncio.run(workflow.ainvoke([1, 2, 3])) == [2, 4, 6, 8]


def test_sync_workflow_calls_tasks_from_its_thread_in_an_async_run():
    @entrypoint()
    def workflow(number):
        futures = [double(number), adouble(number + 1)]
        return [future.result() for future in futures]

    assert asyncio.run(workflow.ainvoke(1)) == [2, 4]


def test_async_task_in_a_sync_run_is_refused():
    @entrypoint()
    def workflow(number):
        return adouble(number).result()

    with pytest.raises(RuntimeError, match="async tasks cannot be called"):
        workflow.invoke(1)


def test_tasks_call_tasks():
    @task
    def quadruple(number):
        return double(double(number).result()).result()

    @entrypoint()
    def workflow(number):
        return quadruple(number).result()

    assert workflow.invoke(1) == 4
    assert asyncio.run(workflow.ainvoke(1)) == 4


def test_error_of_a_task_reaches_its_caller():
    @task
    def fail(number):
        raise KeyError(number)

    @entrypoint()
    def workflow(number):
        with pytest.raises(KeyError):
            fail(number).result()
        return "caught"

    assert workflow.invoke(1) == "caught"


def test_error_in_making_a_call_reaches_its_caller():
    def no_key(*args, **kwargs):
        raise KeyError("no key")

    keyless = task(cache_policy=CachePolicy(key_func=no_key))(adouble.func)

    @entrypoint(cache=InMemoryCache())
    async def workflow(number):
        return await keyless(number)

    with pytest.raises(KeyError):
        asyncio.run(workflow.ainvoke(1))


def test_task_is_tried_again():
    tries = []

    @task(retry_policy=RetryPolicy(initial_interval=0, jitter=False, retry_on=ValueError))
    def unsteady(number):
        tries.append(number)
        if len(tries) < 3:
            raise ValueError
        return number

    @entrypoint()
    def workflow(number):
        return unsteady(number).result()

    assert workflow.invoke(1) == 1
    assert tries == [1, 1, 1]


@pytest.mark.parametrize("is_async", [False, True])
def test_equal_calls_are_taken_from_the_cache(is_async):
    runs = []

    def count(number):
        runs.append(number)
        return number

    counted = task(cache_policy=CachePolicy())(count)

    @entrypoint(cache=InMemoryCache())
    def workflow(number):
        return counted(number).result()

    @entrypoint(cache=InMemoryCache())
    async def aworkflow(number):
        return await counted(number)

    def invoke(number):
        if is_async:
            return asyncio.run(aworkflow.ainvoke(number))
        return workflow.invoke(number)

    assert [invoke(number) for number in (1, 2, 1)] == [1, 2, 1]
    assert runs == [1, 2]


@pytest.mark.parametrize("is_async", [False, True])
def test_finished_tasks_do_not_run_again_when_resumed(is_async):
    runs = []

    @task
    def count(number):
        runs.append(number)
        return number

    @entrypoint(checkpointer=InMemorySaver())
    def workflow(number):
        counted = count(number).result()
        return counted, interrupt("name?")

    config = {"configurable": {"thread_id": "1"}}

    def invoke(value):
        if is_async:
            return asyncio.run(workflow.ainvoke(value, config))
        return workflow.invoke(value, config)

    paused = invoke(1)
    assert [question.value for question in paused["__interrupt__"]] == ["name?"]
    assert invoke(Command(resume="Ada")) == (1, "Ada")
    assert runs == [1]


def test_next_run_is_given_what_this_one_saves():
    @entrypoint(checkpointer=InMemorySaver())
    def workflow(number, *, previous=None):
        return entrypoint.final(value=previous, save=number)

    config = {"configurable": {"thread_id": "1"}}
    assert [workflow.invoke(number, config) for number in (1, 2, 3)] == [None, 1, 2]


def test_stream_shows_tasks_and_the_workflow():
    @entrypoint()
    def workflow(number):
        return double(number).result()

    assert list(workflow.stream(1)) == [{"double": 2}, {"workflow": 2}]
