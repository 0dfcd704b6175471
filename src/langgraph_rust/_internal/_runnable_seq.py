"""The sequence of a node and its writers."""

from __future__ import annotations

import sys
from typing import Any, AsyncIterator, Callable, Dict, Generator, Iterator, Optional

from langgraph_rust._internal._compat import name_as_upstream
from langgraph_rust._internal._config import ensure_config, patch_config
from langgraph_rust._internal._runnable import Runnable, coerce_to_runnable
from langgraph_rust._langchain.callbacks import (
    aopen_callbacks,
    is_stream_handler,
    open_callbacks,
    split_tracers,
    traced_run,
)
from langgraph_rust._langchain.context import create_task_in_context, set_config_context

Transform = Optional[Callable[[Any], Any]]


def _is_langchain_sequence(value: Any) -> bool:
    module = sys.modules.get("langchain_core.runnables.base")
    return module is not None and isinstance(value, module.RunnableSequence)


def _recorded(value: Any, transform: Transform) -> Any:
    """Return what a run records for `value`; a transform that fails changes nothing."""
    if transform is None:
        return value
    try:
        return transform(value)
    except Exception:
        import logging

        logging.getLogger("langgraph._internal._runnable").exception(
            "trace input/output processor raised; recording untransformed payload"
        )
        return value


def _perform(calls: Generator[Any, Any, Any]) -> Any:
    """Run a generator whose every yielded value is sent back to it."""
    try:
        value = next(calls)
        while True:
            value = calls.send(value)
    except StopIteration as stop:
        return stop.value


async def _aperform(calls: Generator[Any, Any, Any]) -> Any:
    """Run a generator that yields awaitables and is sent what they give."""
    try:
        value = await next(calls)
        while True:
            value = await calls.send(value)
    except StopIteration as stop:
        return stop.value


def _last(chunks: Iterator[Any]) -> Any:
    last = None
    for chunk in chunks:
        last = chunk
    return last


async def _alast(chunks: AsyncIterator[Any]) -> Any:
    last = None
    async for chunk in chunks:
        last = chunk
    return last


