"""A small program that imports `langgraph`: a loop, a fan-out, a pause and its answer."""

import operator
import sys
from typing import List

from langgraph.checkpoint.memory import InMemorySaver
from langgraph.graph import END, START, StateGraph
from langgraph.types import Command, Send, interrupt
from typing_extensions import Annotated, TypedDict


class State(TypedDict):
    count: int
    squares: Annotated[List[int], operator.add]


def count_up(state: State) -> dict:
    return {"count": state["count"] + 1}


def choose_next(state: State) -> object:
    if state["count"] < 5:
        return "count_up"
    return [Send("square", number) for number in range(state["count"])]


graph = StateGraph(State)
graph.add_node("count_up", count_up)
graph.add_node("square", lambda number: {"squares": [number * number]})
graph.add_node("confirm", lambda state: {"count": interrupt("how many?")})
graph.add_edge(START, "count_up")
graph.add_conditional_edges("count_up", choose_next, ["count_up", "square"])
graph.add_edge("square", "confirm")
graph.add_edge("confirm", END)
app = graph.compile(checkpointer=InMemorySaver())
config = {"configurable": {"thread_id": "1"}}

paused = app.invoke({"count": 0, "squares": []}, config)
assert [pause.value for pause in paused["__interrupt__"]] == ["how many?"], paused
final = app.invoke(Command(resume=7), config)
assert final == {"count": 7, "squares": [0, 1, 4, 9, 16]}, final

import langgraph_rust  # noqa: E402

status = langgraph_rust.status()
assert status.installed and status.engine_loaded and not status.foreign, status
for heavy in ("langchain_core", "pydantic", "langsmith"):
    assert heavy not in sys.modules, heavy
print(f"ok: langgraph_rust {langgraph_rust.__version__}")
