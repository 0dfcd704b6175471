"""Runs threads of the program on this engine, one for each line of its input.

A line is `[kind, durability, address, arguments]` in JSON, where the arguments are those of
`Case.run` after the first; the answer is how the child ended, on a line of the output.
"""

import json
import sys

import engine  # noqa: F401  (before whatever imports langgraph)
from child import Case, run_in_child

for line in sys.stdin:
    kind, durability, address, arguments = json.loads(line)
    print(json.dumps(run_in_child(Case(kind, durability, address), *arguments)), flush=True)
