"""Upstream's own benchmarks, taken from its release as they are.

Their program hands each benchmark to a runner of pyperf. Ours gets them instead: a stand-in for
that runner writes them down, and the worker times what it wants. Nothing of theirs is copied.
"""

from __future__ import annotations

import functools
import importlib
import random
import sys
from types import ModuleType
from typing import Any, Callable, Dict, List, NamedTuple, Optional


class Call(NamedTuple):
    """A benchmark that is ready to run.

    Attributes:
        run: What to time. It returns a coroutine if `new_loop` is given.
        new_loop: Makes the event loop to await it on.
    """

    run: Callable[[], Any]
    new_loop: Optional[Callable[[], Any]] = None


class _Runner:
    """Takes the place of pyperf's: writes benchmarks down as calls without arguments."""

    def __init__(self) -> None:
        self.calls: Dict[str, Call] = {}
        _RUNNERS.append(self)

    def bench_func(self, name: str, function: Callable[..., Any], *arguments: Any) -> None:
        self.calls[name] = Call(lambda: function(*arguments))

    def bench_async_func(
        self, name: str, function: Callable[..., Any], *arguments: Any, loop_factory: Any = None
    ) -> None:
        self.calls[name] = Call(lambda: function(*arguments), loop_factory)


_RUNNERS: List[_Runner] = []


@functools.lru_cache(maxsize=None)
def collect() -> Dict[str, Call]:
    """Run upstream's list of benchmarks, by name; `bench`, from its release, must be importable."""
    pyperf, runner = ModuleType("pyperf"), ModuleType("pyperf._runner")
    runner.Runner = _Runner  # type: ignore[attr-defined]
    sys.modules.update({"pyperf": pyperf, "pyperf._runner": runner})
    random.seed(1)  # the inputs are random; both engines are to get the same
    program = importlib.import_module("bench.__main__")
    calls = _RUNNERS[-1].calls
    calls.update(_first_events(program))
    return calls


def _first_events(program: Any) -> Dict[str, Call]:
    """The latency of the first event, which their program means to time.

    It never does: it looks for a graph among names.
    """
    calls = {}
    for name, agraph, graph, value in program.benchmarks:
        if name in program.GRAPHS_FOR_1st_EVENT_LATENCY:
            first, afirst = program.run_first_event_latency, program.arun_first_event_latency
            calls[f"{name}_first_event"] = Call(
                functools.partial(afirst, agraph, value), program.new_event_loop
            )
            calls[f"{name}_first_event_sync"] = Call(functools.partial(first, graph, value))
    return calls
