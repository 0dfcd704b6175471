"""Times benchmarks on one engine, in a process of its own; `compare` starts it.

    python bench/worker.py ENGINE SECONDS NAME...

Prints one JSON object a line: `{"name", "wall_us", "cpu_us", "calls"}`, medians over the calls,
`{"name", "error"}`, or `{"name", "absent"}`. With no NAME it prints the names that there are, as
`{"names": [...]}`. ENGINE is `upstream`, `ours`, or `floor`: the same work, written by hand.
"""

from __future__ import annotations

import asyncio
import gc
import json
import os
import statistics
import sys
import time
import traceback
from typing import Any, Callable, Dict, List, Optional, Tuple

if sys.argv[1] == "ours":
    import langgraph_rust

    langgraph_rust.install()

from cases import CASES
from floors import floor_of
from upstream import Call, collect

MINIMUM_CALLS = 3
MAXIMUM_CALLS = 2000


def list_names() -> List[str]:
    """The names of all benchmarks: ours, then upstream's."""
    return [each.name for each in CASES] + list(collect())


def make_call(name: str) -> Call:
    """Make a benchmark ready."""
    for each in CASES:
        if each.name == name:
            return Call(each.prepare(), asyncio.new_event_loop if each.is_async else None)
    return collect()[name]


def make_floor(name: str) -> Optional[Call]:
    """Make the same work, done by hand, ready; None where there is no such program."""
    for each in CASES:
        if each.name == name:
            return each.floor and Call(each.floor())
    floor = floor_of(name)
    return floor and Call(floor)


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
        cpu_begun, wall_begun = _cpu_ns(), time.perf_counter_ns()
        run()
        wall.append(time.perf_counter_ns() - wall_begun)
        cpu.append(_cpu_ns() - cpu_begun)
    return wall, cpu


async def _time_async(run: Callable[[], Any], seconds: float) -> Tuple[List[int], List[int]]:
    wall: List[int] = []
    cpu: List[int] = []
    end = time.perf_counter() + seconds
    while len(wall) < MINIMUM_CALLS or (time.perf_counter() < end and len(wall) < MAXIMUM_CALLS):
        cpu_begun, wall_begun = _cpu_ns(), time.perf_counter_ns()
        await run()
        wall.append(time.perf_counter_ns() - wall_begun)
        cpu.append(_cpu_ns() - cpu_begun)
    return wall, cpu


def _cpu_ns() -> int:
    """CPU time of all threads, and of the processes that were started and have ended."""
    times = os.times()
    return time.process_time_ns() + int((times.children_user + times.children_system) * 1e9)


def main() -> None:
    """Time what the command line names."""
    seconds, wanted = float(sys.argv[2]), sys.argv[3:]
    if not wanted:
        print(json.dumps({"names": list_names()}))
    for name in wanted:
        try:
            call = make_floor(name) if sys.argv[1] == "floor" else make_call(name)
            result: Dict[str, Any] = measure(call, seconds) if call else {"absent": True}
        except Exception as error:
            traceback.print_exc()
            result = {"error": f"{type(error).__name__}: {error}".splitlines()[0]}
        print(json.dumps(dict(result, name=name)), flush=True)


if __name__ == "__main__":
    main()
