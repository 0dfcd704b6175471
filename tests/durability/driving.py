"""Runs the program from wherever its thread stands until it is done, as its user would."""

from typing import Any, Dict, List, NamedTuple

import program
from langgraph.types import Command

SUPERSTEPS_LIMIT = 100


class Outcome(NamedTuple):
    """What is left of a thread that is done.

    Attributes:
        values: The last state.
        history: Step, source, next nodes and values of each checkpoint, newest first.
    """

    values: Dict[str, Any]
    history: List[List[Any]]


def config_of(thread: str) -> Dict[str, Any]:
    return {"configurable": {"thread_id": thread}, "recursion_limit": SUPERSTEPS_LIMIT}


def next_input(state: Any) -> Any:
    """What to invoke the graph with next; `None` goes on after a crash."""
    if not has_begun(state):
        return program.INPUT
    if state.interrupts:
        return Command(resume=program.ANSWERS[state.interrupts[0].value])
    return None


def has_begun(state: Any) -> bool:
    """Whether the thread holds an input, be it as a task that is to apply it.

    The checkpoint that a delta channel's first writes hang on comes before one.
    """
    return bool(state.tasks) or "round" in state.values


def is_done(state: Any) -> bool:
    # `next` leaves out tasks whose writes are stored; until they are applied they are tasks.
    return has_begun(state) and not state.tasks


def finish(graph: Any, thread: str, durability: str, inputs: int = 0) -> Outcome:
    """Run the thread to its end, or until it was given so many inputs."""
    config = config_of(thread)
    state, given = graph.get_state(config), 0
    while not is_done(state) and (not inputs or given < inputs):
        given += 1
        graph.invoke(next_input(state), config, durability=durability)
        state = graph.get_state(config)
    return _outcome(state, list(graph.get_state_history(config)))


async def afinish(graph: Any, thread: str, durability: str, inputs: int = 0) -> Outcome:
    """Async twin of `finish`."""
    config = config_of(thread)
    state, given = await graph.aget_state(config), 0
    while not is_done(state) and (not inputs or given < inputs):
        given += 1
        await graph.ainvoke(next_input(state), config, durability=durability)
        state = await graph.aget_state(config)
    return _outcome(state, [past async for past in graph.aget_state_history(config)])


def _outcome(state: Any, history: List[Any]) -> Outcome:
    rows = [
        [past.metadata["step"], past.metadata.get("source"), list(past.next), past.values]
        for past in history
    ]
    return Outcome(state.values, rows)
