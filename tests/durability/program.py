"""A program of thirty supersteps: sends, subgraphs, interrupts, and a channel stored as writes.

It imports `langgraph`, and so runs on either engine. Every node is a function of the state alone,
and each value that it makes is there once: whatever is lost or applied twice shows in the result.
"""

import operator
from typing import Annotated, Any, Callable, Dict, List, Optional, Sequence

from langgraph.channels import DeltaChannel
from langgraph.graph import END, START, StateGraph
from langgraph.types import Command, Send, interrupt
from typing_extensions import TypedDict

ROUNDS = 7
ASKS_IN_ROUND = 4
REVIEWS_IN_ROUND = 2
INPUT = {"log": ["begin"], "round": 0, "sum": 0}
ANSWERS = {"go on?": "yes", "fine?": "certainly"}


def extend(trail: List[str], writes: Sequence[List[str]]) -> List[str]:
    return [*(trail or ()), *(entry for write in writes for entry in write)]


class State(TypedDict, total=False):
    trail: Annotated[List[str], DeltaChannel(extend, snapshot_frequency=5)]
    log: Annotated[List[str], operator.add]
    reviews: Annotated[List[str], operator.add]
    sum: Annotated[int, operator.add]
    round: int


class Job(TypedDict, total=False):
    round: int
    number: int


class Inspection(Job, total=False):
    log: List[str]
    sum: int


class Inspected(TypedDict):
    log: List[str]
    sum: int


class Question(TypedDict, total=False):
    round: int
    sum: int


class Review(Question, total=False):
    notes: Annotated[List[str], operator.add]
    reviews: List[str]


class Reviewed(TypedDict):
    reviews: List[str]


def deal(state: State) -> Any:
    turn = state["round"] + 1
    jobs = [Send("work", {"round": turn, "number": number}) for number in range(2)]
    jobs.append(Send("inspect", {"round": turn, "number": 2}))
    return Command(update={"log": [f"deal {turn}"], "round": turn}, goto=jobs)


def work(job: Job) -> Dict[str, Any]:
    entry = "work {round}.{number}".format(**job)
    return {"log": [entry], "trail": [entry], "sum": job["round"] * job["number"]}


def look(job: Inspection) -> Dict[str, Any]:
    done = work(job)
    return {"log": [*done["log"], "looked at"], "sum": done["sum"] + 100}


def gather(state: State) -> Dict[str, Any]:
    turn = state["round"]
    answer = interrupt("go on?") if turn == ASKS_IN_ROUND else "-"
    return {"log": [f"gather {turn}: sum {state['sum']}, {answer}"], "trail": [answer]}


def read(state: Review) -> Dict[str, Any]:
    return {"notes": ["sum {}".format(state["sum"])]}


def comment(state: Review) -> Dict[str, Any]:
    answer = interrupt("fine?") if state["round"] == REVIEWS_IN_ROUND else "-"
    return {"reviews": ["{}: {}, {}".format(state["round"], ", ".join(state["notes"]), answer)]}


def next_round(state: State) -> str:
    return "deal" if state["round"] < ROUNDS else "close"


def close(state: State) -> Dict[str, Any]:
    return {"log": ["closed"]}


def counted(node: Any, count: Callable[[], None]) -> Any:
    def run(state: Any) -> Any:
        count()
        return node(state)

    run.__name__ = node.__name__
    return run


def as_coroutine(node: Any) -> Any:
    async def run(state: Any) -> Any:
        return node(state)

    run.__name__ = node.__name__
    return run


def build(
    saver: Any, asynchronous: bool = False, count: Optional[Callable[[], None]] = None
) -> Any:
    """Compile the program's graph.

    Args:
        saver: Keeps its checkpoints.
        count: Called each time that a node is run.
        asynchronous: Make coroutine functions of its nodes, where the interpreter lets them
            interrupt (Python 3.11 and later).
    """

    def node(function: Any) -> Any:
        function = counted(function, count) if count is not None else function
        return as_coroutine(function) if asynchronous else function

    inspection = StateGraph(Inspection, input_schema=Job, output_schema=Inspected)
    inspection.add_node("look", node(look))
    inspection.add_edge(START, "look")
    review = StateGraph(Review, input_schema=Question, output_schema=Reviewed)
    review.add_node("read", node(read))
    review.add_node("comment", node(comment))
    review.add_edge(START, "read")
    review.add_edge("read", "comment")
    graph = StateGraph(State)
    graph.add_node("deal", node(deal), destinations=("work", "inspect"))
    for function in (work, gather, close):
        graph.add_node(function.__name__, node(function))
    graph.add_node("inspect", inspection.compile())
    graph.add_node("review", review.compile())
    graph.add_edge(START, "deal")
    graph.add_edge("work", "gather")
    graph.add_edge("inspect", "gather")
    graph.add_edge("gather", "review")
    graph.add_conditional_edges("review", next_round, ["deal", "close"])
    graph.add_edge("close", END)
    return graph.compile(checkpointer=saver)
