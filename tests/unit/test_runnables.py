"""Functions and sequences as Runnables. One body holds for sync runs and for asyncio."""

from __future__ import annotations

import asyncio
import contextvars
import pickle
import threading
from functools import partial
from typing import Any

import pytest

from langgraph_rust._internal._runnable import (
    RunnableCallable,
    RunnableSeq,
    coerce_to_runnable,
    create_task_in_config_context,
    is_async_callable,
    is_async_generator,
    is_runnable,
    run_in_executor,
    set_config_context,
)
from langgraph_rust._langchain.context import current_config
from langgraph_rust.types import TracePolicy


def invoke(runnable: Any, *args: Any, **kwargs: Any) -> Any:
    return runnable.invoke(*args, **kwargs)


def ainvoke(runnable: Any, *args: Any, **kwargs: Any) -> Any:
    return asyncio.run(runnable.ainvoke(*args, **kwargs))


@pytest.fixture(params=[invoke, ainvoke])
def call(request):
    """Call a Runnable, in a sync run or on an event loop."""
    return request.param


def both(func: Any, **options: Any) -> RunnableCallable:
    """A Runnable whose coroutine function does what `func` does."""

    async def afunc(*args: Any, **kwargs: Any) -> Any:
        return func(*args, **kwargs)

    return RunnableCallable(func, afunc, **options)


def test_named_after_the_function_unless_it_is_a_lambda():
    async def work(state):
        return state

    assert RunnableCallable(len).name == "len"
    assert RunnableCallable(None, work).name == "work"
    assert RunnableCallable(lambda x: x).name is None
    assert RunnableCallable(lambda x: x).get_name() == "RunnableCallable"
    assert RunnableCallable(len, name="size").get_name("input") == "size_input"
    assert RunnableCallable(len, name="Size").get_name("input") == "SizeInput"


def test_needs_a_function():
    with pytest.raises(ValueError, match="At least one of func or afunc must be provided."):
        RunnableCallable(None)


def test_an_async_function_cannot_be_invoked():
    async def work(state):
        return state

    with pytest.raises(TypeError, match='No synchronous function provided to "work"'):
        RunnableCallable(None, work).invoke(1)


def test_without_async_function_asyncio_runs_the_sync_one():
    assert ainvoke(RunnableCallable(lambda x: threading.current_thread()), 1) is (
        threading.current_thread()
    )


def test_keyword_arguments_are_bound_and_overridden(call):
    assert call(both(lambda x, y: (x, y), y=2), 1) == (1, 2)
    assert call(both(lambda x, y: (x, y), y=2), 1, y=3) == (1, 3)


def test_explode_args_spreads_the_input(call):
    runnable = both(lambda a, b, c: (a, b, c), explode_args=True, c=0)
    assert call(runnable, ((1,), {"b": 2})) == (1, 2, 0)


def test_a_returned_runnable_runs_on_the_same_input_unless_told_not_to(call):
    inner = both(lambda x: x + 1)
    assert call(both(lambda x: inner), 1) == 2
    assert call(both(lambda x: inner, recurse=False), 1) is inner


def test_the_config_is_the_running_one_inside_and_only_inside(call):
    seen = call(both(lambda x: current_config()), 1, {"tags": ["a"], "run_name": "once"})
    assert seen["tags"] == ["a"]
    assert "run_name" not in seen
    assert current_config() is None


def test_an_untraced_function_runs_in_the_callers_context(call):
    assert call(both(lambda x: current_config(), trace=False), 1, {"tags": ["a"]}) is None


def test_context_variables_set_by_a_traced_function_stay_inside():
    variable = contextvars.ContextVar("variable", default=0)
    RunnableCallable(lambda x: variable.set(1)).invoke(1)
    assert variable.get() == 0


def test_the_run_id_is_used_up():
    config = {"run_id": "one"}
    RunnableCallable(len).invoke([], config)
    assert config == {}


