"""What always holds of runs that are kept: durability before checkpoints, and resuming."""

from __future__ import annotations

import operator
from typing import Any, List

import pytest
from typing_extensions import Annotated, TypedDict

from langgraph_rust.checkpoint.memory import InMemorySaver
from langgraph_rust.graph import END, START, StateGraph
from langgraph_rust.types import Send


class State(TypedDict, total=False):
    steps: int
    log: Annotated[List[str], operator.add]


class Crash(Exception):
    """Stands for the end of a process."""


class CrashingSaver(InMemorySaver):
    """Fails for good at its `crash_at`-th request, and records the order of requests."""

    def __init__(self, crash_at: int = -1) -> None:
        super().__init__()
        self.crash_at = crash_at
        self.order: List[Any] = []

    def _count(self, request: Any) -> None:
        if self.crash_at == len(self.order):
            raise Crash
        self.order.append(request)

    def put(self, config: Any, checkpoint: Any, metadata: Any, new_versions: Any) -> Any:
        self._count(("put", metadata["step"]))
        return super().put(config, checkpoint, metadata, new_versions)

    def put_writes(self, config: Any, writes: Any, task_id: str, task_path: str = "") -> None:
        self._count(("writes", config["configurable"]["checkpoint_id"], task_id))
        super().put_writes(config, writes, task_id, task_path)


def build(saver: Any) -> Any:
    def fan_out(state: State) -> Any:
        return [Send("leaf", {"steps": number}) for number in range(3)]

    def leaf(state: State) -> State:
        return {"log": [f"leaf{state['steps']}"]}

    def count(state: State) -> State:
        return {"steps": state.get("steps", 0) + 1, "log": ["count"]}

    graph = StateGraph(State)
    graph.add_node("leaf", leaf)
    graph.add_node("count", count)
    graph.add_conditional_edges(START, fan_out, ["leaf"])
    graph.add_edge("leaf", "count")
    graph.add_conditional_edges("count", lambda s: "count" if s["steps"] < 3 else END)
    return graph.compile(checkpointer=saver)


CONFIG: Any = {"configurable": {"thread_id": "1"}}
WHOLE = {"steps": 3, "log": ["leaf0", "leaf1", "leaf2", "count", "count", "count"]}


@pytest.mark.parametrize("durability", ["sync", "async"])
def test_writes_before_checkpoint(durability: Any) -> None:
    saver = CrashingSaver()
    build(saver).invoke({"steps": 0}, CONFIG, durability=durability)
    checkpoints = [c.checkpoint["id"] for c in saver.list(CONFIG)][::-1]
    written = [entry for entry in saver.order if entry[0] == "writes"]
    assert len(written) == 7  # the input's branch, three leaves, three counts
    for place, entry in enumerate(saver.order):
        if entry[0] == "writes":
            puts_before = sum(1 for other in saver.order[:place] if other[0] == "put")
            # writes belong to a checkpoint that is stored, and the next one comes after them
            assert checkpoints.index(entry[1]) == puts_before - 1


@pytest.mark.parametrize("durability", ["sync", "async", "exit"])
def test_resume_equals_uninterrupted(durability: Any) -> None:
    requests = CrashingSaver()
    assert build(requests).invoke({"steps": 0}, CONFIG, durability=durability) == WHOLE
    for crash_at in range(len(requests.order)):
        saver = CrashingSaver(crash_at)
        with pytest.raises(Crash):
            build(saver).invoke({"steps": 0}, CONFIG, durability=durability)
        saver.crash_at = -1
        graph = build(saver)
        has_state = saver.get_tuple(CONFIG) is not None
        result = graph.invoke(None if has_state else {"steps": 0}, CONFIG)
        assert result == WHOLE, f"crashed at request {crash_at}"
