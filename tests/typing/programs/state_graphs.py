"""Building graphs: what schemas say of nodes, edges and the compiled graph."""

from __future__ import annotations

import operator
from dataclasses import dataclass
from typing import Annotated, Any, Literal, TypedDict

from langchain_core.messages import AnyMessage, HumanMessage
from langchain_core.runnables import RunnableConfig, RunnableLambda
from langgraph.cache.memory import InMemoryCache
from langgraph.checkpoint.memory import InMemorySaver
from langgraph.graph import END, START, MessagesState, StateGraph, add_messages
from langgraph.graph.state import CompiledStateGraph
from langgraph.runtime import Runtime
from langgraph.store.base import BaseStore
from langgraph.store.memory import InMemoryStore
from langgraph.types import CachePolicy, Command, RetryPolicy, Send, StreamWriter, interrupt
from pydantic import BaseModel
from typing_extensions import assert_type


class State(TypedDict):
    count: int
    seen: Annotated[list[str], operator.add]


class Input(TypedDict):
    count: int


class Output(TypedDict):
    seen: list[str]


class Model(BaseModel):
    count: int = 0


@dataclass
class Record:
    count: int = 0


@dataclass
class Context:
    user: str


class Chat(TypedDict):
    messages: Annotated[list[AnyMessage], add_messages]


def plain(state: State) -> State:
    return {"count": state["count"] + 1, "seen": []}


def partial(state: State) -> dict[str, Any]:
    return {"count": 1}


def takes_config(state: State, config: RunnableConfig) -> dict[str, Any]:
    return {"count": len(config)}


def takes_runtime(state: State, runtime: Runtime[Context]) -> dict[str, Any]:
    reveal_type(runtime.context)
    reveal_type(runtime.context.user)
    reveal_type(runtime.store)
    reveal_type(runtime.stream_writer)
    return {"seen": [runtime.context.user]}


def takes_more(
    state: State, *, writer: StreamWriter, store: BaseStore, config: RunnableConfig
) -> dict[str, Any]:
    writer("x")
    return {"seen": [repr(store)]}


async def waits(state: State) -> dict[str, Any]:
    return {"count": 2}


def commands(state: State) -> Command[Literal["plain", "waits"]]:
    return Command(goto="plain", update={"count": 1})


def asks(state: State) -> State:
    answer = interrupt({"what": state})
    reveal_type(answer)
    return {"count": int(answer), "seen": []}


def route(state: State) -> Literal["plain", "waits"]:
    return "plain"


def fan_out(state: State) -> list[Send]:
    return [Send("plain", state)]


graph = StateGraph(State)
reveal_type(graph)
reveal_type(graph.add_node(plain))
graph.add_node("partial", partial)
graph.add_node("config", takes_config)
graph.add_node("waits", waits, retry_policy=RetryPolicy(max_attempts=2))
graph.add_node("more", takes_more, cache_policy=CachePolicy(ttl=3))
graph.add_node("commands", commands, destinations=("plain", "waits"))
graph.add_node("asks", asks, metadata={"a": 1}, defer=True)
graph.add_node("lambda", RunnableLambda(plain))
graph.add_node("input", lambda state: state, input_schema=Input)
reveal_type(graph.add_edge(START, "plain"))
graph.add_edge(["plain", "waits"], "partial")
graph.add_conditional_edges("partial", route)
graph.add_conditional_edges("partial", route, {"plain": "plain", "waits": END})
graph.add_conditional_edges("waits", fan_out, ["plain"])
graph.add_sequence([("one", plain), ("two", partial)])
graph.set_entry_point("plain")
graph.set_finish_point("partial")
compiled = graph.compile(
    checkpointer=InMemorySaver(),
    store=InMemoryStore(),
    cache=InMemoryCache(),
    interrupt_before=["plain"],
    interrupt_after="*",
    debug=False,
    name="it",
)
reveal_type(compiled)
reveal_type(compiled.builder)
reveal_type(compiled.nodes)
reveal_type(compiled.channels)
reveal_type(compiled.get_graph())
reveal_type(compiled.with_config(tags=["a"]))
reveal_type(compiled.name)

with_all = StateGraph(State, context_schema=Context, input_schema=Input, output_schema=Output)
reveal_type(with_all)
with_all.add_node("runtime", takes_runtime)
whole = with_all.compile()
reveal_type(whole)
assert_type(whole, CompiledStateGraph[State, Context, Input, Output])

models = StateGraph(Model)
reveal_type(models.compile())
records = StateGraph(Record)
reveal_type(records.compile())
reveal_type(StateGraph(MessagesState).compile())
reveal_type(StateGraph(Chat).compile().invoke({"messages": [HumanMessage("hi")]}))


def wrong_argument(number: int) -> dict[str, Any]:
    return {}


# what checkers refuse
graph.add_node("bad", 3)
graph.add_edge(3, "plain")
graph.add_conditional_edges("plain", "route")
graph.compile(checkpointer="memory")
graph.compile(interrupt_before=3)
StateGraph()
Send("plain")
Command(goto=3)
RetryPolicy(max_attempts="3")
