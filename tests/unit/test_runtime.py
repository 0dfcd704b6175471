"""What a task finds around it: its config, its runtime, its managed values."""

from __future__ import annotations

import dataclasses
import typing
from typing import Any, List

import pytest

from langgraph_rust._internal._constants import CONFIG_KEY_RUNTIME
from langgraph_rust._internal._scratchpad import PregelScratchpad
from langgraph_rust._langchain.context import set_config_context
from langgraph_rust.config import get_config, get_store, get_stream_writer
from langgraph_rust.managed import IsLastStep, RemainingSteps
from langgraph_rust.managed.base import ManagedValue, is_managed_value
from langgraph_rust.runtime import DEFAULT_RUNTIME, ExecutionInfo, RunControl, Runtime, get_runtime
from langgraph_rust.store.memory import InMemoryStore

INFO = ExecutionInfo("c", "ns", "t")


class TestRuntime:
    def test_by_default_does_nothing(self) -> None:
        assert DEFAULT_RUNTIME == Runtime()
        assert DEFAULT_RUNTIME.stream_writer("x") is None and DEFAULT_RUNTIME.heartbeat() is None
        assert not DEFAULT_RUNTIME.drain_requested and DEFAULT_RUNTIME.drain_reason is None

    def test_merged_takes_what_the_other_has(self) -> None:
        written: List[Any] = []
        first = Runtime(context={"a": 1}, stream_writer=written.append, previous=1)
        second = Runtime(context={"b": 2}, previous=0, execution_info=INFO)
        merged = first.merge(second)
        assert merged == Runtime(
            context={"b": 2}, stream_writer=written.append, previous=0, execution_info=INFO
        )
        assert first.merge(Runtime()) == first

    def test_overridden_is_another(self) -> None:
        runtime = Runtime(context=1)
        assert runtime.override(context=2).context == 2 and runtime.context == 1
        with pytest.raises(TypeError):
            runtime.override(nothing=1)  # type: ignore[call-arg]

    def test_overridden_keeps_every_other_field(self) -> None:
        fields = {field.name: object() for field in dataclasses.fields(Runtime)}
        runtime: Runtime[Any] = Runtime(**fields)  # type: ignore[arg-type]
        for name in fields:
            changed = runtime.override(**{name: "other"})  # type: ignore[arg-type]
            found = {
                field.name: getattr(changed, field.name) for field in dataclasses.fields(Runtime)
            }
            assert found == {**fields, name: "other"}

    def test_overridden_stays_of_its_class(self) -> None:
        @dataclasses.dataclass(frozen=True)
        class Ours(Runtime[Any]):
            extra: int = 0

        changed = Ours(context=1, extra=2).override(context=3)
        assert changed == Ours(context=3, extra=2)

    def test_patches_an_execution_info_it_has(self) -> None:
        patched = Runtime(execution_info=INFO).patch_execution_info(node_attempt=2)
        assert patched.execution_info == INFO.patch(node_attempt=2) != INFO
        with pytest.raises(RuntimeError, match="before it has been set"):
            Runtime().patch_execution_info(node_attempt=2)

    def test_shows_the_drain_of_its_run(self) -> None:
        control = RunControl()
        runtime = Runtime(control=control)
        assert not runtime.drain_requested
        control.request_drain("sigterm")
        assert runtime.drain_requested and runtime.drain_reason == "sigterm"

    def test_is_generic_in_its_context(self) -> None:
        assert Runtime[int](context=1).context == 1


class TestInsideOfATask:
    def test_config_store_writer_and_runtime_are_found(self) -> None:
        store, written = InMemoryStore(), []  # type: ignore[var-annotated]
        runtime = Runtime(store=store, stream_writer=written.append)
        config = {"configurable": {CONFIG_KEY_RUNTIME: runtime}}
        with set_config_context(config) as context:
            assert context.run(get_config) is config
            assert context.run(get_store) is store
            context.run(get_stream_writer)("x")
            assert context.run(get_runtime, dict) is runtime
        assert written == ["x"]

    @pytest.mark.parametrize("find", [get_config, get_store, get_stream_writer, get_runtime])
    def test_outside_nothing_is(self, find: Any) -> None:
        with pytest.raises(RuntimeError, match="Called get_config outside of a runnable context"):
            find()


class TestManagedValues:
    @pytest.mark.parametrize(("step", "last", "remaining"), [(0, False, 3), (2, True, 1)])
    def test_count_the_supersteps_left(self, step: int, last: bool, remaining: int) -> None:
        scratchpad = PregelScratchpad(
            step=step,
            stop=3,
            call_counter=int,
            interrupt_counter=int,
            get_null_resume=bool,
            resume=[],
            subgraph_counter=int,
        )
        for annotation, expected in ((IsLastStep, last), (RemainingSteps, remaining)):
            (manager,) = annotation.__metadata__  # type: ignore[attr-defined]
            assert is_managed_value(manager) and manager.get(scratchpad) == expected

    def test_are_classes(self) -> None:
        for other in (int, typing.List[int], "name", None, ManagedValue[int], object()):
            assert not is_managed_value(other)
