"""What a task may cost, in instructions: the gate, and its committed budget.

Two figures for each case. Those of the *engine* are instructions in its own code: the same build
gives the same number to a thousandth, and so does another interpreter, as long as compiler and
processor family are the same. Those *in all* count what the engine makes CPython and libc do, and
the nodes; two builds of the same source differ by up to 2 % there, by where allocators happen to
put things, and every interpreter has its own. So a figure is held to its budget only where the
toolchain is the one that the budget was taken with; elsewhere it is printed, and said so.
"""

from __future__ import annotations

import json
import platform
import subprocess
from pathlib import Path
from typing import Dict, List

from lib import ROOT

from .count import Count

BUDGET = Path(__file__).resolve().parent / "budget.json"
NOTE = ROOT / "bench" / "report-instructions.md"
# How much more is let pass.
TOLERANCE = {"engine": 0.03, "total": 0.05}


def toolchain(python: Path) -> Dict[str, str]:
    """What each figure depends on besides the source."""
    rustc = _output("rustc", "--version").split(" (")[0]
    code = "import platform as p; print(p.python_version(), *p.libc_ver(), p.python_compiler())"
    engine = f"{rustc}, {platform.machine()}"
    return {"engine": engine, "total": f"{engine}, CPython {_output(str(python), '-c', code)}"}


def record(counts: Dict[str, Count], python: Path, reason: str) -> None:
    """Write the budget: what was counted just now, and why it is that."""
    cases = {case: figures._asdict() for case, figures in counts.items()}
    known = json.loads(BUDGET.read_text(encoding="utf-8")) if BUDGET.exists() else {}
    reasons = [*known.get("reasons", []), reason]
    budget = {"toolchain": toolchain(python), "cases": cases, "reasons": reasons}
    BUDGET.write_text(json.dumps(budget, indent=2) + "\n", encoding="utf-8")


def judge(counts: Dict[str, Count], python: Path) -> List[str]:
    """Print the counts beside the budget; returns what is over it."""
    budget = json.loads(BUDGET.read_text(encoding="utf-8"))
    here = toolchain(python)
    over = []
    for kind, tolerance in TOLERANCE.items():
        held = here[kind] == budget["toolchain"][kind]
        if not held:
            print(f"{kind}: not held to the budget, which is for {budget['toolchain'][kind]}")
        for case, figures in counts.items():
            now, allowed = getattr(figures, kind), budget["cases"][case][kind]
            line = f"{case}, {kind}: {now} instructions a task, budget {allowed}"
            print(f"{line} ({now / allowed - 1:+.1%})")
            if held and now > allowed * (1 + tolerance):
                over.append(f"{line}: more than {tolerance:.0%} over")
    return over


def write_note(counts: Dict[str, Count], python: Path) -> None:
    """Write what was counted as a part of the benchmarks' report."""
    lines = [
        "## Instructions",
        "",
        "What a task and its share of the superstep cost in `invoke`, counted by valgrind's",
        "callgrind as the difference of a long and a short run: in the engine's own code, and in",
        "all, with CPython, libc and the node. `make check` holds a change to these figures.",
        f"Taken with {toolchain(python)['total']}.",
        "",
        "| case | engine | in all |",
        "|---|---:|---:|",
    ]
    names = {"chain": "100 nodes in a row", "fan_out": "a superstep of 100 sends"}
    for case, figures in counts.items():
        lines.append(f"| {names[case]} | {figures.engine:,} | {figures.total:,} |")
    NOTE.write_text("\n".join([*lines, ""]), encoding="utf-8")


def _output(*command: str) -> str:
    return subprocess.run(command, stdout=subprocess.PIPE, check=True).stdout.decode().strip()
