"""Measures what runs and checkpoints take of memory, on both engines: `ci/bench --memory`.

Each figure is the growth of a process's resident set: over a thread of 1,000 checkpoints in an
`InMemorySaver`, in bytes a checkpoint; at its peak over 10,000 runs at once, in bytes a run; and
over 100,000 runs one after the other, in bytes a run. The same is done before on a small scale, so
that what is made once is not counted.
"""

from __future__ import annotations

import asyncio
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
AT_ONCE = 10_000
IN_A_ROW = 100_000


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


def bytes_of_checkpoint(build: Callable[[], Tuple[StateGraph, Any]]) -> float:
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


def _three_nodes(node: Callable[[Any], Any]) -> Any:
    graph = StateGraph(Count)
    before = START
    for name in "abc":
        graph.add_node(name, node)
        graph.add_edge(before, name)
        before = name
    graph.add_edge(before, END)
    return graph.compile()


def peak_of_runs_at_once() -> float:
    """Bytes a run at the peak of 10,000 runs that wait in each of their three nodes."""

    async def later(state: Count) -> Count:
        await asyncio.sleep(0)
        return {"count": state["count"] + 1}

    graph = _three_nodes(later)

    async def together(count: int) -> None:
        await asyncio.gather(*(graph.ainvoke({"count": 0}) for _ in range(count)))

    asyncio.run(together(100))
    before = _resident()
    # from here on the kernel notes the peak anew
    with open("/proc/self/clear_refs", "w") as clear:
        clear.write("5")
    asyncio.run(together(AT_ONCE))
    return (_peak() - before) / AT_ONCE


def growth_of_runs() -> float:
    """Bytes that a run leaves behind, of 100,000 runs of three sync nodes."""
    graph = _three_nodes(lambda state: {"count": state["count"] + 1})
    return _growth(lambda count: [graph.invoke({"count": 0}) for _ in range(count)].clear())


def growth_of_async_runs() -> float:
    """The same of 100,000 runs of three async nodes on one loop."""

    async def count_on(state: Count) -> Count:
        return {"count": state["count"] + 1}

    graph = _three_nodes(count_on)

    async def run(count: int) -> None:
        for _ in range(count):
            await graph.ainvoke({"count": 0})

    return _growth(lambda count: asyncio.run(run(count)))


def _growth(run: Callable[[int], Any]) -> float:
    for _ in range(2):
        run(IN_A_ROW // 50)
    before = _resident()
    for _ in range(50):
        run(IN_A_ROW // 50)
    return (_resident() - before) / IN_A_ROW


RUNS = (peak_of_runs_at_once, growth_of_runs, growth_of_async_runs)


def _resident() -> int:
    gc.collect()
    ctypes.CDLL(None).malloc_trim(0)
    with open("/proc/self/statm") as statm:
        pages = int(statm.read().split()[1])
    return pages * 4096


def _peak() -> int:
    with open("/proc/self/status") as status:
        (peak,) = (line for line in status if line.startswith("VmHWM:"))
    return int(peak.split()[1]) * 1024


def _tell(name: str, size: float) -> None:
    found: Dict[str, Any] = {"name": name, "bytes": size}
    print(json.dumps(found), flush=True)


def main() -> None:
    """Print `{"name", "bytes"}` for each case, a line each."""
    for measure in RUNS:
        _tell(measure.__name__, measure())
    for build in CASES:
        _tell(build.__name__, bytes_of_checkpoint(build))


if __name__ == "__main__":
    main()
