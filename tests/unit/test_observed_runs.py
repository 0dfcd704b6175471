"""Runs that handlers or tracers observe: what these are told, and what tasks find in configs."""

from __future__ import annotations

import asyncio
from typing import Any

import pytest

pytest.importorskip("langchain_core")

from langchain_core.callbacks import (
    AsyncCallbackManager,
    BaseCallbackHandler,
    CallbackManager,
    dispatch_custom_event,
)
from langchain_core.runnables import RunnableLambda
from langchain_core.tracers.base import BaseTracer
from langchain_core.tracers.context import collect_runs, register_configure_hook

from langgraph_rust._internal._config import (
    get_async_callback_manager_for_config,
    get_callback_manager_for_config,
)
from langgraph_rust._internal._runnable import (
    RunnableCallable,
    RunnableSeq,
    coerce_to_runnable,
)
from langgraph_rust._langchain.callbacks import observed
from langgraph_rust._langchain.context import current_config
from langgraph_rust._langchain.surroundings import ambient_handlers
from langgraph_rust.types import TracePolicy


class Recorder(BaseCallbackHandler):
    """Keeps what it is told, with each run named by its name."""

    run_inline = True

    def __init__(self) -> None:
        self.events: list = []
        self.names: dict = {None: None}

    def on_chain_start(self, serialized: Any, inputs: Any, **run: Any) -> None:
        self.names[run["run_id"]] = run["name"]
        parent = self.names[run.get("parent_run_id")]
        self.events.append(("start", run["name"], inputs, parent, run["tags"]))

    def on_chain_end(self, outputs: Any, **run: Any) -> None:
        self.events.append(("end", self.names[run["run_id"]], outputs))

    def on_chain_error(self, error: BaseException, **run: Any) -> None:
        self.events.append(("error", self.names[run["run_id"]], type(error)))

    def on_custom_event(self, name: str, data: Any, **run: Any) -> None:
        self.events.append((name, self.names[run["run_id"]], data))


class Tracer(BaseTracer):
    """Keeps the inputs and outputs of the runs it is told of."""

    def __init__(self) -> None:
        super().__init__()
        self.runs: list = []

    def _persist_run(self, run: Any) -> None:
        self.runs.append((run.inputs, run.outputs))


def invoke(runnable: Any, *args: Any) -> Any:
    return runnable.invoke(*args)


def ainvoke(runnable: Any, *args: Any) -> Any:
    return asyncio.run(runnable.ainvoke(*args))


def stream(runnable: Any, *args: Any) -> Any:
    return list(runnable.stream(*args))


def astream(runnable: Any, *args: Any) -> Any:
    async def main() -> Any:
        return [chunk async for chunk in runnable.astream(*args)]

    return asyncio.run(main())


@pytest.fixture(params=[invoke, ainvoke])
def call(request):
    """Call a Runnable, in a sync run or on an event loop."""
    return request.param


def both(func: Any, **options: Any) -> RunnableCallable:
    async def afunc(*args: Any, **kwargs: Any) -> Any:
        return func(*args, **kwargs)

    return RunnableCallable(func, afunc, **options)


def test_handlers_hear_of_a_function_with_its_tags(call):
    recorder = Recorder()
    one = both(lambda x: x + 1, name="one", tags=["own"])
    assert call(one, 1, {"callbacks": [recorder], "tags": ["given"]}) == 2
    assert recorder.events == [("start", "one", 1, None, ["given", "own"]), ("end", "one", 2)]


def test_the_run_name_of_the_config_wins(call):
    recorder = Recorder()
    call(both(abs, name="one"), 1, {"callbacks": [recorder], "run_name": "other"})
    assert recorder.events[0][1] == "other"


