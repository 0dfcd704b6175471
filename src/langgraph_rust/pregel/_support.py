"""The Python half of the engine: small functions that Rust calls by name (`lazy::support`).

None of them decides anything about a superstep. What is rarely needed is imported inside.
"""

from __future__ import annotations

import sys
from typing import Any, Callable, Dict, Iterable, List, Mapping, Optional, Sequence, Tuple

from langgraph_rust._internal._constants import (
    CACHE_NS_WRITES,
    CONF,
    CONFIG_KEY_CHECKPOINT_ID,
    CONFIG_KEY_CHECKPOINT_NS,
    CONFIG_KEY_REPLAY_STATE,
    CONFIG_KEY_RESUMING,
    RESUME,
    TASKS,
)
from langgraph_rust._internal._runnable import Runnable
from langgraph_rust.constants import START
from langgraph_rust.errors import InvalidUpdateError
from langgraph_rust.pregel import _log
from langgraph_rust.pregel._log import warn as warn
from langgraph_rust.types import CacheKey, Command, Send

Write = Tuple[str, Any]


def is_runnable(value: Any) -> bool:
    """Tell whether a node's return value is to be run in its turn."""
    if isinstance(value, Runnable):
        return True
    base = sys.modules.get("langchain_core.runnables.base")
    return base is not None and isinstance(value, base.Runnable)


def map_command(command: Command) -> List[Write]:
    """List what a command given as input writes, before any task runs.

    Raises:
        InvalidUpdateError: The command is for a parent, and an input has none.
        TypeError: A destination is neither a `Send` nor a node's name.
    """
    if command.graph == Command.PARENT:
        raise InvalidUpdateError("There is no parent graph")
    writes: List[Write] = []
    goto = command.goto
    for target in goto if isinstance(goto, (tuple, list)) else [goto] if goto else ():
        if isinstance(target, Send):
            writes.append((TASKS, target))
        elif isinstance(target, str):
            writes.append((f"branch:to:{target}", START))
        else:
            raise TypeError(f"In Command.goto, expected Send/str, got {type(target).__name__}")
    if command.resume is not None:
        writes.append((RESUME, command.resume))
    if command.update:
        writes.extend(command._update_as_tuples())
    return writes


def check_resume(resume: Any, pending_writes: Iterable[Any], strict: bool) -> bool:
    """Check an answer against the interrupts that wait; True if it is a map by interrupt id.

    Raises:
        UnknownInterruptError: In strict mode, an id does not wait, or no id says which is meant.
        RuntimeError: Several interrupts wait and the answer names none.
    """
    from langgraph_rust.errors import UnknownInterruptError
    from langgraph_rust.pregel._task_status import read_task_statuses
    from langgraph_rust.pregel._utils import is_xxh3_128_hexdigest

    statuses = read_task_statuses(pending_writes).values()
    waiting = {interrupt.id for status in statuses for interrupt in status.pending_interrupts}
    if isinstance(resume, dict) and all(is_xxh3_128_hexdigest(key) for key in resume):
        if strict and not resume:
            raise UnknownInterruptError(
                "The resume map names no interrupt", reason="empty_map", pending_ids=sorted(waiting)
            )
        unknown = sorted(resume.keys() - waiting)
        if strict and unknown:
            raise UnknownInterruptError(
                f"Unknown or already-consumed interrupt: {unknown[0]}",
                reason="not_pending",
                interrupt_ids=unknown,
                pending_ids=sorted(waiting),
            )
        return True
    if len(waiting) > 1:
        message = (
            "When there are multiple pending interrupts, you must specify the interrupt id when "
            "resuming. Docs: https://docs.langchain.com/oss/python/langgraph/interrupts"
            "#handling-multiple-interrupts."
        )
        if strict:
            raise UnknownInterruptError(message, reason="ambiguous", pending_ids=sorted(waiting))
        raise RuntimeError(message)
    return False


def sanitize_send(packet: Any, untracked: Sequence[str]) -> Any:
    """Return a send without the keys of its argument that are untracked channels."""
    if not isinstance(packet, Send) or not isinstance(packet.arg, dict):
        return packet
    kept = {key: value for key, value in packet.arg.items() if key not in untracked}
    return Send(node=packet.node, arg=kept, timeout=packet.timeout)


