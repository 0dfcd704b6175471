"""What tasks and entrypoints are made of, and what they refuse."""

import functools
import gc
import pickle
import weakref
from typing import Any

import pytest
from typing_extensions import TypedDict

from langgraph_rust._internal._constants import CONF, CONFIG_KEY_CALL, PREVIOUS
from langgraph_rust._internal._runnable import RunnableCallable, RunnableSeq, set_config_context
from langgraph_rust.constants import END, START
from langgraph_rust.func import entrypoint, task
from langgraph_rust.pregel._call import (
    CACHE,
    _explode_args_trace_inputs,
    call,
    get_runnable_for_entrypoint,
    get_runnable_for_task,
    identifier,
)
from langgraph_rust.types import CachePolicy, RetryPolicy, TimeoutPolicy
from langgraph_rust.warnings import LangGraphDeprecatedSinceV05, LangGraphDeprecatedSinceV10


def double(number: int) -> int:
    return number * 2


async def adouble(number: int) -> int:
    return number * 2


class Doubler:
    def method(self, number):
        return number * 2

    def __call__(self, number):
        return number * 2


class TestTask:
    def test_call_goes_to_the_running_task(self):
        calls = []

        def take(*args, **kwargs):
            calls.append((args, kwargs))
            return "future"

        policies = (RetryPolicy(),)
        marked = task(retry_policy=policies[0], timeout=2, cache_policy=None)(adouble)
        config = {CONF: {CONFIG_KEY_CALL: take}, "callbacks": None}
        with set_config_context(config) as context:
            assert context.run(marked, 1, number=2) == "future"
            assert context.run(call, double, 1) == "future"
        options = {
            "retry_policy": policies,
            "cache_policy": None,
            "callbacks": None,
            "timeout": TimeoutPolicy.coerce(2),
        }
        assert calls[0] == ((adouble, ((1,), {"number": 2})), options)
        assert calls[1][0] == (double, ((1,), {}))

    def test_call_outside_of_a_run_is_refused(self):
        with pytest.raises(RuntimeError, match="outside of a runnable context"):
            task(double)(1)

    def test_task_looks_like_its_function(self):
        marked = task(double)
        assert (marked.__name__, marked.__wrapped__, marked.func) == ("double", double, double)

    def test_name_may_be_given(self):
        def local(number):
            return number

        doubler = Doubler()
        assert task(name="other")(local).__name__ == "other"
        renamed = task(name="other")(doubler.method)
        assert renamed.__name__ == "other"
        assert renamed.func(2) == 4
        assert doubler.method.__name__ == "method"

    def test_timeout_needs_an_async_function(self):
        message = "Node timeouts are only supported for async nodes .* Task 'double' is sync."
        with pytest.raises(ValueError, match=message):
            task(timeout=1)(double)
        with pytest.raises(ValueError, match=message):
            call(double, 1, timeout=1)
        assert task(timeout=1)(adouble).timeout == TimeoutPolicy.coerce(1)

    def test_older_parameter_warns_at_the_caller(self):
        with pytest.warns(LangGraphDeprecatedSinceV05, match="`retry` is deprecated") as caught:
            marked = task(retry=RetryPolicy(max_attempts=7))(double)
        assert [policy.max_attempts for policy in marked.retry_policy] == [7]
        assert caught[0].filename == __file__

    def test_cache_is_cleared_by_the_name_of_the_function(self):
        class Cache:
            cleared = None

            def clear(self, namespaces):
                self.cleared = namespaces

        cache = Cache()
        task(double).clear_cache(cache)
        assert cache.cleared is None
        task(cache_policy=CachePolicy())(double).clear_cache(cache)
        assert cache.cleared == (("__pregel_ns_writes", f"{__name__}.double"),)


