"""Rules of a process that ends while threads of the executor are at work."""

from __future__ import annotations

import os
import subprocess
import sys

PROGRAM = """
import asyncio
from langgraph_rust._engine import spawn

async def main():
    loop = asyncio.get_running_loop()
    done = loop.create_future()
    spawn(lambda: loop.call_soon_threadsafe(done.set_result, None))
    await done

asyncio.run(main())
"""


def test_an_interpreter_waits_for_threads_that_run_python():
    # The thread has woken the loop and comes back for the GIL while the interpreter exits.
    for _ in range(8):
        ended = subprocess.run(
            [sys.executable, "-c", PROGRAM],
            env={**os.environ, "PYTHONPATH": os.pathsep.join(sys.path)},
            stderr=subprocess.PIPE,
        )
        assert (ended.returncode, ended.stderr) == (0, b"")
