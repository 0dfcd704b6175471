"""What is patched from outside is called, as instrumentation of tracing vendors does it."""

import asyncio
import functools
import inspect
from collections import Counter
from typing import Annotated, TypedDict

import langgraph.graph.state
import langgraph.pregel
import langgraph.pregel._algo
import langgraph.pregel._loop
import langgraph.pregel._retry
import langgraph.pregel._runner
import langgraph.pregel.main
from langchain_core.messages import AIMessage
from langchain_core.tools import tool
from langgraph._internal import _runnable
from langgraph.checkpoint.memory import InMemorySaver
from langgraph.graph import END, START, MessagesState, StateGraph
from langgraph.graph._branch import BranchSpec
from langgraph.prebuilt import ToolNode
from langgraph.pregel import Pregel
from langgraph.pregel._read import PregelNode
from langgraph.pregel._write import ChannelWrite
from langgraph.types import Command, Send, interrupt


class State(TypedDict, total=False):
    count: int
    seen: Annotated[list, lambda left, right: left + right]


class Patched:
    """Wraps methods and functions for a while, and counts their calls."""

    def __init__(self, *targets):
        self.targets = targets
        self.calls = Counter()

    def __enter__(self):
        self.saved = []
        for owner, name in self.targets:
            original = inspect.getattr_static(owner, name)
            self.saved.append((owner, name, original))
            kind = type(original) if isinstance(original, (staticmethod, classmethod)) else None
            # the class that drives a run has a name of its own with each engine
            label = owner.__name__.split(".")[-1].replace(
                "Run", "PregelLoop", owner.__name__ == "Run"
            )
            wrapped = self.wrap(label, name, original.__func__ if kind else original)
            setattr(owner, name, kind(wrapped) if kind else wrapped)
        return self

    def wrap(self, owner, name, original):
        calls = self.calls
        if inspect.iscoroutinefunction(original):

            @functools.wraps(original)
            async def wrapper(*args, **kwargs):
                calls[f"{owner}.{name}"] += 1
                return await original(*args, **kwargs)

        elif inspect.isasyncgenfunction(original):

            @functools.wraps(original)
            async def wrapper(*args, **kwargs):
                calls[f"{owner}.{name}"] += 1
                async for chunk in original(*args, **kwargs):
                    yield chunk

        elif inspect.isgeneratorfunction(original):

            @functools.wraps(original)
            def wrapper(*args, **kwargs):
                calls[f"{owner}.{name}"] += 1
                yield from original(*args, **kwargs)

        else:

            @functools.wraps(original)
            def wrapper(*args, **kwargs):
                calls[f"{owner}.{name}"] += 1
                return original(*args, **kwargs)

        return wrapper

    def __exit__(self, *_):
        for owner, name, original in self.saved:
            setattr(owner, name, original)

    def show(self, title):
        print(title, sorted(self.calls.items()))


def build(is_async=False, checkpointer=None):
    inner = StateGraph(State)
    inner.add_node("deep", lambda state: {"seen": ["deep"]})
    inner.add_edge(START, "deep")
    sub = inner.compile()
    graph = StateGraph(State)

    def first(state):
        return {"count": 1, "seen": ["first"]}

    async def afirst(state):
        return first(state)

    graph.add_node("first", afirst if is_async else first)
    graph.add_node("sub", sub)
    graph.add_node("many", lambda state: {"seen": ["many"]})
    graph.add_edge(START, "first")
    graph.add_edge("first", "sub")
    graph.add_conditional_edges("sub", lambda state: [Send("many", state)] * 2, ["many"])
    graph.add_edge("many", END)
    return graph.compile(checkpointer=checkpointer)


CONFIG = {"configurable": {"thread_id": "1"}}

TARGETS = {
    "Pregel.stream": [(Pregel, "stream")],
    "Pregel.astream": [(Pregel, "astream")],
    "Pregel.invoke": [(Pregel, "invoke"), (Pregel, "stream")],
    "Pregel.ainvoke": [(Pregel, "ainvoke"), (Pregel, "astream")],
    "RunnableSeq": [(_runnable.RunnableSeq, "invoke"), (_runnable.RunnableSeq, "ainvoke")],
    "RunnableCallable": [
        (_runnable.RunnableCallable, "invoke"),
        (_runnable.RunnableCallable, "ainvoke"),
    ],
    "loop": [
        (langgraph.pregel._loop.PregelLoop, "tick"),
        (langgraph.pregel._loop.PregelLoop, "after_tick"),
        (langgraph.pregel._loop.PregelLoop, "put_writes"),
    ],
    "ChannelWrite": [(ChannelWrite, "do_write")],
    "savers": [(InMemorySaver, "put"), (InMemorySaver, "put_writes"), (InMemorySaver, "get_tuple")],
    "asavers": [
        (InMemorySaver, "aput"),
        (InMemorySaver, "aput_writes"),
        (InMemorySaver, "aget_tuple"),
    ],
    "nodes": [(PregelNode, "invoke"), (PregelNode, "ainvoke")],
    "state": [(Pregel, "get_state"), (Pregel, "update_state"), (Pregel, "get_graph")],
}


