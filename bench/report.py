"""The comparison as a table, on the terminal and as `bench/report.md`."""

from __future__ import annotations

import os
import platform
import statistics
import subprocess
from pathlib import Path
from typing import Dict, List, NamedTuple

REPORT = Path(__file__).resolve().parent / "report.md"
ROOT = REPORT.parents[1]


class Figure(NamedTuple):
    """One benchmark on both engines; each is `{"wall_us", "cpu_us"}` or `{"error"}`."""

    name: str
    upstream: Dict[str, object]
    ours: Dict[str, object]

    @property
    def error(self) -> str:
        return str(self.upstream.get("error") or self.ours.get("error") or "")

    def ratio(self, key: str) -> float:
        """How many times upstream's time is ours."""
        return float(self.upstream[key]) / float(self.ours[key])  # type: ignore[arg-type]


class Setting(NamedTuple):
    """What a report was measured with."""

    commit: str
    machine: str
    python: str
    profile: str
    rounds: int
    seconds: float

    @classmethod
    def look(cls, python: str, profile: str, rounds: int, seconds: float) -> Setting:
        """Read it off this checkout and this machine."""
        commit = _output("git", "-C", str(ROOT), "describe", "--always", "--dirty", "--abbrev=12")
        version = _output(python, "-c", "import platform as p; print(p.python_version())")
        machine = f"{_processor()}, {os.cpu_count()} CPUs, {platform.system()} {platform.machine()}"
        return cls(commit, machine, "CPython " + version, profile, rounds, seconds)


def print_table(figures: List[Figure]) -> None:
    """Print the ratios, a line for each benchmark."""
    width = max(len(figure.name) for figure in figures)
    print("{:{}} {:>12} {:>10} {:>7} {:>7}".format("ms", width, "LangGraph", "ours", "wall", "CPU"))
    for row in _rows(figures):
        print("{:{}} {:>12} {:>10} {:>7} {:>7}".format(row[0], width, *row[1:]))


def write_report(figures: List[Figure], setting: Setting) -> None:
    """Write `bench/report.md`."""
    lines = [
        "# LangGraph and this package, side by side",
        "",
        "Written by `make bench`. Both engines ran the same programs by turns in processes of",
        f"their own; a figure is the median of {setting.rounds} processes, each the median of its",
        f"calls ({setting.seconds:g} s a benchmark). Wall and CPU are how many times LangGraph's",
        "time is ours; CPU time is that of all threads. `_sync` and `_async` name our own cases",
        "(`bench/cases.py`); the others are the benchmarks of LangGraph's release, on asyncio",
        "where they are not `_sync`.",
        "",
        f"* commit {setting.commit}, built with the profile `{setting.profile}`",
        f"* {setting.python}, {setting.machine}",
        "",
        "| benchmark | LangGraph ms | ours ms | wall | CPU |",
        "|---|---:|---:|---:|---:|",
    ]
    lines += ["| " + " | ".join(row) + " |" for row in _rows(figures)]
    REPORT.write_text("\n".join(lines) + "\n", encoding="utf-8")


def _rows(figures: List[Figure]) -> List[List[str]]:
    rows = []
    measured = [figure for figure in figures if not figure.error]
    for figure in figures:
        if figure.error:
            engine = "upstream" if "error" in figure.upstream else "ours"
            rows.append([figure.name, "failed:", engine, figure.error[:60], ""])
            continue
        times = [_milliseconds(side["wall_us"]) for side in (figure.upstream, figure.ours)]
        ratios = [f"{figure.ratio(key):.1f}×" for key in ("wall_us", "cpu_us")]
        rows.append([figure.name, *times, *ratios])
    if len(measured) > 1:
        means = [
            f"{statistics.geometric_mean(figure.ratio(key) for figure in measured):.1f}×"
            for key in ("wall_us", "cpu_us")
        ]
        rows.append(["geometric mean", "", "", *means])
    return rows


def _milliseconds(microseconds: object) -> str:
    return f"{float(microseconds) / 1000:.3f}"  # type: ignore[arg-type]


def _output(*command: str) -> str:
    done = subprocess.run(command, stdout=subprocess.PIPE, text=True)
    return done.stdout.strip() or "unknown"


def _processor() -> str:
    try:
        text = Path("/proc/cpuinfo").read_text()
    except OSError:
        return platform.processor() or "unknown processor"
    names = [line.partition(":")[2].strip() for line in text.splitlines() if "model name" in line]
    return names[0] if names else "unknown processor"
