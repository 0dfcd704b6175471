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
    importlib.import_module("bench.__main__")
    return _RUNNERS[-1].calls
