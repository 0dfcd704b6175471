"""Several Python threads at once."""

from __future__ import annotations

import atexit
from concurrent.futures import ThreadPoolExecutor
from typing import Any, Callable

from cases._case import CONFIG, call_case
from cases._graphs import chain_of, count_by_hand


@call_case(
    "four threads, each of which runs a chain of 200 ten times",
    lambda: _in_four_threads(count_by_hand(200)()),
)
def four_threads() -> Callable[[], Any]:
    graph = chain_of(200).compile()
    return _in_four_threads(lambda: graph.invoke({"count": 0}, CONFIG))


def _in_four_threads(work: Callable[[], Any]) -> Callable[[], Any]:
    pool = ThreadPoolExecutor(4)
    atexit.register(pool.shutdown)

    def ten_times() -> None:
        for _ in range(10):
            work()

    def run() -> None:
        for future in [pool.submit(ten_times) for _ in range(4)]:
            future.result()

    return run