def test_a_coerced_sync_function_runs_in_a_thread_of_asyncio_with_its_context():
    def work(x):
        return threading.current_thread(), current_config()["tags"]

    runnable = coerce_to_runnable(work, name=None, trace=True)
    assert runnable.sync_origin and runnable.func is work
    assert runnable.afunc.__name__ == "work"
    thread, tags = ainvoke(runnable, 1, {"tags": ["a"]})
    assert thread is not threading.current_thread()
    assert tags == ["a"]


def test_coercion_knows_what_it_is_given():
    async def work(x):
        return x

    class Callable:
        async def __call__(self, x):
            return x

    runnable = RunnableCallable(len)
    assert coerce_to_runnable(runnable, name=None, trace=True) is runnable
    for thing in (work, Callable(), partial(work)):
        made = coerce_to_runnable(thing, name="n", trace=False)
        assert made.func is None and made.afunc is thing and not made.sync_origin
        assert (made.name, made.trace) == ("n", False)
    with pytest.raises(TypeError, match="Expected a Runnable, callable or dict"):
        coerce_to_runnable(1, name=None, trace=True)


def test_generators_and_dicts_become_langchains():
    base = pytest.importorskip("langchain_core.runnables.base")

    def items(x):
        yield x

    made = coerce_to_runnable(items, name="items", trace=True)
    assert isinstance(made, base.RunnableLambda) and is_runnable(made)
    made = coerce_to_runnable({"a": len}, name=None, trace=True)
    assert isinstance(made, base.RunnableParallel)


def test_async_functions_are_told_by_what_a_call_gives():
    async def coroutine():
        pass

    async def generator():
        yield

    class Both:
        async def __call__(self):
            pass

    assert [is_async_callable(f) for f in (coroutine, Both(), generator, len, 1)] == [
        True,
        True,
        False,
        False,
        False,
    ]
    assert [is_async_generator(f) for f in (generator, coroutine, len)] == [True, False, False]


def test_a_stop_iteration_in_a_thread_becomes_a_runtime_error():
    def stop():
        raise StopIteration

    with pytest.raises(RuntimeError):
        asyncio.run(run_in_executor(None, stop))


def test_a_config_context_is_left_empty():
    with set_config_context({"tags": ["a"]}) as context:
        assert context.run(current_config) == {"tags": ["a"]}
    assert context.run(current_config) is None


def test_a_native_task_in_the_context_variable_shows_its_config():
    class Task:
        config = {"tags": ["a"]}

    with set_config_context(Task()) as context:
        assert context.run(current_config) is Task.config


def test_a_task_made_in_a_config_context_finds_the_config_to_its_end():
    async def work():
        before = current_config()
        await asyncio.sleep(0)
        return before, current_config()

    async def main():
        return await create_task_in_config_context(work, {"tags": ["a"]})

    assert asyncio.run(main()) == ({"tags": ["a"]}, {"tags": ["a"]})


def test_a_sequence_passes_outputs_on(call):
    seq = RunnableSeq(both(lambda x: x + 1), both(lambda x: x * 2), name="seq")
    assert call(seq, 1) == 4


def test_a_sequence_needs_two_steps_and_takes_sequences_apart():
    with pytest.raises(ValueError, match="RunnableSeq must have at least 2 steps, got 1"):
        RunnableSeq(len)
    seq = RunnableSeq(RunnableSeq(len, abs), hex)
    assert [step.name for step in seq.steps] == ["len", "abs", "hex"]
    joined = RunnableSeq(len, abs, name="left") | RunnableSeq(hex, len, name="right")
    assert (len(joined.steps), joined.name) == (4, "left")
    assert [step.name for step in (seq | repr).steps] == ["len", "abs", "hex", "repr"]


def test_only_the_first_step_gets_further_arguments_and_the_running_config(call):
    seq = RunnableSeq(
        both(lambda x, y: (x, y, current_config() is not None), trace=False),
        both(lambda x: (x, current_config()), trace=False),
    )
    assert call(seq, 1, {"tags": ["a"]}, y=2) == ((1, 2, True), None)