def readdress(command: Command, graph: str) -> Command:
    """Return the command addressed to another graph."""
    from dataclasses import replace

    return replace(command, graph=graph)


def as_exception(error: Any) -> BaseException:
    """Return an error as it was stored, as an exception."""
    return error if isinstance(error, BaseException) else Exception(str(error))


def is_coroutine_function(func: Any) -> bool:
    from inspect import iscoroutinefunction

    return iscoroutinefunction(func)


def new_future() -> Any:
    """Return a future for a call made from inside a sync task."""
    from concurrent.futures import Future

    return Future()


def timeout_error() -> Exception:
    """Return what a sync run raises when a superstep takes too long."""
    from concurrent.futures import TimeoutError

    return TimeoutError("Timed out")


def sync_timeout_error(name: str) -> Exception:
    from langgraph_rust._internal._timeout import sync_timeout_unsupported

    return sync_timeout_unsupported(name)


def retry_delay(
    policies: Sequence[Any], error: Exception, attempts: int, name: str
) -> Optional[float]:
    """Return how long to wait before the next attempt, in seconds; None if there is none.

    Args:
        policies: The first that wants to retry this error decides.
        error: What the attempt raised.
        attempts: How many there were.
        name: The node's name, for the log.
    """
    policy = next((policy for policy in policies if should_retry_on(policy, error)), None)
    if policy is None or attempts >= policy.max_attempts:
        return None
    interval = policy.initial_interval * policy.backoff_factor ** (attempts - 1)
    delay = min(policy.max_interval, interval)
    if policy.jitter:
        from random import uniform

        delay += uniform(0, 1)
    _log.info(
        f"Retrying task {name} after {delay:.2f} seconds (attempt {attempts}) "
        f"after {type(error).__name__} {error}",
        error,
    )
    return delay


def should_retry_on(policy: Any, error: Exception) -> bool:
    """Tell whether a retry policy is for this error.

    Raises:
        TypeError: `retry_on` is none of what it may be.
    """
    retry_on = policy.retry_on
    if isinstance(retry_on, (list, tuple)):
        return isinstance(error, tuple(retry_on))
    if isinstance(retry_on, type) and issubclass(retry_on, Exception):
        return isinstance(error, retry_on)
    if callable(retry_on):
        return retry_on(error)
    raise TypeError(
        "retry_on must be an Exception class, a list or tuple of Exception classes, or a callable"
    )


def _digest(key: Any) -> str:
    from langgraph_rust._engine import xxh3_128_hexdigest

    if not isinstance(key, bytes):
        # `memoryview` refuses what holds no bytes, as LangGraph does
        key = key.encode() if isinstance(key, str) else memoryview(key).tobytes()
    return xxh3_128_hexdigest(key)


def node_cache_key(policy: Any, node: Any, name: str, value: Any) -> CacheKey:
    """Return the key under which a node's writes for `value` are cached."""
    from langgraph_rust.pregel._call import identifier

    namespace = (CACHE_NS_WRITES, identifier(node) or "__dynamic__", name)
    return CacheKey(namespace, _digest(policy.key_func(value)), policy.ttl)


def call_cache_key(policy: Any, func: Callable[..., Any], value: Any) -> CacheKey:
    """Return the key under which a call's result is cached; `value` is (args, kwargs)."""
    from langgraph_rust.pregel._call import identifier

    args, kwargs = value
    namespace = (CACHE_NS_WRITES, identifier(func) or "__dynamic__")
    return CacheKey(namespace, _digest(policy.key_func(*args, **kwargs)), policy.ttl)


def cache_get(cache: Any, tasks: Sequence[Tuple[Any, CacheKey]]) -> List[Tuple[Any, Any]]:
    """Return the tasks whose writes the cache has, with the writes."""
    by_key = {(key.ns, key.key): task for task, key in tasks}
    return [(by_key[key], writes) for key, writes in cache.get(tuple(by_key)).items()]


