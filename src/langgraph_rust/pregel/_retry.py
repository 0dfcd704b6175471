"""Running a single task to its end, retries included, outside of a run.

For tasks of upstream's shape (`PregelExecutableTask`), which servers make themselves; the tasks of
a run are driven by the engine. Both are judged by the engine, and both go through `attempt` on an
event loop. Imported by upstream's tests.
"""

from __future__ import annotations

import time
from itertools import count
from typing import Any, Dict, Optional, Sequence

from langgraph_rust._engine import Scratchpad, judge
from langgraph_rust._engine import parent_namespace as _checkpoint_ns_for_parent_command
from langgraph_rust._internal._config import patch_configurable
from langgraph_rust._internal._constants import (
    CONF,
    CONFIG_KEY_CHECKPOINT_ID,
    CONFIG_KEY_CHECKPOINT_NS,
    CONFIG_KEY_RESUMING,
    CONFIG_KEY_RUNTIME,
    CONFIG_KEY_SCRATCHPAD,
    CONFIG_KEY_TASK_ID,
    CONFIG_KEY_THREAD_ID,
    RETURN,
)
from langgraph_rust._internal._timeout import sync_timeout_unsupported
from langgraph_rust.pregel import _support
from langgraph_rust.pregel._attempt_events import AttemptContext as _AttemptContext
from langgraph_rust.pregel._attempt_events import AttemptEvent as _AttemptEvent
from langgraph_rust.pregel._attempt_scope import TimedAttemptScope as _TimedAttemptScope
from langgraph_rust.pregel._support import should_retry_on as _should_retry_on
from langgraph_rust.runtime import ExecutionInfo, Runtime

__all__ = (
    "_AttemptContext",
    "_AttemptEvent",
    "_TimedAttemptScope",
    "_checkpoint_ns_for_parent_command",
    "_ensure_execution_info",
    "_should_retry_on",
    "arun_with_retry",
    "run_with_retry",
)


def _ensure_execution_info(runtime: Runtime[Any], config: Any, task: Any) -> Runtime[Any]:
    """Return the runtime with an `execution_info`: its own, or one read from the config."""
    if runtime.execution_info is not None:
        return runtime
    conf = config.get(CONF, {})
    run_id = config.get("run_id")
    info = ExecutionInfo(
        checkpoint_id=conf.get(CONFIG_KEY_CHECKPOINT_ID) or "",
        checkpoint_ns=conf.get(CONFIG_KEY_CHECKPOINT_NS) or "",
        task_id=conf.get(CONFIG_KEY_TASK_ID) or task.id,
        thread_id=conf.get(CONFIG_KEY_THREAD_ID),
        run_id=str(run_id) if run_id else None,
    )
    return runtime.override(execution_info=info)


class _GivenTask:
    """A given task with the methods by which attempts are driven; see the engine's `Task`."""

    def __init__(self, task: Any, retry_policy: Any, configurable: Any, stream: bool) -> None:
        self.task = task
        self.id = task.id
        self.name = task.name
        self.timeout = task.timeout
        self.writers = task.writers
        self.retry_policy = task.retry_policy or retry_policy or None
        self.stream = stream
        self.attempts = 0
        self.waiting = False
        self.result: Any = None
        self.guarded: Any = None
        self.own_config = task.config
        if configurable is not None:
            self.own_config = patch_configurable(task.config, configurable)
        self._patch_runtime(node_first_attempt_time=time.time())

    @property
    def config(self) -> Any:
        return self.own_config if self.guarded is None else self.guarded

    def _patch_runtime(self, **info: Any) -> None:
        runtime = self.own_config.get(CONF, {}).get(CONFIG_KEY_RUNTIME)
        if isinstance(runtime, Runtime):
            runtime = _ensure_execution_info(runtime, self.own_config, self.task)
            patched = runtime.patch_execution_info(**info)
            self.own_config = patch_configurable(self.own_config, {CONFIG_KEY_RUNTIME: patched})

    def begin(self) -> None:
        self.attempts += 1
        self.waiting = False
        if self.attempts > 1:
            self._resume()
        self._patch_runtime(node_attempt=self.attempts)
        self.forget_writes()

    def _resume(self) -> None:
        """Let subgraphs go on where they were; interrupts are met again from the first."""
        patch: Dict[str, Any] = {CONFIG_KEY_RESUMING: True}
        scratchpad = self.own_config[CONF].get(CONFIG_KEY_SCRATCHPAD)
        if isinstance(scratchpad, Scratchpad):
            scratchpad.restart()
        elif scratchpad is not None:
            from dataclasses import replace

            patch[CONFIG_KEY_SCRATCHPAD] = replace(scratchpad, interrupt_counter=count().__next__)
        self.own_config = patch_configurable(self.own_config, patch)

    def guard(self, config: Any) -> None:
        self.guarded = config

    def forget_writes(self) -> None:
        self.task.writes.clear()

    def invoke(self) -> None:
        self.result = self.task.proc.invoke(self.task.input, self.config)

    def advance(self, value: Any) -> Any:
        if self.waiting:
            self.result = self._returned() if self.stream else value
            return None
        self.waiting = True
        if self.stream:
            return _support.consume_astream(self.task.proc, self.task.input, self.config)
        return self.task.proc.ainvoke(self.task.input, self.config)

    def _returned(self) -> Any:
        """Return what a streamed task returned: it is among its writes."""
        return next((value for channel, value in self.task.writes if channel == RETURN), None)

    def judge(self, error: BaseException) -> Optional[float]:
        namespace = self.own_config.get(CONF, {}).get(CONFIG_KEY_CHECKPOINT_NS) or ""
        delay: Optional[float] = judge(self, namespace, self.attempts, error)
        return delay


def run_with_retry(
    task: Any, retry_policy: Optional[Sequence[Any]], configurable: Optional[Dict[str, Any]] = None
) -> Any:
    """Run a task to its end.

    Args:
        task: The task.
        retry_policy: For a task that has no policies of its own; the first that fits decides.
        configurable: Added to the config's.

    Returns:
        What its `proc` returned.

    Raises:
        ValueError: It has a timeout, which sync tasks cannot have.
    """
    if task.timeout is not None:
        raise sync_timeout_unsupported(task.name)
    given = _GivenTask(task, retry_policy, configurable, stream=False)
    while True:
        given.begin()
        try:
            given.invoke()
            return given.result
        except BaseException as error:
            delay = given.judge(error)
        if delay is None:
            return None
        time.sleep(delay)


async def arun_with_retry(
    task: Any,
    retry_policy: Optional[Sequence[Any]],
    stream: bool = False,
    configurable: Optional[Dict[str, Any]] = None,
) -> Any:
    """Async twin of `run_with_retry`.

    Args:
        task: The task.
        retry_policy: For a task that has no policies of its own; the first that fits decides.
        stream: Run it by its `astream`; then what it wrote as its result is returned.
        configurable: Added to the config's.

    Raises:
        NodeTimeoutError: An attempt passed a limit of the task's timeout and is not retried.
    """
    from langgraph_rust.pregel._async_tasks import attempt

    given = _GivenTask(task, retry_policy, configurable, stream)
    await attempt(given)
    return given.result
