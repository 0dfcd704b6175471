"""A run alone and beside a thread that computes, with this package's two ways to share the GIL."""

from __future__ import annotations

import atexit
import sys
import threading
from typing import Any, Callable

from cases._case import CONFIG, call_case
from cases._graphs import chain_of, count_by_hand


def _chain(when: str) -> Callable[[], Any]:
    """A chain of 100, with the engine told when to release the GIL, where it can be told."""
    graph = chain_of(100).compile()
    engine = sys.modules.get("langgraph_rust")
    configure = engine.configure if engine else lambda **_: None

    def run() -> None:
        configure(gil_release=when)
        graph.invoke({"count": 0}, CONFIG)
        configure(gil_release="superstep")

    return run


class _Busy:
    """A thread that computes while it is told to."""

    def __init__(self) -> None:
        self._go = threading.Event()
        self._ended = False
        threading.Thread(target=self._work, daemon=True).start()
        atexit.register(self._end)

    def _work(self) -> None:
        while not self._ended:
            self._go.wait()
            while self._go.is_set() and not self._ended:
                sum(range(100))

    def _end(self) -> None:
        self._ended = True
        self._go.set()

    def beside(self, work: Callable[[], Any]) -> Callable[[], Any]:
        def run() -> None:
            self._go.set()
            work()
            self._go.clear()

        return run


@call_case("a chain of 100, the GIL released at every superstep", count_by_hand(100))
def gil_superstep_alone() -> Callable[[], Any]:
    return _chain("superstep")


@call_case("a chain of 100, the GIL released where the run waits", count_by_hand(100))
def gil_waiting_alone() -> Callable[[], Any]:
    return _chain("waiting")


@call_case("the first beside a thread that computes")
def gil_superstep_beside_busy() -> Callable[[], Any]:
    return _Busy().beside(_chain("superstep"))


@call_case("the second beside a thread that computes")
def gil_waiting_beside_busy() -> Callable[[], Any]:
    return _Busy().beside(_chain("waiting"))
