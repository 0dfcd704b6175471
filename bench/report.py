"""The comparison as a table, on the terminal and as `bench/report.md`, and as charts."""

from __future__ import annotations

import json
import os
import platform
import statistics
import subprocess
from pathlib import Path
from typing import List, NamedTuple

from figures import Figure

HERE = Path(__file__).resolve().parent
REPORT = HERE / "report.md"
ROOT = HERE.parent
HEADS = ("benchmark", "LangGraph ms", "ours ms", "by hand ms", "wall", "±", "CPU", "±")


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
    rows = [list(HEADS), *_rows(figures)]
    widths = [max(len(row[column]) for row in rows) for column in range(len(HEADS))]
    for row in rows:
        first, *others = (cell.rjust(width) for cell, width in zip(row, widths))
        print(first.strip().ljust(widths[0]), *others, sep="  ")


def write_report(figures: List[Figure], setting: Setting) -> None:
    """Write `bench/report.md`."""
    lines = [
        "# LangGraph and this package, side by side",
        "",
        "![how many times LangGraph's time is ours](chart.svg)",
        "",
        "Written by `make bench`. Both engines ran the same programs by turns in processes of",
        f"their own; a figure is the median of {setting.rounds} processes, each the median of its",
        f"calls ({setting.seconds:g} s a benchmark). Wall and CPU are how many times LangGraph's",
        "time is ours, and ± how far a round was off at most; CPU time is that of all threads. _By",
        "hand_ is the same work as a plain Python loop over the nodes' functions: no engine can go",
        "below. The first benchmarks are our own (`bench/cases`); the others, from",
        "`fanout_to_subgraph_10x` on, are those of LangGraph's release, on asyncio where they are",
        "not `_sync`. `import_graph` is what the import adds to the start of Python, which stands",
        "under _by hand_.",
        "",
        f"* commit {setting.commit}, built with the profile `{setting.profile}`",
        f"* {setting.python}, {setting.machine}",
        "",
        "| " + " | ".join(HEADS) + " |",
        "|---|---:|---:|---:|---:|---:|---:|---:|",
    ]
    lines += ["| " + " | ".join(row) + " |" for row in _rows(figures)]
    for note in sorted(HERE.glob("report-*.md")):
        lines += ["", note.read_text(encoding="utf-8").rstrip()]
    REPORT.write_text("\n".join(lines) + "\n", encoding="utf-8")


class Size(NamedTuple):
    """Bytes that a run or a checkpoint takes on both engines."""

    name: str
    upstream: float
    ours: float

    def ratio(self) -> str:
        """How many times ours it takes of LangGraph; nothing where ours is next to nothing."""
        return f"{self.upstream / self.ours:.1f}×" if self.ours >= 1 else ""


def write_sizes(sizes: List[Size]) -> None:
    """Write `bench/report-memory.md`, a part of the report."""
    lines = [
        "## Memory",
        "",
        "Written by `ci/bench --memory`: by how many bytes the process grew. At the peak of 10,000",
        "runs at once whose three nodes wait, a run; over 100,000 runs one after the other, a run;",
        "over 1,000 checkpoints in an `InMemorySaver`, a checkpoint.",
        "",
        "| what | LangGraph | ours | |",
        "|---|---:|---:|---:|",
    ]
    lines += [f"| {s.name} | {s.upstream:,.0f} | {s.ours:,.0f} | {s.ratio()} |" for s in sizes]
    (HERE / "report-memory.md").write_text("\n".join([*lines, ""]), encoding="utf-8")


def draw_charts(figures: List[Figure], python: Path) -> None:
    """Write `bench/chart.svg` and `bench/chart.png`; `python` has what draws the second."""
    bars = [(figure.name, figure.ratio("wall_us")) for figure in figures if not figure.error]
    command = [str(python), str(HERE / "chart.py"), str(HERE / "chart")]
    subprocess.run(command, input=json.dumps(bars), check=True, text=True)


def _rows(figures: List[Figure]) -> List[List[str]]:
    rows = []
    measured = [figure for figure in figures if not figure.error]
    for figure in figures:
        if figure.error:
            sides = {"LangGraph": figure.upstream, "ours": figure.ours}
            engine = next((name for name, side in sides.items() if "error" in side), "by hand")
            rows.append([figure.name, "failed:", engine, figure.error[:60], "", "", "", ""])
            continue
        sides_ = (figure.upstream, figure.ours, figure.floor)
        row = [figure.name, *(_milliseconds(side["wall_us"]) if side else "" for side in sides_)]
        for key in ("wall_us", "cpu_us"):
            row += [f"{figure.ratio(key):.1f}×", f"{figure.spreads[key]:.0%}"]
        rows.append(row)
    if len(measured) > 1:
        wall, cpu = (
            f"{statistics.geometric_mean(figure.ratio(key) for figure in measured):.1f}×"
            for key in ("wall_us", "cpu_us")
        )
        rows.append(["geometric mean", "", "", "", wall, "", cpu, ""])
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
