"""Runs the benchmarks on both engines by turns, and reports the ratios.

The engines run in processes of their own, one after the other, round after round in alternating
order, so that a machine that gets slower or faster meets both. A figure is the median over the
rounds of the median within a process; its spread is how far the rounds' ratios lie apart. The same
work written by hand, as a loop over the nodes' functions, is timed once a round as a third engine:
the floor.
"""

from __future__ import annotations

import argparse
import fnmatch
import json
import os
import subprocess
import sys
from pathlib import Path
from typing import Dict, Iterator, List

HERE = Path(__file__).resolve().parent
sys.path.insert(0, str(HERE.parent / "ci"))

from figures import Figure  # noqa: E402
from lib import SOURCE  # noqa: E402
from lib.engine import build_engine  # noqa: E402
from lib.environment import make_environment  # noqa: E402
from lib.interpreter import UPSTREAM_MINIMUM, find_interpreter  # noqa: E402
from lib.sdist import unpack  # noqa: E402
from report import (  # noqa: E402
    REPORT,
    Setting,
    Size,
    draw_charts,
    print_table,
    write_report,
    write_sizes,
)

PINS = {
    "upstream": ("suite", "guests", "upstream"),
    "ours": ("suite", "guests"),
    "floor": ("suite", "guests", "upstream"),
}


class Engine:
    """LangGraph, this package, or neither; each package in an environment without the other."""

    def __init__(self, name: str, python: Path, sources: Path) -> None:
        self.name = name
        self._python = python
        path = [str(sources)] + ([str(SOURCE)] if name == "ours" else [])
        variables = {key: value for key, value in os.environ.items() if "LANGSMITH" not in key}
        # or what stands in the sources is compiled at each import, and what is installed is not
        variables.pop("PYTHONDONTWRITEBYTECODE", None)
        self._variables = dict(variables, PYTHONPATH=os.pathsep.join(path))

    def ask(self, seconds: float, names: List[str]) -> Iterator[Dict[str, object]]:
        """Time benchmarks in a new process; yield what it prints as it prints it."""
        return self._run("worker.py", str(seconds), *names)

    def weigh(self) -> Iterator[Dict[str, object]]:
        """Measure in a new process what runs and checkpoints take of memory."""
        return self._run("memory.py")

    def _run(self, program: str, *arguments: str) -> Iterator[Dict[str, object]]:
        command = [str(self._python), "-W", "ignore", str(HERE / program), self.name]
        process = subprocess.Popen(
            [*command, *arguments],
            env=self._variables,
            stdout=subprocess.PIPE,
            universal_newlines=True,
        )
        assert process.stdout is not None
        for line in process.stdout:
            yield json.loads(line)
        if process.wait() != 0:
            print(f"{self.name}: the worker ended with {process.returncode}")


def main(arguments: List[str]) -> int:
    """Run the command line; returns 1 if a benchmark failed on either engine."""
    options = _parse(arguments)
    interpreter = find_interpreter(UPSTREAM_MINIMUM, options.python)
    if interpreter is None:
        print("ci/bench: LangGraph needs Python 3.10 or later", file=sys.stderr)
        return 3
    if not options.no_build:
        build_engine(options.profile)
    engines = []
    for name in PINS:
        python = make_environment(interpreter, PINS[name])
        engines.append(Engine(name, python, unpack("langgraph", ["bench"], python)))
    if options.memory:
        _weigh(engines)
        return 0
    (known,) = engines[0].ask(0, [])
    names = [name for name in known["names"] if _is_chosen(name, options.only)]
    if options.list or not names:
        print("\n".join(names))
        return 0 if names else 2
    figures = _compare(engines, names, options)
    print_table(figures)
    if not options.no_report:
        setting = Setting.look(interpreter.path, options.profile, options.rounds, options.seconds)
        write_report(figures, setting)
        print(f"written to {REPORT}")
        draw_charts(figures, make_environment(interpreter, ("chart",)))
    return 1 if any(figure.error for figure in figures) else 0


def _parse(arguments: List[str]) -> argparse.Namespace:
    parser = argparse.ArgumentParser("ci/bench", description=__doc__, allow_abbrev=False)
    add = parser.add_argument
    add("--only", action="append", metavar="GLOB", help="benchmarks to run (default: all)")
    add("--rounds", type=int, default=3, help="processes for each engine (default: 3)")
    add("--seconds", type=float, default=0.5, help="for each benchmark in a round (default: 0.5)")
    add("--python", metavar="X.Y", help="the Python to run both on")
    add("--profile", default="release", help="cargo's profile to build with (default: release)")
    add("--no-build", action="store_true", help="take the engine as it was built last")
    add("--no-report", action="store_true", help="do not write bench/report.md")
    add("--memory", action="store_true", help="measure what is taken of memory instead")
    add("--list", action="store_true", help="print the benchmarks' names")
    return parser.parse_args(arguments)


def _is_chosen(name: str, globs: List[str] | None) -> bool:
    return globs is None or any(fnmatch.fnmatch(name, glob) for glob in globs)


def _weigh(engines: List[Engine]) -> None:
    print("{:28} {:>10} {:>8} {:>7}".format("bytes", "LangGraph", "ours", ""))
    upstream, ours = (engine.weigh() for engine in engines if engine.name != "floor")
    sizes = []
    for theirs, own in zip(upstream, ours):
        size = Size(str(own["name"]), float(str(theirs["bytes"])), float(str(own["bytes"])))
        print("{:28} {:10.0f} {:8.0f} {:>7}".format(*size, size.ratio()))
        sizes.append(size)
    write_sizes(sizes)


def _compare(engines: List[Engine], names: List[str], options: argparse.Namespace) -> List[Figure]:
    samples: Dict[str, Dict[str, List[Dict[str, object]]]] = {
        engine.name: {name: [] for name in names} for engine in engines
    }
    for number in range(options.rounds):
        for engine in engines if number % 2 == 0 else engines[::-1]:
            for done, sample in enumerate(engine.ask(options.seconds, names), 1):
                samples[engine.name][str(sample["name"])].append(sample)
                state = "round {} of {}: {} {}/{} {}".format(
                    number + 1, options.rounds, engine.name, done, len(names), sample["name"]
                )
                print("\r" + state[:79].ljust(79), end="", file=sys.stderr, flush=True)
    print(file=sys.stderr)
    return [Figure.of(name, *(samples[engine][name] for engine in PINS)) for name in names]


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
