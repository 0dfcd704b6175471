"""One engine begins the program, the other one ends it, with one database between them.

Run by `ci/durability`, with an interpreter for each engine. The first engine stops at an interrupt,
or is killed somewhere in a superstep, where pending writes are all that is left of tasks.
"""

import argparse
import json
import os
import signal
import subprocess
import sys
import tempfile
import uuid
from contextlib import ExitStack
from pathlib import Path
from typing import Any, Dict, List, Tuple

from differences import difference

HERE = Path(__file__).resolve().parent
KINDS = ("sqlite", "sqlite-aio")
POSTGRES_KINDS = ("postgres", "postgres-aio")


class Engine:
    """An engine in a process of its own, which forks for each thread that it runs."""

    def __init__(self, name: str, python: str) -> None:
        self.name = name
        self._process = subprocess.Popen(
            [python, str(HERE / "serve.py")],
            env=dict(os.environ, DURABILITY_ENGINE=name),
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            universal_newlines=True,
        )

    def run(self, case: List[str], *arguments: Any) -> Tuple[int, Dict[str, Any]]:
        """Run a thread; returns the signal that ended it and what it said."""
        assert self._process.stdin is not None and self._process.stdout is not None
        self._process.stdin.write(json.dumps([*case, arguments]) + "\n")
        self._process.stdin.flush()
        number, said = json.loads(self._process.stdout.readline())
        if "error" in said:
            raise RuntimeError("{} on {}: {}".format(case, self.name, said["error"]))
        return number, said

    def close(self) -> None:
        self._process.communicate()


def cross(first: Engine, second: Engine, case: List[str], every: int) -> Tuple[int, int]:
    """Let one engine begin and the other end, once for each way to stop; tries and failures."""
    expected = second.run(case, uuid.uuid4().hex)[1]["outcome"]
    moments = first.run(case, uuid.uuid4().hex)[1]["moments"]
    # (moment to be killed at, inputs to be given)
    stops = [(0, 1), (0, 2)] + [(moment, 0) for moment in range(1, moments + 1, every)]
    failed = 0
    for stop in stops:
        thread = uuid.uuid4().hex
        ended_by = first.run(case, thread, *stop)[0]
        wrong = difference(second.run(case, thread)[1]["outcome"], expected)
        if stop[0] and ended_by != signal.SIGKILL:
            wrong = f"ended by signal {ended_by}"
        if wrong:
            failed += 1
            print(f"  {first.name} stopped at {stop}: {wrong}", flush=True)
    print(
        f"{case[0]:12} {case[1]:5} begun by {first.name}, ended by {second.name}:"
        f" {len(stops)} times, {failed} wrong",
        flush=True,
    )
    return len(stops), failed


def main(arguments: List[str]) -> int:
    """Run the command line; returns 1 if an engine did not end well what the other began."""
    parser = argparse.ArgumentParser("crossing.py", description=__doc__)
    parser.add_argument("--upstream", required=True, help="a Python with LangGraph")
    parser.add_argument("--durability", action="append")
    parser.add_argument("--every", type=int, default=9, metavar="N")
    parser.add_argument("--postgres", metavar="URI", help="a database with a saver's tables")
    options = parser.parse_args(arguments)
    tried = failed = 0
    with tempfile.TemporaryDirectory() as folder, ExitStack() as stack:
        ours, upstream = Engine("ours", sys.executable), Engine("upstream", options.upstream)
        stack.callback(ours.close)
        stack.callback(upstream.close)
        uri = stack.enter_context(_database(options.postgres)) if options.postgres else ""
        for kind in KINDS + (POSTGRES_KINDS if options.postgres else ()):
            for durability in options.durability or ("sync", "async", "exit"):
                file = str(Path(folder) / f"{kind}-{durability}.sqlite")
                case = [kind, durability, uri if kind in POSTGRES_KINDS else file]
                for first, second in ((upstream, ours), (ours, upstream)):
                    every = 1 if durability == "exit" else options.every
                    counts = cross(first, second, case, every)
                    tried, failed = tried + counts[0], failed + counts[1]
    print(f"{tried} threads crossed engines, {failed} of them with another result")
    return 1 if failed or not tried else 0


def _database(server: str) -> Any:
    import engine  # noqa: F401  (before whatever imports langgraph)
    from savers import database

    return database(server)


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
