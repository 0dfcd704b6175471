"""Questions about runnables and versions that several parts of the package ask."""

from __future__ import annotations

import sys
from functools import partial
from typing import TYPE_CHECKING, Any, Sequence

from langgraph_rust._internal._runnable import Runnable, RunnableCallable, RunnableSeq
from langgraph_rust._internal._timeout import sync_timeout_unsupported
from langgraph_rust.pregel._nonlocals import get_function_nonlocals
from langgraph_rust.pregel.protocol import PregelProtocol

if TYPE_CHECKING:
    from langgraph_rust.checkpoint.base import ChannelVersions

__all__ = (
    "find_subgraph_pregel",
    "get_function_nonlocals",
    "get_new_channel_versions",
    "is_xxh3_128_hexdigest",
    "validate_timeout_supported",
)


def get_new_channel_versions(
    previous_versions: ChannelVersions, current_versions: ChannelVersions
) -> ChannelVersions:
    """Return those of `current_versions` that are newer than in `previous_versions`."""
    if not previous_versions:
        return current_versions
    version_type: Any = type(next(iter(current_versions.values()), None))
    null_version = version_type()
    return {
        channel: version
        for channel, version in current_versions.items()
        if version > previous_versions.get(channel, null_version)
    }


def find_subgraph_pregel(candidate: Runnable) -> PregelProtocol | None:
    """Return the first graph that `candidate` is, has as a step, or refers to in its function.

    A graph compiled with `checkpointer=False` keeps no state of its own and is passed over.
    """
    from langgraph_rust.pregel.main import Pregel

    waiting: list[Any] = [candidate]
    for each in waiting:
        if isinstance(each, PregelProtocol) and not (
            isinstance(each, Pregel) and each.checkpointer is False
        ):
            return each
        steps = _sequence_steps(each)
        if steps is not None:
            waiting.extend(steps)
        elif isinstance(each, _langchain_type("RunnableLambda")):
            waiting.extend(each.deps)
        elif isinstance(each, RunnableCallable):
            func = each.afunc if each.func is None else each.func
            if func is not None:
                waiting.extend(
                    getattr(value, "__self__", value) for value in get_function_nonlocals(func)
                )
    return None


def validate_timeout_supported(runnable: Runnable, *, name: str) -> None:
    """Check that a node with a timeout can be cancelled.

    Raises:
        ValueError: `runnable` has a part that runs in a thread.
    """
    if not _runnable_has_native_async(runnable):
        raise sync_timeout_unsupported(name)


def is_xxh3_128_hexdigest(value: str) -> bool:
    """Tell whether `value` looks like an interrupt id: 32 lowercase hexadecimal digits."""
    return len(value) == 32 and all(digit in "0123456789abcdef" for digit in value)


def _langchain_type(name: str) -> Any:
    """Return a class of langchain's runnables, for isinstance; () while none can exist."""
    return getattr(sys.modules.get("langchain_core.runnables.base"), name, ())


def _sequence_steps(runnable: Runnable) -> Sequence[Runnable] | None:
    if isinstance(runnable, RunnableSeq) or isinstance(
        runnable, _langchain_type("RunnableSequence")
    ):
        return runnable.steps
    return None


def _parallel_steps(runnable: Runnable) -> Sequence[Runnable] | None:
    if isinstance(runnable, _langchain_type("RunnableParallel")):
        return tuple(runnable.steps__.values())
    return None


def _runnable_has_native_async(runnable: Runnable) -> bool:
    while isinstance(runnable, _langchain_type("RunnableBindingBase")):
        runnable = runnable.bound
    steps = _sequence_steps(runnable)
    if steps is None:
        steps = _parallel_steps(runnable)
    if steps is not None:
        return all(map(_runnable_has_native_async, steps))
    if isinstance(runnable, RunnableCallable):
        return runnable.afunc is not None and not _runs_in_executor(runnable)
    if isinstance(runnable, _langchain_type("RunnableLambda")):
        return bool(getattr(runnable, "afunc", False))
    # any other runnable is taken at its word: one that has its own `ainvoke` can be cancelled
    own = getattr(type(runnable), "ainvoke", None)
    bases = (Runnable, _langchain_type("Runnable"))
    return own is not None and all(own is not getattr(base, "ainvoke", None) for base in bases)


def _runs_in_executor(runnable: RunnableCallable) -> bool:
    if getattr(runnable, "sync_origin", False):
        return True
    afunc = runnable.afunc
    return isinstance(afunc, partial) and getattr(afunc.func, "__name__", None) == "run_in_executor"