class TestRunnables:
    def test_function_of_a_module_has_one_runnable(self):
        runnable = get_runnable_for_task(double)
        assert get_runnable_for_task(double) is runnable
        assert CACHE[double, True] is runnable
        assert get_runnable_for_entrypoint(double) is CACHE[double, False]

    def test_task_takes_its_arguments_apart(self):
        runnable = get_runnable_for_task(double)
        assert type(runnable) is RunnableSeq
        assert runnable.steps[0].invoke(((), {"number": 2}), {}) == 4

    def test_local_function_keeps_its_own_runnable(self):
        def local(number):
            return number

        @functools.wraps(local)
        def wrapper(number):
            return local(number)

        runnable = get_runnable_for_task(local)
        assert get_runnable_for_task(local) is runnable
        wrapper.__dict__.update(local.__dict__)
        assert get_runnable_for_task(wrapper).steps[0].func is wrapper
        assert (local, True) not in CACHE

    def test_local_function_is_not_kept_alive(self):
        def local(number):
            return number

        get_runnable_for_task(local)
        gone = weakref.ref(local)
        del local
        gc.collect()
        assert gone() is None

    @pytest.mark.parametrize(
        ("function", "name"),
        [
            (functools.partial(double), "double"),
            (Doubler(), "Doubler"),
            (Doubler().method, "method"),
        ],
    )
    def test_name_is_found(self, function, name):
        assert get_runnable_for_task(function).name == name

    def test_sync_function_is_known_as_such_in_async_runs(self):
        assert get_runnable_for_entrypoint(double).sync_origin
        assert get_runnable_for_entrypoint(adouble).func is None

    def test_identifier_is_where_a_function_is_found(self):
        expected = f"{__name__}.double"
        assert identifier(double) == expected
        assert identifier(RunnableCallable(double)) == expected
        assert identifier(get_runnable_for_task(double)) == expected
        assert identifier(double, "other") == f"{__name__}.other"
        assert identifier(functools.partial(double)) is None

    def test_tracers_see_arguments_by_name(self):
        from inspect import signature

        def function(self, a, b=2, *rest, **options):
            return None

        shown = _explode_args_trace_inputs(signature(function), ((None, 1), {"c": 3}))
        assert shown == {"a": 1, "b": 2, "rest": (), "c": 3}


class TestEntrypoint:
    def test_graph_has_one_node_and_keeps_what_is_saved(self):
        @entrypoint()
        def workflow(x: int) -> entrypoint.final[str, list]:
            return entrypoint.final(value="a", save=[x])

        assert list(workflow.nodes) == ["workflow"]
        types = {key: workflow.channels[key].typ for key in (START, END, PREVIOUS)}
        assert types == {START: int, END: str, PREVIOUS: list}
        writes = workflow.nodes["workflow"].writers[0].writes
        final = entrypoint.final(value=1, save=2)
        assert [(w.channel, w.mapper(final), w.mapper(3)) for w in writes] == [
            (END, 1, 3),
            (PREVIOUS, 2, 3),
        ]

    @pytest.mark.parametrize(
        ("annotation", "types"),
        [(None, (None, None)), (dict, (dict, dict)), (entrypoint.final, (Any, Any))],
    )
    def test_return_annotation_types_both_values(self, annotation, types):
        def workflow(x):
            return x

        workflow.__annotations__["return"] = annotation
        graph = entrypoint()(workflow)
        assert (graph.channels[END].typ, graph.channels[PREVIOUS].typ) == types
        assert graph.channels[START].typ is Any

    def test_function_without_parameter_is_refused(self):
        with pytest.raises(ValueError, match="must have at least one parameter"):

            @entrypoint()
            def workflow():
                return None

    def test_generator_is_refused(self):
        with pytest.raises(NotImplementedError, match="Generators are not supported"):

            @entrypoint()
            def workflow(x):
                yield x

    def test_final_is_a_frozen_record(self):
        final = entrypoint.final(value=1, save=2)
        assert final == entrypoint.final(value=1, save=2)
        assert pickle.loads(pickle.dumps(final)) == final
        with pytest.raises(AttributeError):
            final.value = 3
        with pytest.raises(TypeError):
            entrypoint.final(1, 2)

    def test_older_parameters_warn_at_the_caller(self):
        class Context(TypedDict):
            user: str

        with pytest.warns(LangGraphDeprecatedSinceV10) as caught:
            made = entrypoint(config_schema=Context)
        assert made.context_schema is Context
        assert caught[0].filename == __file__
        with pytest.warns(LangGraphDeprecatedSinceV05):
            assert entrypoint(retry=RetryPolicy()).retry_policy == RetryPolicy()

    def test_public_names(self):
        assert (entrypoint.__module__, entrypoint.final.__module__) == ("langgraph.func",) * 2
        assert task.__module__ == "langgraph.func"