def test_handlers_hear_of_an_error(call):
    recorder = Recorder()
    with pytest.raises(ZeroDivisionError):
        call(both(lambda x: 1 // x, name="one"), 0, {"callbacks": [recorder]})
    assert recorder.events[1:] == [("error", "one", ZeroDivisionError)]


def test_an_untraced_function_is_not_heard_of(call):
    recorder = Recorder()
    call(both(abs, trace=False), 1, {"callbacks": [recorder]})
    assert recorder.events == []


@pytest.mark.parametrize("run", [invoke, ainvoke, stream, astream])
def test_the_steps_of_a_sequence_are_its_children_in_order(run):
    recorder = Recorder()
    first, second = both(lambda x: x + 1, name="first"), RunnableLambda(abs, name="second")
    seq = RunnableSeq(first, second, name="seq")
    run(seq, 1, {"callbacks": [recorder], "tags": ["t"]})
    starts = [event[1:] for event in recorder.events if event[0] == "start"]
    by_name = {name: (parent, set(tags)) for name, _, parent, tags in starts}
    assert starts[0][0] == "seq"
    assert by_name["first"] == ("seq", {"seq:step:1", "t"})
    assert by_name["second"] == ("seq", {"seq:step:2", "t"})
    assert recorder.events[-1] == ("end", "seq", 2)


def test_what_a_function_runs_itself_is_its_child(call):
    recorder = Recorder()
    inner = both(abs, name="inner")
    call(both(lambda x: inner.invoke(x), name="outer"), 1, {"callbacks": [recorder]})
    assert recorder.events[1][:4] == ("start", "inner", 1, "outer")


def test_trace_inputs_are_for_all_and_the_policy_for_tracers_alone(call):
    recorder, tracer = Recorder(), Tracer()
    policy = TracePolicy(process_inputs=lambda x: "in " + x, process_outputs=lambda x: "out")
    seq = RunnableSeq(
        both(lambda x: x + 1, trace=False),
        both(abs, trace=False),
        name="seq",
        trace_inputs=str,
        trace_policy=policy,
    )
    assert call(seq, 1, {"callbacks": [recorder, tracer]}) == 2
    assert recorder.events == [("start", "seq", "1", None, []), ("end", "seq", 2)]
    assert tracer.runs == [({"input": "in 1"}, {"output": "out"})]


def test_streamed_output_is_shown_to_stream_handlers():
    async def main():
        seq = RunnableSeq(both(lambda x: x + 1, name="a"), both(abs, name="b"), name="seq")
        return [event async for event in seq.astream_events(1, version="v2")]

    events = asyncio.run(main())
    ends = [event for event in events if event["event"] == "on_chain_end"]
    ended = {event["name"]: event["data"].get("output") for event in ends}
    assert ended == {"a": 2, "b": 2, "seq": 2}


def test_an_unobserved_task_may_dispatch_custom_events(call):
    def work(x):
        dispatch_custom_event("custom", x, config=current_config())
        return x

    assert call(both(work), 1) == 1
    recorder = Recorder()
    call(both(work, name="work"), 1, {"callbacks": [recorder]})
    assert ("custom", "work", 1) in recorder.events


def test_an_unobserved_task_hands_its_run_on():
    seen = []
    inner = RunnableCallable(lambda x: seen.append(current_config()["callbacks"]))
    RunnableCallable(lambda x: inner).invoke(1, {"callbacks": CallbackManager([], parent_run_id=1)})
    assert [manager.parent_run_id for manager in seen] == [1]


def test_only_what_has_handlers_is_observed():
    handler = BaseCallbackHandler()
    assert not observed({}) and not observed({"callbacks": []})
    assert observed({"callbacks": [handler]})
    for kind, asynchronous in ((CallbackManager, False), (AsyncCallbackManager, True)):
        assert not observed({"callbacks": kind([])}, asynchronous)
        assert observed({"callbacks": kind([handler])}, asynchronous)
        assert observed({"callbacks": kind([], inheritable_handlers=[handler])}, asynchronous)


def test_a_manager_of_the_run_knows_all_handlers_and_one_of_another_kind_does_not():
    with collect_runs():
        assert observed({})
        assert not observed({"callbacks": CallbackManager([])})
        assert observed({"callbacks": AsyncCallbackManager([])})
        assert observed({"callbacks": CallbackManager([])}, asynchronous=True)
    assert not observed({})


def test_handlers_in_the_surroundings_are_found(monkeypatch):
    from langchain_core import globals as langchain_globals
    from langchain_core.tracers import context
    from langsmith.run_helpers import tracing_context

    assert not ambient_handlers()
    with collect_runs():
        assert ambient_handlers()
    with tracing_context(enabled=True):
        assert ambient_handlers()
    langchain_globals.set_debug(True)
    try:
        assert ambient_handlers()
    finally:
        langchain_globals.set_debug(False)
    monkeypatch.setattr(context, "_configure_hooks", list(context._configure_hooks))
    register_configure_hook(context.run_collector_var, True, Recorder, "A_HANDLER_IS_WANTED")
    assert not ambient_handlers()
    monkeypatch.setenv("A_HANDLER_IS_WANTED", "1")
    assert ambient_handlers()
    assert observed({})


def test_what_langsmith_says_of_its_tracing_is_what_holds(monkeypatch):
    import langsmith.utils
    from langsmith.run_helpers import tracing_context
    from langsmith.run_trees import RunTree

    parent = RunTree(name="parent", client=object())
    with tracing_context(parent=parent):
        assert langsmith.utils.tracing_is_enabled()
        assert ambient_handlers()
        with tracing_context(enabled=False):
            assert not ambient_handlers()
    assert not ambient_handlers()
    monkeypatch.setattr(langsmith.utils, "tracing_is_enabled", lambda: True)
    assert ambient_handlers()


def test_runs_in_collect_runs_are_collected():
    with collect_runs() as collected:
        coerce_to_runnable(abs, name="collected", trace=True).invoke(-1)
    assert [run.name for run in collected.traced_runs] == ["collected"]


@pytest.mark.parametrize(
    ("manager_for", "kind"),
    [
        (get_callback_manager_for_config, CallbackManager),
        (get_async_callback_manager_for_config, AsyncCallbackManager),
    ],
)
def test_the_manager_of_a_config_has_its_handlers_tags_and_metadata(manager_for, kind):
    handler = BaseCallbackHandler()
    config = {"callbacks": [handler], "tags": ["a"], "metadata": {"m": 1}}
    made = manager_for(config, ["b"])
    assert isinstance(made, kind)
    assert made.inheritable_handlers == [handler]
    assert set(made.inheritable_tags) == {"a", "b"} and made.metadata == {"m": 1}
    assert config["tags"] == ["a"]

    held = kind([])
    assert manager_for({"callbacks": held, "tags": ["a"], "metadata": {"m": 1}}, ["b"]) is held
    assert set(held.inheritable_tags) == {"a", "b"} and held.metadata == {"m": 1}


def test_secrets_and_private_values_are_not_shown_to_tracers():
    from langgraph_rust._langchain.callbacks import _tracing_metadata

    config = {
        "configurable": {
            "thread_id": "t",
            "Api_KEY": "s",
            "auth_header": "s",
            "__private": 1,
            "object": object(),
            "flag": True,
        }
    }
    assert _tracing_metadata(config) == {"thread_id": "t", "flag": True}
    assert _tracing_metadata({}) is None
