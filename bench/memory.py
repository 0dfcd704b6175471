"""Measures what checkpoints take of memory, on both engines: `ci/bench --memory`.

Each figure is the growth of a process's resident set over a thread of 1,000 checkpoints in an
`InMemorySaver`, in bytes a checkpoint. A thread is run before, so that what is made once for
a graph is not counted.
"""

from __future__ import annotations

import ctypes
import gc
import json
import operator
import sys
from typing import Any, Callable, Dict, List, Tuple

if sys.argv[1:2] == ["ours"]:
    import langgraph_rust

    langgraph_rust.install()

from langchain_core.messages import AIMessage
from langgraph.checkpoint.memory import InMemorySaver
from langgraph.graph import END, START, StateGraph
from typing_extensions import Annotated, TypedDict

CHECKPOINTS = 1000
THREADS = 3


class Count(TypedDict):
    count: int


class Items(TypedDict):
    items: Annotated[List[Any], operator.add]


def chain_of_1000() -> Tuple[StateGraph, Any]:
    """A chain of 1,000 nodes, each of which counts one on."""
    graph = StateGraph(Count)
    before = START
    for number in range(CHECKPOINTS):
        graph.add_node(f"node{number}", lambda state: {"count": state["count"] + 1})
        graph.add_edge(before, f"node{number}")
        before = f"node{number}"
    graph.add_edge(before, END)
    return graph, {"count": 0}


def list_of_dicts_to_1000() -> Tuple[StateGraph, Any]:
    """A list that grows by a dict a superstep."""
    return _growing(lambda number: {"role": "ai", "content": f"{number}" + "x" * 200})


def list_of_messages_to_1000() -> Tuple[StateGraph, Any]:
    """A list that grows by a message a superstep."""
    return _growing(lambda number: AIMessage(f"{number}" + "x" * 200, id=f"message {number}"))


def small_state_1000() -> Tuple[StateGraph, Any]:
    """One number that changes 1,000 times."""
    graph = StateGraph(Count)
    graph.add_node("step", lambda state: {"count": state["count"] + 1})
    graph.add_edge(START, "step")
    graph.add_conditional_edges("step", lambda s: END if s["count"] >= CHECKPOINTS else "step")
    return graph, {"count": 0}


def _growing(make: Callable[[int], Any]) -> Tuple[StateGraph, Any]:
    graph = StateGraph(Items)
    graph.add_node("step", lambda state: {"items": [make(len(state["items"]))]})
    graph.add_edge(START, "step")
    graph.add_conditional_edges("step", lambda s: END if len(s["items"]) >= CHECKPOINTS else "step")
    return graph, {"items": []}


CASES = (small_state_1000, chain_of_1000, list_of_dicts_to_1000, list_of_messages_to_1000)


def measure(build: Callable[[], Tuple[StateGraph, Any]]) -> float:
    """Bytes a checkpoint: the least of several threads."""
    source, value = build()
    graph = source.compile(checkpointer=InMemorySaver())
    grown = []
    for thread in range(THREADS + 1):
        before = _resident()
        config: Any = {"configurable": {"thread_id": str(thread)}, "recursion_limit": 10_000}
        graph.invoke(value, config)
        grown.append(_resident() - before)
    return min(grown[1:]) / CHECKPOINTS


def _resident() -> int:
    gc.collect()
    ctypes.CDLL(None).malloc_trim(0)
    with open("/proc/self/statm") as statm:
        pages = int(statm.read().split()[1])
    return pages * 4096


def main() -> None:
    """Print `{"name", "bytes"}` for each case, a line each."""
    for build in CASES:
        found: Dict[str, Any] = {"name": build.__name__, "bytes": measure(build)}
        print(json.dumps(found), flush=True)


if __name__ == "__main__":
    main()
