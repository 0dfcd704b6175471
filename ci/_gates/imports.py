"""How long importing the package takes, and what it loads.

A process's time is that of the processor, where the system tells it: it is what an import costs,
and grows little with what else a machine is doing. An idle machine's wall clock shows the same.
"""

from __future__ import annotations

import os
import subprocess
import sys
import time
from statistics import median
from typing import Dict, List, Optional, Sequence

LIMIT_MS = 100.0
AIM_MS = 30.0
ROUNDS = 15

MODULES = ("langgraph_rust", "langgraph_rust.graph")
UPSTREAM = "langgraph.graph"

# Nothing of these is needed to build a graph; each takes long to import.
HEAVY = (
    "asyncio",
    "concurrent.futures",
    "dataclasses",
    "httpx",
    "json",
    "langchain_core",
    "langsmith",
    "logging",
    "numpy",
    "orjson",
    "pydantic",
    "uuid",
)
# Before 3.11 `typing` lacks names that typing_extensions has, and that imports inspect.
HEAVY_FROM_311 = ("inspect", "typing_extensions")

# A measurement of a busy machine is taken again.
_TRIES = 3


def measure(programs: Sequence[str], python: str, rounds: int = ROUNDS) -> List[float]:
    """The median time in ms of each program, in fresh processes that take turns."""
    # Without compiled files, every import would compile.
    variables = {k: v for k, v in os.environ.items() if k != "PYTHONDONTWRITEBYTECODE"}
    times: Dict[str, List[float]] = {program: [] for program in programs}
    for number in range(rounds + 1):
        for program in programs:
            taken = _time_of([python, "-c", program], variables)
            if number:  # the first one compiles
                times[program].append(taken)
    return [median(times[program]) for program in programs]


def _time_of(command: List[str], variables: Dict[str, str]) -> float:
    begun = time.perf_counter()
    process = subprocess.Popen(command, env=variables)
    if hasattr(os, "wait4"):
        _, status, used = os.wait4(process.pid, 0)
        process.returncode = status
        taken = used.ru_utime + used.ru_stime
    else:
        process.wait()
        taken = time.perf_counter() - begun
    if process.returncode != 0:
        raise subprocess.CalledProcessError(process.returncode, command)
    return taken * 1000


def check_imports(
    python: str, beside: Optional[str] = None, limit: float = LIMIT_MS, rounds: int = ROUNDS
) -> List[str]:
    """Compare what an import takes, less a bare interpreter's start, with the limit.

    Args:
        python: An interpreter that finds the package.
        beside: One that finds LangGraph, whose time is then printed too.
        limit: In ms.
        rounds: How many processes a median is of.
    """
    programs = ["pass"] + ["import " + module for module in MODULES]
    best = [float("inf")] * len(MODULES)
    for _ in range(_TRIES):
        bare, *taken = measure(programs, python, rounds)
        best = [min(before, now - bare) for before, now in zip(best, taken)]
        if max(best) <= AIM_MS:
            break
    for module, ms in zip(MODULES, best):
        print(f"import {module}: {ms:.1f} ms (limit {limit:g}, aim {AIM_MS:g})")
    if beside is not None:
        bare, theirs = measure(["pass", "import " + UPSTREAM], beside, 3)
        ratio = (theirs - bare) / best[-1]
        print(f"import {UPSTREAM}: {theirs - bare:.1f} ms, {ratio:.0f} times as long")
    faults = [
        f"import {module} takes {ms:.1f} ms, and may take {limit:g}"
        for module, ms in zip(MODULES, best)
        if ms > limit
    ]
    return faults + _check_loaded(python)


def _check_loaded(python: str) -> List[str]:
    """The heavy modules that an import loads."""
    program = (
        f"import sys; before = set(sys.modules); import {MODULES[-1]}\n"
        f"heavy = {HEAVY!r} + ({HEAVY_FROM_311!r} if sys.version_info >= (3, 11) else ())\n"
        "print(*[name for name in heavy if name in sys.modules and name not in before])"
    )
    done = subprocess.run([python, "-c", program], stdout=subprocess.PIPE, check=True)
    return [f"import {MODULES[-1]} loads {name}" for name in done.stdout.decode().split()]


def describe(python: str) -> str:
    """The interpreter's version, for a reader."""
    code = "import sys; print(sys.version.split()[0])"
    done = subprocess.run([python, "-c", code], stdout=subprocess.PIPE, check=True)
    return f"Python {done.stdout.decode().strip()} ({sys.platform})"
