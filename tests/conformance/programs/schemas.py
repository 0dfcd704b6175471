"""What can be read of a graph: schemas, drawings, subgraphs, reprs."""

import operator
from dataclasses import dataclass, field
from typing import Annotated, Any, List, Literal, Optional, TypedDict, Union

from langchain_core.messages import AnyMessage
from langchain_core.tools import tool
from langgraph.channels import EphemeralValue, LastValue, Topic
from langgraph.graph import END, START, MessagesState, StateGraph, add_messages
from langgraph.managed import IsLastStep, RemainingSteps
from langgraph.prebuilt import ToolNode
from langgraph.pregel import NodeBuilder, Pregel
from langgraph.runtime import Runtime
from langgraph.types import (
    CachePolicy,
    Command,
    Interrupt,
    Overwrite,
    RetryPolicy,
    Send,
    StateUpdate,
)
from pydantic import BaseModel, Field
from typing_extensions import Required


class Typed(TypedDict, total=False):
    """A typed state."""

    required: Required[int]
    optional: Optional[str]
    either: Union[int, str]
    seen: Annotated[List[str], operator.add]
    literal: Literal["a", "b"]
    anything: Any
    messages: Annotated[List[AnyMessage], add_messages]
    left: RemainingSteps
    last: IsLastStep


class Model(BaseModel):
    count: int = Field(3, description="how many")
    names: Annotated[list[str], operator.add] = []


@dataclass
class Record:
    count: int
    names: Annotated[list[str], operator.add] = field(default_factory=list)


@dataclass
class Context:
    user: str = "me"


class Input(TypedDict):
    required: int


class Output(TypedDict):
    seen: list[str]


def node(state):
    return {}


def route(state) -> Literal["a", "__end__"]:
    return "a"


def show(title, run):
    try:
        print(title, run())
    except BaseException as error:
        # a bad graph is refused by a class of its own here
        kind = ValueError if isinstance(error, ValueError) else type(error)
        print(title, kind.__name__, str(error)[:300])


def read(title, graph):
    print("==", title)
    for method in ("get_input_jsonschema", "get_output_jsonschema", "get_context_jsonschema"):
        show(method, getattr(graph, method))
    show("config", lambda: graph.config_schema().model_json_schema())
    for xray in (False, True, 1):
        show("mermaid", lambda: graph.get_graph(xray=xray).draw_mermaid())
        show("json", lambda: graph.get_graph(xray=xray).to_json())
    show("subgraphs", lambda: [name for name, _ in graph.get_subgraphs(recurse=True)])
    show("channels", lambda: {name: type(c).__name__ for name, c in graph.channels.items()})
    show(
        "types",
        # the reducer of messages has a name of its own with each engine
        lambda: {
            name: str(getattr(channel, "ValueType", channel))
            for name, channel in graph.channels.items()
            if name != "messages"
        },
    )
    show(
        "nodes",
        lambda: {n: (v.channels, v.triggers, v.tags, v.metadata) for n, v in graph.nodes.items()},
    )
    show(
        "streams", lambda: (graph.stream_channels_list, graph.input_channels, graph.output_channels)
    )
    show("triggers", lambda: dict(graph.trigger_to_nodes))
    show("input", lambda: graph.InputType)
    show("output", lambda: graph.OutputType)
    show("name", lambda: (graph.name, graph.get_name()))


for schema in (Typed, Model, Record, MessagesState, dict, Annotated[list, operator.add]):
    graph = StateGraph(schema)
    graph.add_node("a", node)
    graph.add_node("b", node, metadata={"x": 1}, defer=True)
    graph.add_edge(START, "a")
    graph.add_edge("a", "b")
    show("compiled", lambda: read(getattr(schema, "__name__", str(schema)), graph.compile()))

inner = StateGraph(Typed)
inner.add_node("deep", node)
inner.add_node("deeper", lambda state: Command(goto="deep"), destinations={"deep": "again"})
inner.add_edge(START, "deep")
inner.add_edge("deep", "deeper")
outer = StateGraph(Typed, context_schema=Context, input_schema=Input, output_schema=Output)
outer.add_node("a", node, retry_policy=RetryPolicy(), cache_policy=CachePolicy())
outer.add_node("inner", inner.compile())
outer.add_conditional_edges(START, route)
outer.add_conditional_edges("a", route, {"a": "inner", "__end__": END})
outer.add_conditional_edges("inner", lambda state: [Send("a", state)], ["a", END])
read("outer", outer.compile(name="outer", interrupt_before=["a"]))
show("ascii", lambda: outer.compile().get_graph().draw_ascii())
show("stuck", lambda: StateGraph(Typed).compile())


@tool
def search(query: str) -> str:
    """Search for it."""
    return query


class FakeModel(BaseModel):
    pass


read(
    "tools",
    ToolNode([search])
    and Pregel(
        nodes={"one": NodeBuilder().subscribe_only("a").do(lambda x: x).write_to("b")},
        channels={"a": EphemeralValue(str), "b": LastValue(str), "c": Topic(int)},
        input_channels="a",
        output_channels=["b", "c"],
    ),
)
for value in (
    Send("a", {"x": 1}),
    Command(goto="a", update={"x": 1}, resume=3),
    Interrupt("why", id="7"),
    Overwrite([1]),
    RetryPolicy(),
    CachePolicy(),
    StateUpdate({"a": 1}, "b"),
    LastValue(int),
    ToolNode([search]),
    StateGraph(Typed),
    IsLastStep,
    Runtime(),
):
    show("repr", lambda: repr(value).split(" object at")[0].split(" at 0x")[0])
show(
    "equal",
    lambda: (
        Send("a", 1) == Send("a", 1),
        hash(Send("a", 1)) == hash(Send("a", 1)),
        LastValue(int) == LastValue(str),
    ),
)
