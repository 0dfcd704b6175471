"""What `configure` sets, seen from a thread beside a run."""

from __future__ import annotations

import sys
import threading
import time
from typing import Any, Iterator, List

import pytest
from typing_extensions import TypedDict

import langgraph_rust
from langgraph_rust.graph import START, StateGraph


class State(TypedDict):
    count: int


@pytest.fixture(autouse=True)
def _interpreter_never_switches() -> Iterator[None]:
    interval = sys.getswitchinterval()
    sys.setswitchinterval(1000)
    yield
    sys.setswitchinterval(interval)
    langgraph_rust.configure(gil_release="superstep")


def _is_other_thread_let_in(attempts: int) -> bool:
    """Whether a thread that waits for the GIL gets it between two nodes of a run."""
    turns: List[None] = []
    seen: List[int] = []

    def look(state: State) -> State:
        seen.append(len(turns))
        return {"count": state["count"] + 1}

    graph = StateGraph(State)
    before = START
    for number in range(100):
        graph.add_node(str(number), look)
        graph.add_edge(before, str(number))
        before = str(number)
    compiled = graph.compile()
    config: Any = {"recursion_limit": 101}
    # the first run imports modules, which reads files and so waits
    compiled.invoke({"count": 0}, config)

    def attempt() -> bool:
        del turns[:]
        gate = threading.Lock()
        gate.acquire()

        def wait_for_turn() -> None:
            gate.acquire()
            turns.append(None)

        thread = threading.Thread(target=wait_for_turn)
        thread.start()
        gate.release()
        for _ in range(1000):
            del seen[:]
            compiled.invoke({"count": 0}, config)
            if turns:
                break
        thread.join()
        return seen[0] < seen[-1]

    end = time.monotonic() + 30
    while attempts and time.monotonic() < end:
        if attempt():
            return True
        attempts -= 1
    return False


def test_other_threads_have_turns_between_supersteps() -> None:
    # a release is short: it takes some before the other thread is there in time
    assert _is_other_thread_let_in(attempts=1000)


def test_a_run_that_does_not_wait_keeps_the_gil_if_it_is_told_to() -> None:
    langgraph_rust.configure(gil_release="waiting")
    assert not _is_other_thread_let_in(attempts=3)


def test_what_is_not_given_stays() -> None:
    langgraph_rust.configure(gil_release="waiting")
    langgraph_rust.configure()
    assert not _is_other_thread_let_in(attempts=3)


@pytest.mark.parametrize("value", ["sometimes", "", 1])
def test_other_values_are_refused(value: Any) -> None:
    with pytest.raises(ValueError, match="gil_release is 'superstep' or 'waiting', not"):
        langgraph_rust.configure(gil_release=value)
