"""Times benchmarks on one engine, in a process of its own; `compare` starts it.

    python bench/worker.py ENGINE SECONDS NAME...

Prints one JSON object a line: `{"name", "wall_us", "cpu_us", "calls"}`, medians over the calls,
or `{"name", "error"}`. With no NAME it prints the names that there are, as `{"names": [...]}`.
"""

from __future__ import annotations

import asyncio
import gc
import json
import statistics
import sys
import time
import traceback
from typing import Any, Callable, Dict, List, Tuple

if sys.argv[1] == "ours":
    import langgraph_rust

    langgraph_rust.install()

from cases import CASES
from upstream import Call, collect

MINIMUM_CALLS = 3
MAXIMUM_CALLS = 2000


def list_names() -> List[str]:
    """The names of all benchmarks: ours, then upstream's."""
    ours = [f"{each.name}_{mode}" for each in CASES for mode in ("sync", "async")]
    return ours + list(collect())


def make_call(name: str) -> Call:
    """Make a benchmark ready."""
    short, _, mode = name.rpartition("_")
    for each in CASES:
        if each.name == short:
            return _call_of(*each.build(), mode=mode)
    return collect()[name]


def _call_of(graph: Any, value: Any, mode: str) -> Call:
    config = {"recursion_limit": 10_000}
    if mode == "sync":
        return Call(lambda: graph.invoke(value, config))
    return Call(lambda: graph.ainvoke(value, config), asyncio.new_event_loop)


def measure(call: Call, seconds: float) -> Dict[str, float]:
    """Call again and again for a while, after a call to warm up; wall and CPU time of each."""
    if call.new_loop is None:
        call.run()
        gc.collect()
        wall, cpu = _time_sync(call.run, seconds)
    else:
        loop = call.new_loop()
        loop.run_until_complete(call.run())
        gc.collect()
        wall, cpu = loop.run_until_complete(_time_async(call.run, seconds))
        loop.run_until_complete(loop.shutdown_default_executor())
        loop.close()
    return {
        "wall_us": statistics.median(wall) / 1000,
        "cpu_us": statistics.median(cpu) / 1000,
        "calls": len(wall),
    }


def _time_sync(run: Callable[[], Any], seconds: float) -> Tuple[List[int], List[int]]:
    wall: List[int] = []
    cpu: List[int] = []
    end = time.perf_counter() + seconds
    while len(wall) < MINIMUM_CALLS or (time.perf_counter() < end and len(wall) < MAXIMUM_CALLS):
        wall_begun, cpu_begun = time.perf_counter_ns(), time.process_time_ns()
        run()
        cpu.append(time.process_time_ns() - cpu_begun)
        wall.append(time.perf_counter_ns() - wall_begun)
    return wall, cpu


async def _time_async(run: Callable[[], Any], seconds: float) -> Tuple[List[int], List[int]]:
    wall: List[int] = []
    cpu: List[int] = []
    end = time.perf_counter() + seconds
    while len(wall) < MINIMUM_CALLS or (time.perf_counter() < end and len(wall) < MAXIMUM_CALLS):
        wall_begun, cpu_begun = time.perf_counter_ns(), time.process_time_ns()
        await run()
        cpu.append(time.process_time_ns() - cpu_begun)
        wall.append(time.perf_counter_ns() - wall_begun)
    return wall, cpu


def main() -> None:
    """Time what the command line names."""
    seconds, wanted = float(sys.argv[2]), sys.argv[3:]
    if not wanted:
        print(json.dumps({"names": list_names()}))
    for name in wanted:
        try:
            result: Dict[str, Any] = measure(make_call(name), seconds)
        except Exception as error:
            traceback.print_exc()
            result = {"error": f"{type(error).__name__}: {error}".splitlines()[0]}
        print(json.dumps(dict(result, name=name)), flush=True)


if __name__ == "__main__":
    main()
