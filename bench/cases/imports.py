"""The import of what a graph is made with, in an interpreter of its own."""

from __future__ import annotations

import subprocess
import sys
from typing import Any, Callable

from langgraph.graph import StateGraph

from cases._case import call_case


def _run(code: str) -> Callable[[], Any]:
    command = [sys.executable, "-W", "ignore", "-c", code]
    return lambda: subprocess.run(command, check=True)


@call_case("import `graph`, less the start of Python: that is by hand", lambda: _run("pass"))
def import_graph() -> Callable[[], Any]:
    # the module that the class really stands in: no finder is installed over there
    package = StateGraph.add_node.__globals__["__name__"].partition(".")[0]
    return _run(f"import {package}.graph")