async def acache_get(cache: Any, tasks: Sequence[Tuple[Any, CacheKey]]) -> List[Tuple[Any, Any]]:
    """Async twin of `cache_get`."""
    by_key = {(key.ns, key.key): task for task, key in tasks}
    return [(by_key[key], writes) for key, writes in (await cache.aget(tuple(by_key))).items()]


def cache_set(cache: Any, key: CacheKey, writes: Sequence[Write]) -> None:
    cache.set({(key.ns, key.key): (writes, key.ttl)})


def task_callbacks(config: Dict[str, Any], asynchronous: bool) -> Any:
    """Return the `callbacks` of the tasks of a run that nobody observes."""
    from langgraph_rust._langchain.callbacks import unobserved_callbacks

    return unobserved_callbacks(config, asynchronous)


def _without_id(config: Mapping[str, Any]) -> Any:
    from langgraph_rust._internal._config import patch_configurable

    return patch_configurable(config, {CONFIG_KEY_CHECKPOINT_ID: None})


def ask_checkpoint(run: Any, saver: Any) -> Any:
    """Body that loads a run's checkpoint, for `_ask`'s drivers.

    Returns:
        What the saver has (or None), whether a newer checkpoint exists, whether the newest was
        asked for, and the delta channels rebuilt from history.
    """
    from langgraph_rust.pregel._delta import channels_to_replay, replay
    from langgraph_rust.pregel._stored import ask_history, ask_id, ask_stored

    config = run.checkpoint_config
    conf = run.config[CONF]
    replay_state = conf.get(CONFIG_KEY_REPLAY_STATE)
    superseded = latest = False
    if config[CONF].get(CONFIG_KEY_CHECKPOINT_ID):
        saved = yield from ask_stored(saver, config, run.specs)
        if saved is not None:
            newest = yield from ask_id(saver, _without_id(config))
            superseded = newest is not None and newest != saved.checkpoint["id"]
    elif replay_state:
        namespace = conf.get(CONFIG_KEY_CHECKPOINT_NS, "")
        saved = yield from replay_state.ask(namespace, saver, config, run.specs)
        conf.pop(CONFIG_KEY_RESUMING, None)
    else:
        saved = yield from ask_stored(saver, config, run.specs)
        latest = True
    channels = None
    if saved is not None:
        behind = channels_to_replay(run.specs, saved.checkpoint)
        if behind:
            histories = yield from ask_history(saver, saved.config, behind)
            channels = {
                name: replay(run.specs[name], histories[name])
                for name in behind
                if name in histories
            }
    return saved, superseded, latest, channels


def load(run: Any, saver: Any) -> Any:
    """Load a sync run's checkpoint; see `ask_checkpoint`."""
    from langgraph_rust.pregel._ask import answered

    return answered(ask_checkpoint(run, saver))


async def aload(run: Any, saver: Any) -> Any:
    """Async twin of `load`."""
    from langgraph_rust.pregel._ask import aanswered

    return await aanswered(ask_checkpoint(run, saver))


def run_timed(task: Any) -> Any:
    """Return the coroutine that runs a task under its timeout."""
    from langgraph_rust.pregel._async_tasks import attempt

    return attempt(task)


def is_being_cancelled() -> bool:
    """Tell whether a cancellation came from outside the code of the running asyncio task."""
    from langgraph_rust.pregel._async_tasks import is_being_cancelled

    return is_being_cancelled()


def await_any(awaitable: Any) -> Any:
    """Return a coroutine that awaits what is none."""
    from langgraph_rust.pregel._async_tasks import await_any

    return await_any(awaitable)


async def consume_astream(runnable: Any, value: Any, config: Any) -> None:
    """Run a node by its `astream`, which tracers of streams tap; its chunks are not kept."""
    from langgraph_rust.pregel._attempt_scope import RUNNING_SCOPE

    scope = RUNNING_SCOPE.get()
    async for _ in runnable.astream(value, config):
        if scope is not None:
            scope.touch_on_chunk()


def start_call(caller: Any, push: Any, options: Any) -> Any:
    """Start a call made from inside a task of an asyncio run; gives its future."""
    return caller.driver.start_call(push, options)