class RunnableSeq(Runnable):
    """A sequence in which the output of each step is the input of the next.

    Args:
        *steps: At least two; sequences among them are taken apart.
        name: The name in traces.
        trace_inputs: Transforms the input that every callback handler is shown.
        trace_policy: Transforms what tracers record, after `trace_inputs`.

    Raises:
        ValueError: If there are fewer than two steps.
    """

    def __init__(
        self,
        *steps: Any,
        name: Optional[str] = None,
        trace_inputs: Transform = None,
        trace_policy: Any = None,
    ) -> None:
        self.steps: list = []
        for step in steps:
            if isinstance(step, RunnableSeq) or _is_langchain_sequence(step):
                self.steps.extend(step.steps)
            else:
                self.steps.append(coerce_to_runnable(step, name=None, trace=True))
        if len(self.steps) < 2:
            raise ValueError(f"RunnableSeq must have at least 2 steps, got {len(self.steps)}")
        self.name = name
        self.trace_inputs = trace_inputs
        if trace_policy is None:
            from langgraph_rust.types import TracePolicy

            trace_policy = TracePolicy()
        self.trace_policy = trace_policy

    def __or__(self, other: Any) -> Any:
        if isinstance(other, RunnableSeq) or _is_langchain_sequence(other):
            return RunnableSeq(*self.steps, *other.steps, name=self.name or other.name)
        return RunnableSeq(*self.steps, other, name=self.name)

    def __ror__(self, other: Any) -> Any:
        if isinstance(other, RunnableSeq):
            return RunnableSeq(*other.steps, *self.steps, name=other.name or self.name)
        from langchain_core.runnables.base import RunnableSequence

        if isinstance(other, RunnableSequence):
            name = other.name or self.name
            return RunnableSequence(*other.steps, *self.steps, name=name)
        first = coerce_to_runnable(other, name=None, trace=True)
        return RunnableSequence(first, *self.steps, name=self.name)

    def _start(self, manager: Any, input: Any, config: Dict[str, Any]) -> Any:
        """Report the start to `manager`, yielding each call; returns the run manager."""
        shown = _recorded(input, self.trace_inputs)
        recorded = _recorded(shown, self.trace_policy.process_inputs)
        name = config.get("run_name") or self.get_name()
        run_id = config.pop("run_id", None)
        if recorded is shown or not manager.handlers:
            run = yield manager.on_chain_start(None, shown, name=name, run_id=run_id)
            return run
        real, tracers = split_tracers(manager)
        run = yield real.on_chain_start(None, shown, name=name, run_id=run_id)
        yield tracers.on_chain_start(None, recorded, name=name, run_id=run.run_id)
        run.handlers = manager.handlers
        return run

    def _end(self, run: Any, output: Any) -> Any:
        """Report the end to `run`, yielding each call."""
        recorded = _recorded(output, self.trace_policy.process_outputs)
        if recorded is output or not run.handlers:
            yield run.on_chain_end(output)
            return
        real, tracers = split_tracers(run)
        yield tracers.on_chain_end(recorded)
        yield real.on_chain_end(output)

    def _step_config(self, config: Any, run: Any, index: int) -> Any:
        return patch_config(config, callbacks=run.get_child(f"seq:step:{index + 1}"))

    def invoke(self, input: Any, config: Any = None, **kwargs: Any) -> Any:
        """Run the steps; further arguments go to the first."""
        if config is None:
            config = ensure_config()
        run = _perform(self._start(open_callbacks(config), input, config))
        try:
            for index, step in enumerate(self.steps):
                config = self._step_config(config, run, index)
                if index == 0:
                    with set_config_context(config, traced_run(run)) as context:
                        input = context.run(step.invoke, input, config, **kwargs)
                else:
                    input = step.invoke(input, config)
        except BaseException as error:
            run.on_chain_error(error)
            raise
        _perform(self._end(run, input))
        return input

    async def ainvoke(self, input: Any, config: Any = None, **kwargs: Any) -> Any:
        """See `invoke`."""
        if config is None:
            config = ensure_config()
        run = await _aperform(self._start(aopen_callbacks(config), input, config))
        try:
            for index, step in enumerate(self.steps):
                config = self._step_config(config, run, index)
                if index == 0:
                    with set_config_context(config, traced_run(run)) as context:
                        first = step.ainvoke(input, config, **kwargs)
                        input = await create_task_in_context(context, first)
                else:
                    input = await step.ainvoke(input, config)
        except BaseException as error:
            await run.on_chain_error(error)
            raise
        await _aperform(self._end(run, input))
        return input

    def stream(self, input: Any, config: Any = None, **kwargs: Any) -> Iterator[Any]:
        """Stream the input through all steps; yields None once, when all is consumed."""
        if config is None:
            config = ensure_config()
        run = _perform(self._start(open_callbacks(config), input, config))
        config = self._step_config(config, run, 0)
        with set_config_context(config, traced_run(run)) as context:
            try:
                chunks = self.steps[0].stream(input, config, **kwargs)
                for index, step in enumerate(self.steps[1:], 1):
                    config = self._step_config(config, run, index)
                    chunks = step.transform(chunks, config)
                for handler in run.handlers:
                    if is_stream_handler(handler):
                        chunks = handler.tap_output_iter(run.run_id, chunks)
                output = context.run(_last, chunks)
                yield
            except BaseException as error:
                run.on_chain_error(error)
                raise
            _perform(self._end(run, output))

    async def astream(self, input: Any, config: Any = None, **kwargs: Any) -> AsyncIterator[Any]:
        """See `stream`."""
        from contextlib import AsyncExitStack

        if config is None:
            config = ensure_config()
        run = await _aperform(self._start(aopen_callbacks(config), input, config))
        config = self._step_config(config, run, 0)
        with set_config_context(config, traced_run(run)) as context:
            try:
                async with AsyncExitStack() as stack:
                    chunks = self.steps[0].astream(input, config, **kwargs)
                    _close_with(stack, chunks)
                    for index, step in enumerate(self.steps[1:], 1):
                        config = self._step_config(config, run, index)
                        chunks = step.atransform(chunks, config)
                        _close_with(stack, chunks)
                    for handler in run.handlers:
                        if is_stream_handler(handler):
                            chunks = handler.tap_output_aiter(run.run_id, chunks)
                    output = await create_task_in_context(context, _alast(chunks))
                    yield
            except BaseException as error:
                await run.on_chain_error(error)
                raise
            await _aperform(self._end(run, output))


OWN_METHODS = (RunnableSeq.invoke, RunnableSeq.ainvoke)
"""What an instrumented class no longer has."""


def _close_with(stack: Any, chunks: Any) -> None:
    if hasattr(chunks, "aclose"):
        stack.push_async_callback(chunks.aclose)


name_as_upstream(globals(), "_internal._runnable")
