"""Running graphs: what inputs, options and results are."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any, TypedDict

from langchain_core.runnables import RunnableConfig
from langgraph.checkpoint.memory import InMemorySaver
from langgraph.graph import START, StateGraph
from langgraph.types import Command, StateSnapshot


class State(TypedDict):
    count: int


@dataclass
class Context:
    user: str


def node(state: State) -> State:
    return {"count": 1}


builder = StateGraph(State, context_schema=Context)
builder.add_node(node)
builder.add_edge(START, "node")
graph = builder.compile(checkpointer=InMemorySaver())
config: RunnableConfig = {"configurable": {"thread_id": "1"}}

reveal_type(graph.invoke({"count": 1}, config, context=Context("a")))
reveal_type(graph.invoke(Command(resume=1), config))
reveal_type(graph.invoke(None, config))
reveal_type(graph.invoke({"count": 1}, config, version="v2"))
reveal_type(graph.invoke({"count": 1}, config, version="v1"))
reveal_type(graph.invoke({"count": 1}, config, stream_mode="updates", durability="sync"))

for values in graph.stream({"count": 1}, config, stream_mode="values"):
    reveal_type(values)
for pair in graph.stream({"count": 1}, config, stream_mode=["values", "updates"]):
    reveal_type(pair)
for part in graph.stream({"count": 1}, config, version="v2"):
    reveal_type(part)
    if part["type"] == "values":
        reveal_type(part)
        reveal_type(part["data"])
    elif part["type"] == "updates":
        reveal_type(part["data"])
    elif part["type"] == "messages":
        reveal_type(part["data"])
    elif part["type"] == "tasks":
        reveal_type(part["data"])
    elif part["type"] == "checkpoints":
        reveal_type(part["data"])
    elif part["type"] == "debug":
        reveal_type(part["data"])
for below in graph.stream({"count": 1}, config, subgraphs=True, output_keys="count"):
    reveal_type(below)


async def main() -> None:
    reveal_type(await graph.ainvoke({"count": 1}, config, context=Context("a")))
    reveal_type(await graph.ainvoke({"count": 1}, config, version="v2"))
    async for chunk in graph.astream({"count": 1}, config):
        reveal_type(chunk)
    async for part in graph.astream({"count": 1}, config, version="v2"):
        reveal_type(part)
    async for event in graph.astream_events({"count": 1}, config, version="v2"):
        reveal_type(event)
    reveal_type(await graph.astream_events({"count": 1}, config, version="v3"))
    reveal_type(await graph.aget_state(config))
    async for snapshot in graph.aget_state_history(config):
        reveal_type(snapshot)
    reveal_type(await graph.aupdate_state(config, {"count": 1}))
    reveal_type(await graph.abatch([{"count": 1}]))
    reveal_type(await graph.aget_graph())
    async for name, subgraph in graph.aget_subgraphs():
        reveal_type(subgraph)


reveal_type(graph.stream_events({"count": 1}, config, version="v3"))
snapshot: StateSnapshot = graph.get_state(config, subgraphs=True)
reveal_type(snapshot.values)
reveal_type(snapshot.next)
reveal_type(snapshot.tasks)
reveal_type(snapshot.tasks[0].interrupts)
reveal_type(snapshot.interrupts)
reveal_type(snapshot.config)
for old in graph.get_state_history(config, filter={"a": 1}, limit=3):
    reveal_type(old)
reveal_type(graph.update_state(config, {"count": 2}, as_node="node"))
reveal_type(graph.bulk_update_state(config, []))
reveal_type(graph.get_input_jsonschema())
reveal_type(graph.get_context_jsonschema())
reveal_type(graph.config_schema())
for name, subgraph in graph.get_subgraphs(recurse=True):
    reveal_type(name)
    reveal_type(subgraph)
reveal_type(graph.batch([{"count": 1}]))
reveal_type(graph | node)
reveal_type(graph.clear_cache())


def any_graph(value: Any) -> None:
    graph.invoke(value, value)


# what checkers refuse
graph.invoke({"count": "1"}, config)
graph.invoke({"other": 1}, config)
graph.invoke({"count": 1}, config, context="a")
graph.invoke({"count": 1}, config, durability="never")
graph.stream({"count": 1}, config, stream_mode="nothing")
graph.get_state()
graph.update_state({"count": 1})
