"""How a case is declared.

* `@graph_case`: the function returns a compiled graph and its input, which `invoke` and `ainvoke`
  are timed on, as `<name>_sync` and `<name>_async`.
* `@call_case`: the function returns what to time, called without arguments: a function, or a
  coroutine function, which is awaited on an event loop of its own.
* `floor=`: a function that returns, like that of a `@call_case`, the same work written by hand:
  the nodes' own functions called by plain Python. It is the floor that no engine can go below.
"""

from __future__ import annotations

from typing import Any, Callable, List, NamedTuple, Optional, Tuple

Ready = Callable[[], Any]
Prepare = Callable[[], Ready]
BuildGraph = Callable[[], Tuple[Any, Any]]

CONFIG = {"recursion_limit": 1_000_000}


class Case(NamedTuple):
    """A benchmark.

    Attributes:
        name: What the report calls it.
        what: What it measures, in a line.
        prepare: Makes what to time.
        floor: Makes the same by hand.
        is_async: Whether what to time returns a coroutine.
    """

    name: str
    what: str
    prepare: Prepare
    floor: Optional[Prepare] = None
    is_async: bool = False


CASES: List[Case] = []


def graph_case(
    what: str, floor: Optional[Prepare] = None, modes: Tuple[str, ...] = ("sync", "async")
) -> Callable[[BuildGraph], BuildGraph]:
    """Time the graph and input that the function below returns, under its name."""

    def register(build: BuildGraph) -> BuildGraph:
        name = build.__name__
        if "sync" in modes:
            CASES.append(Case(f"{name}_sync", what, lambda: _invoke(*build()), floor))
        if "async" in modes:
            CASES.append(Case(f"{name}_async", what, lambda: _ainvoke(*build()), floor, True))
        return build

    return register


def call_case(
    what: str, floor: Optional[Prepare] = None, is_async: bool = False
) -> Callable[[Prepare], Prepare]:
    """Time what the function below returns, under its name."""

    def register(prepare: Prepare) -> Prepare:
        CASES.append(Case(prepare.__name__, what, prepare, floor, is_async))
        return prepare

    return register


def _invoke(graph: Any, value: Any) -> Ready:
    return lambda: graph.invoke(value, CONFIG)


def _ainvoke(graph: Any, value: Any) -> Ready:
    return lambda: graph.ainvoke(value, CONFIG)
