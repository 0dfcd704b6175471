"""Prints, as SQL, the database that this release of LangGraph leaves behind.

Run by `record_threads.py` in an environment with an old release.
"""

import sqlite3
from importlib.metadata import version

from langgraph.checkpoint.sqlite import SqliteSaver
from thread_program import Program

DISTRIBUTIONS = (
    "langgraph",
    "langgraph-checkpoint",
    "langgraph-checkpoint-sqlite",
    "langchain-core",
)

connection = sqlite3.connect(":memory:", check_same_thread=False)
program = Program(SqliteSaver(connection))
for name, graph in program.graphs().items():
    program.begin(name, graph)
print("-- Written by {}.".format(", ".join(f"{name} {version(name)}" for name in DISTRIBUTIONS)))
for line in connection.iterdump():
    print(line)