def sync_runs(graph):
    graph.invoke({"count": 0}, CONFIG)
    list(graph.stream({"count": 0}, CONFIG, stream_mode="updates", subgraphs=True))


async def async_runs(graph):
    await graph.ainvoke({"count": 0}, CONFIG)
    async for _ in graph.astream({"count": 0}, CONFIG):
        pass


for title, targets in TARGETS.items():
    for saved in (False, True):
        with Patched(*targets) as patched:
            sync_runs(build(checkpointer=InMemorySaver() if saved else None))
        patched.show(f"sync {title} saved={saved}")
        with Patched(*targets) as patched:
            asyncio.run(async_runs(build(True, InMemorySaver() if saved else None)))
        patched.show(f"async {title} saved={saved}")

# patched after the graph was compiled, and ran
graph = build()
graph.invoke({"count": 0})
for title in ("Pregel.stream", "RunnableSeq", "RunnableCallable", "loop"):
    with Patched(*TARGETS[title]) as patched:
        sync_runs(graph)
    patched.show(f"after compile {title}")
sync_runs(graph)

# building
with Patched(
    (StateGraph, "compile"),
    (StateGraph, "add_node"),
    (StateGraph, "add_edge"),
    (Pregel, "__init__"),
) as patched:
    build()
patched.show("building")


# tools
@tool
def double(value: int) -> int:
    """Double a value."""
    return value * 2


def call_tools(state):
    calls = [{"name": "double", "args": {"value": n}, "id": str(n)} for n in (1, 2)]
    return {"messages": [AIMessage("", tool_calls=calls, id="ai")]}


agent = StateGraph(MessagesState)
agent.add_node("model", call_tools)
agent.add_node("tools", ToolNode([double]))
agent.add_edge(START, "model")
agent.add_edge("model", "tools")
agent = agent.compile()
for names in (("invoke",), ("ainvoke",), ("_run_one",), ("_arun_one",), ("_func",), ("_afunc",)):
    with Patched(*((ToolNode, name) for name in names)) as patched:
        agent.invoke({"messages": []})
        asyncio.run(agent.ainvoke({"messages": []}))
    patched.show(f"tools {names}")


# one object
class Watching:
    def __init__(self, graph):
        self.graph, self.calls = graph, []

    def stream(self, *args, **kwargs):
        self.calls.append(("stream", sorted(kwargs)))
        return type(self.graph).stream(self.graph, *args, **kwargs)


watching = Watching(build())
object.__setattr__(watching.graph, "stream", watching.stream)
print("own stream", watching.graph.invoke({"count": 0})["seen"], watching.calls)


class Louder(Pregel):
    def stream(self, *args, **kwargs):
        for chunk in super().stream(*args, **kwargs):
            print("louder", chunk)
            yield chunk


plain = build()
louder = Louder(
    nodes=plain.nodes,
    channels=plain.channels,
    input_channels=plain.input_channels,
    output_channels=plain.output_channels,
    stream_channels=plain.stream_channels,
    stream_mode="updates",
)
print(louder.invoke({"count": 0}))

# nodes replaced in a compiled graph
replaced = build()
replaced.nodes["first"].bound = _runnable.RunnableCallable(lambda state: {"seen": ["replaced"]})
print("bound", replaced.invoke({"count": 0})["seen"])
replaced = build()
replaced.nodes["many"] = replaced.nodes["many"].copy(
    {"bound": _runnable.RunnableCallable(lambda s: {"seen": ["new"]})}
)
print("node", replaced.invoke({"count": 0})["seen"])
wrapped = build()
inner = wrapped.nodes["first"].bound.func
wrapped.nodes["first"].bound.func = lambda state: print("wrapped") or inner(state)
print("func", wrapped.invoke({"count": 0})["seen"])
# a saver whose methods were replaced on the object
saver = InMemorySaver()
puts = []
put = saver.put
saver.put = lambda config, checkpoint, metadata, versions: (
    puts.append(metadata["step"]) or put(config, checkpoint, metadata, versions)
)
# each superstep waits for its checkpoint: else those of the subgraph may come before the graph's own
build(checkpointer=saver).invoke({"count": 0}, CONFIG, durability="sync")
print("puts", puts)


# a reducer's and a branch's own objects
with Patched((BranchSpec, "run"), (BranchSpec, "from_path")) as patched:
    build().invoke({"count": 0})
patched.show("branches")


def asks(state):
    return {"count": interrupt("how many?")}


asking = StateGraph(State)
asking.add_node("asks", asks)
asking.add_edge(START, "asks")
asking = asking.compile(checkpointer=InMemorySaver())
with Patched((Pregel, "stream"), (langgraph.pregel._loop.PregelLoop, "tick")) as patched:
    print(sorted(asking.invoke({"count": 0}, CONFIG)))
    print(asking.invoke(Command(resume=3), CONFIG))
patched.show("interrupted")
