"""Kills the program at its writes and finishes what is left: the matrix of savers and durabilities.

Run by `ci/durability`, which prepares interpreter and servers. A warm process forks: one child runs
the program until it is killed, another one finishes it, and what comes of it must equal what comes
of a program that nobody kills.
"""

import argparse
import json
import os
import signal
import sys
import tempfile
import time
import uuid
from contextlib import ExitStack
from pathlib import Path
from typing import Any, Dict, List, NamedTuple, Sequence, Tuple

import engine  # noqa: F401  (before whatever imports langgraph)
from child import Case, run_in_child
from differences import difference
from savers import KINDS, database

DURABILITIES = ("sync", "async", "exit")
# Where each task's writes are stored before the next superstep, what may run again is what one
# superstep runs, with a node of a subgraph in it.
RERUN_LIMIT = 4
# However large the stride, a case has about as many kills.
FEWEST_KILLS = 12


class Trial(NamedTuple):
    """What came of one kill: what is wrong, if anything, and how many nodes were run twice."""

    moment: int
    wrong: str
    reruns: int


def try_kill(case: Case, moment: int, expected: Dict[str, Any]) -> Trial:
    """Kill the program at a moment, finish it, and compare."""
    thread = uuid.uuid4().hex
    killed = run_in_child(case, thread, moment)
    if killed.signal != signal.SIGKILL:
        # Moments of parallel tasks come in an order of their own, never in another number.
        return Trial(moment, "not killed: {}".format(killed.said.get("error", killed)), 0)
    ended = run_in_child(case, thread)
    if "outcome" not in ended.said:
        return Trial(moment, "not resumed: {}".format(ended.said.get("error", ended)), 0)
    reruns = killed.said.get("runs", 0) + ended.said.get("runs", 0) - expected["runs"]
    wrong = difference(ended.said["outcome"], expected["outcome"])
    if not wrong and case.durability == "sync" and reruns > RERUN_LIMIT:
        wrong = f"{reruns} nodes were run again"
    return Trial(moment, wrong, reruns)


def kills(case: Case, moments: Sequence[int], expected: Dict[str, Any], jobs: int) -> List[Trial]:
    """Try all the moments, in several processes."""
    pipes = []
    for job in range(jobs):
        reading, writing = os.pipe()
        if os.fork() == 0:
            os.close(reading)
            with os.fdopen(writing, "w") as out:
                for moment in moments[job::jobs]:
                    out.write(json.dumps(try_kill(case, moment, expected)) + "\n")
            os._exit(0)
        os.close(writing)
        pipes.append(reading)
    trials = []
    for reading in pipes:
        with os.fdopen(reading) as lines:
            trials.extend(Trial(*json.loads(line)) for line in lines)
        os.wait()
    return sorted(trials)


def try_case(case: Case, options: argparse.Namespace) -> Tuple[int, int]:
    """Kill one case at its moments, and print what came of it; returns kills and failures."""
    begun = time.monotonic()
    whole = run_in_child(case, uuid.uuid4().hex)
    if "outcome" not in whole.said:
        print("{} {}: {}".format(case.kind, case.durability, whole.said.get("error", whole)))
        return 0, 1
    moments = range(1, whole.said["moments"] + 1)
    # An odd stride meets what is before a write as often as what is after one.
    chosen = moments[:: min(options.every, len(moments) // FEWEST_KILLS) | 1]
    trials = kills(case, chosen, whole.said, options.jobs)
    wrong = [trial for trial in trials if trial.wrong]
    failed = len(wrong) + len(chosen) - len(trials)
    reruns = max((trial.reruns for trial in trials), default=0)
    print(
        f"{case.kind:12} {case.durability:5} {len(trials):4} kills at {len(moments)} moments,"
        f" {failed} wrong, at most {reruns} nodes run again, {time.monotonic() - begun:.0f} s",
        flush=True,
    )
    for trial in wrong[:5]:
        print(f"  killed at {trial.moment}: {trial.wrong}", flush=True)
    return len(trials), failed


def main(arguments: List[str]) -> int:
    """Run the command line; returns 1 if a program did not end as if nobody had killed it."""
    parser = argparse.ArgumentParser("matrix.py", description=__doc__)
    parser.add_argument("--saver", action="append", choices=list(KINDS))
    parser.add_argument("--durability", action="append", choices=DURABILITIES)
    parser.add_argument("--every", type=int, default=1, metavar="N")
    parser.add_argument("--jobs", type=int, default=os.cpu_count() or 1)
    parser.add_argument("--postgres", metavar="URI", help="a server, with a slash at the end")
    options = parser.parse_args(arguments)
    tried = failed = 0
    with tempfile.TemporaryDirectory() as folder, ExitStack() as stack:
        server = options.postgres
        uri = stack.enter_context(database(server)) if server else ""
        for kind in options.saver or [k for k in KINDS if server or not KINDS[k].needs_postgres]:
            for durability in options.durability or DURABILITIES:
                file = str(Path(folder) / f"{kind}-{durability}.sqlite")
                address = uri if KINDS[kind].needs_postgres else file
                counts = try_case(Case(kind, durability, address), options)
                tried, failed = tried + counts[0], failed + counts[1]
    print(f"{tried} kills tried, {failed} of them changed what came of the program")
    return 1 if failed or not tried else 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
