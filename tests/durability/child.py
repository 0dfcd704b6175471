"""A thread of the program in a process of its own: a forked child of a warm one.

Served by `serve.py` to whoever drives two engines by turns.
"""

import asyncio
import json
import os
import signal
import traceback
from typing import Any, Callable, Dict, NamedTuple

import driving
import program
from savers import KINDS, Clock

CHILD_SECONDS = 60

Report = Callable[[Dict[str, Any]], None]


class Case(NamedTuple):
    """A saver's kind, a durability, and where the saver keeps its data."""

    kind: str
    durability: str
    address: str

    def run(self, report: Report, thread: str, last: int = 0, inputs: int = 0) -> None:
        """Take a thread to its end; reports outcome, moments and runs of nodes.

        Args:
            report: Called with what is known, as soon as it is.
            thread: Its id.
            last: The moment to end the process at; 0 for none.
            inputs: How many times to invoke the graph at most; 0 for no limit.
        """
        clock, runs = Clock(last), [0]

        def count() -> None:
            runs[0] += 1
            # A killed process leaves its count in what it has sent.
            report({"runs": runs[0]})

        kind = KINDS[self.kind]
        if kind.asynchronous:
            outcome = asyncio.run(self._arun(thread, clock, count, inputs))
        else:
            with kind.open(self.address, clock) as saver:
                graph = program.build(saver, count=count)
                outcome = driving.finish(graph, thread, self.durability, inputs)
        report({"outcome": outcome, "moments": clock.moment})

    async def _arun(self, thread: str, clock: Clock, count: Callable[[], None], inputs: int) -> Any:
        async with KINDS[self.kind].open(self.address, clock) as saver:
            graph = program.build(saver, asynchronous=True, count=count)
            return await driving.afinish(graph, thread, self.durability, inputs)


class Ending(NamedTuple):
    """How a child ended.

    Attributes:
        signal: The signal that ended it, 0 for none; SIGALRM if it took too long.
        said: What it reported last, of each kind.
    """

    signal: int
    said: Dict[str, Any]


def run_in_child(case: Case, *args: Any) -> Ending:
    """Do `case.run` in a forked process, with arguments after the first, and wait for its end."""
    reading, writing = os.pipe()
    child = os.fork()
    if child == 0:
        os.close(reading)
        signal.alarm(CHILD_SECONDS)

        def report(said: Dict[str, Any]) -> None:
            os.write(writing, json.dumps(said).encode() + b"\n")

        try:
            case.run(report, *args)
        except BaseException:
            report({"error": traceback.format_exc()[-3000:]})
        os._exit(0)
    os.close(writing)
    with os.fdopen(reading, "rb") as pipe:
        lines = pipe.read().splitlines()
    status = os.waitpid(child, 0)[1]
    said: Dict[str, Any] = {}
    for line in lines:
        said.update(json.loads(line))
    return Ending(os.WTERMSIG(status) if os.WIFSIGNALED(status) else 0, said)