def test_streaming_a_sequence_consumes_all_and_yields_once():
    seen = []
    seq = RunnableSeq(lambda x: x + 1, seen.append)
    assert list(seq.stream(1)) == [None]

    async def main():
        return [chunk async for chunk in seq.astream(2)]

    assert asyncio.run(main()) == [None]
    assert seen == [2, 3]


def test_trace_processors_always_run_and_never_change_the_outcome(call):
    shown = []

    def fail(value):
        shown.append(value)
        raise RuntimeError

    policy = TracePolicy(process_inputs=fail, process_outputs=fail)
    seq = RunnableSeq(
        both(lambda x: x + 1), both(lambda x: x * 2), trace_inputs=str, trace_policy=policy
    )
    assert call(seq, 1) == 4
    assert shown == ["1", 4]


def test_transform_joins_the_parts_of_its_input():
    runnable = RunnableCallable(lambda x: x)
    assert list(runnable.transform(iter(["a", "b"]))) == ["ab"]
    assert list(runnable.transform(iter([1, "b"]))) == ["b"]
    assert list(runnable.transform(iter([]))) == []

    async def parts():
        yield "a"
        yield "b"

    async def main():
        return [chunk async for chunk in runnable.atransform(parts())]

    assert asyncio.run(main()) == ["ab"]


def batch(runnable: Any, *args: Any, **kwargs: Any) -> Any:
    return runnable.batch(*args, **kwargs)


def abatch(runnable: Any, *args: Any, **kwargs: Any) -> Any:
    return asyncio.run(runnable.abatch(*args, **kwargs))


def as_completed(runnable: Any, *args: Any, **kwargs: Any) -> Any:
    return [out for _, out in sorted(runnable.batch_as_completed(*args, **kwargs))]


def aas_completed(runnable: Any, *args: Any, **kwargs: Any) -> Any:
    async def main() -> Any:
        found = runnable.abatch_as_completed(*args, **kwargs)
        return sorted([pair async for pair in found])

    return [out for _, out in asyncio.run(main())]


@pytest.fixture(params=[batch, abatch, as_completed, aas_completed])
def call_batch(request):
    """Run a Runnable over many inputs, in one of the four ways; outputs in order."""
    return request.param


def test_a_batch_runs_every_input(call_batch):
    runnable = both(lambda x, y=0: x + y)
    assert call_batch(runnable, []) == []
    assert call_batch(runnable, [1]) == [1]
    assert call_batch(runnable, [1, 2, 3], {"max_concurrency": 2}, y=1) == [2, 3, 4]


def test_a_batch_raises_or_returns_exceptions(call_batch):
    runnable = both(lambda x: 1 // x)
    with pytest.raises(ZeroDivisionError):
        call_batch(runnable, [1, 0])
    one, error = call_batch(runnable, [1, 0], return_exceptions=True)
    assert one == 1 and isinstance(error, ZeroDivisionError)


def test_a_batch_gives_each_input_a_complete_config(call_batch):
    def work(x, config):
        return config["tags"], config["recursion_limit"], config["configurable"]

    found = call_batch(both(work), [1, 2], [{"tags": ["a"]}, {"recursion_limit": 3, "k": 1}])
    assert found == [(["a"], 25, {}), ([], 3, {"k": 1})]
    with pytest.raises(ValueError, match="got 1 configs for 2 inputs"):
        call_batch(both(work), [1, 2], [{}])


def test_a_run_id_goes_to_the_first_of_a_batch_alone():
    runnable = RunnableCallable(lambda x, config: config.get("run_id"), trace=False)
    with pytest.warns(RuntimeWarning, match="only for the first element"):
        assert runnable.batch([1, 2], {"run_id": "r"}) == ["r", None]


def test_runnables_of_module_functions_can_be_pickled():
    made = pickle.loads(pickle.dumps(RunnableSeq(RunnableCallable(len), RunnableCallable(abs))))
    assert made.invoke([1, 2]) == 2
    assert type(made) is RunnableSeq and RunnableSeq.__module__ == "langgraph._internal._runnable"
