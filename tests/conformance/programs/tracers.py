"""What callback handlers and tracers see: order, names, tags, metadata, parents, errors."""

import asyncio
from typing import Annotated, TypedDict

from langchain_core.callbacks import AsyncCallbackHandler, BaseCallbackHandler
from langchain_core.language_models.fake_chat_models import GenericFakeChatModel
from langchain_core.messages import AIMessage
from langchain_core.runnables import RunnableLambda
from langchain_core.tools import tool
from langgraph.checkpoint.memory import InMemorySaver
from langgraph.func import entrypoint, task
from langgraph.graph import END, START, MessagesState, StateGraph
from langgraph.prebuilt import ToolNode
from langgraph.types import Command, RetryPolicy, Send, interrupt


class State(TypedDict, total=False):
    count: int
    seen: Annotated[list, lambda left, right: left + right]


HIDDEN = ("langgraph_checkpoint_ns", "checkpoint_ns", "checkpoint_id", "run_id")


class Recorder(BaseCallbackHandler):
    def __init__(self):
        self.names, self.lines = {}, []

    def note(self, kind, run_id, parent_run_id=None, name=None, tags=None, metadata=None, more=""):
        if name is not None:
            self.names[run_id] = name
        parent = self.names.get(parent_run_id) if parent_run_id else None
        shown = {k: v for k, v in sorted((metadata or {}).items()) if k not in HIDDEN}
        self.lines.append((kind, self.names.get(run_id), parent, sorted(tags or ()), shown, more))

    def on_chain_start(
        self, serialized, inputs, *, run_id, parent_run_id=None, tags=None, metadata=None, **kwargs
    ):
        self.note(
            "chain start",
            run_id,
            parent_run_id,
            kwargs.get("name"),
            tags,
            metadata,
            str(inputs)[:120],
        )

    def on_chain_end(self, outputs, *, run_id, parent_run_id=None, **kwargs):
        self.note("chain end", run_id, parent_run_id, more=str(outputs)[:120])

    def on_chain_error(self, error, *, run_id, parent_run_id=None, **kwargs):
        self.note("chain error", run_id, parent_run_id, more=type(error).__name__)

    def on_tool_start(
        self,
        serialized,
        input_str,
        *,
        run_id,
        parent_run_id=None,
        tags=None,
        metadata=None,
        **kwargs,
    ):
        self.note(
            "tool start", run_id, parent_run_id, kwargs.get("name"), tags, metadata, input_str
        )

    def on_tool_end(self, output, *, run_id, parent_run_id=None, **kwargs):
        self.note("tool end", run_id, parent_run_id, more=str(output)[:60])

    def on_chat_model_start(
        self,
        serialized,
        messages,
        *,
        run_id,
        parent_run_id=None,
        tags=None,
        metadata=None,
        **kwargs,
    ):
        self.note("model start", run_id, parent_run_id, kwargs.get("name"), tags, metadata)

    def on_llm_new_token(self, token, *, run_id, parent_run_id=None, **kwargs):
        self.note("token", run_id, parent_run_id, more=token)

    def on_llm_end(self, response, *, run_id, parent_run_id=None, **kwargs):
        self.note("model end", run_id, parent_run_id)

    def on_custom_event(self, name, data, *, run_id, tags=None, metadata=None, **kwargs):
        self.note("custom", run_id, None, None, tags, metadata, f"{name} {data}")


class AsyncRecorder(AsyncCallbackHandler):
    def __init__(self):
        self.recorder = Recorder()

    async def on_chain_start(self, *args, **kwargs):
        self.recorder.on_chain_start(*args, **kwargs)

    async def on_chain_end(self, *args, **kwargs):
        self.recorder.on_chain_end(*args, **kwargs)

    async def on_chain_error(self, *args, **kwargs):
        self.recorder.on_chain_error(*args, **kwargs)


def show(title, lines, ordered=True):
    print("==", title, len(lines))
    for line in lines if ordered else sorted(lines, key=str):
        print("  ", *line)


def first(state):
    return {"count": 1, "seen": ["first"]}


def route(state):
    return [Send("many", {"count": n}) for n in range(1)]


inner = StateGraph(State)
inner.add_node("deep", lambda state: {"seen": ["deep"]}, metadata={"depth": 2})
inner.add_edge(START, "deep")
outer = StateGraph(State)
outer.add_node("first", first, metadata={"mine": 1})
outer.add_node(
    "piped",
    RunnableLambda(lambda state: state).with_config(run_name="pipe", tags=["piped"])
    | (lambda state: {"seen": ["piped"]}),
)
outer.add_node("sub", inner.compile(name="inner"))
outer.add_node("many", lambda state: {"seen": [state["count"]]})
outer.add_edge(START, "first")
outer.add_edge("first", "piped")
outer.add_edge("piped", "sub")
outer.add_conditional_edges("sub", route, ["many"])
outer.add_edge("many", END)
graph = outer.compile(name="outer")
OPTIONS = {"tags": ["asked"], "metadata": {"who": "me"}, "run_name": "named"}

recorder = Recorder()
graph.invoke({"count": 0, "seen": []}, {"callbacks": [recorder], **OPTIONS})
show("sync", recorder.lines)
recorder = Recorder()
list(
    graph.stream(
        {"count": 0, "seen": []}, {"callbacks": [recorder], **OPTIONS}, stream_mode="updates"
    )
)
show("stream", recorder.lines)
recorder = Recorder()
asyncio.run(graph.ainvoke({"count": 0, "seen": []}, {"callbacks": [recorder], **OPTIONS}))
show("async", recorder.lines)
recorder = AsyncRecorder()
asyncio.run(graph.ainvoke({"count": 0, "seen": []}, {"callbacks": [recorder], **OPTIONS}))
show("async handler", recorder.recorder.lines)
recorder = Recorder()
bound = graph.with_config(tags=["bound"], metadata={"bound": True}, callbacks=[recorder])
bound.invoke({"count": 0, "seen": []})
show("bound", recorder.lines, ordered=False)


def fails(state):
    raise ValueError("as told")


failing = StateGraph(State)
failing.add_node(
    "fails",
    fails,
    retry_policy=RetryPolicy(
        max_attempts=2, initial_interval=0.001, jitter=False, retry_on=ValueError
    ),
)
failing.add_edge(START, "fails")
recorder = Recorder()
try:
    failing.compile().invoke({"count": 0}, {"callbacks": [recorder]})
except ValueError as error:
    print(error)
show("failing", recorder.lines)

asking = StateGraph(State)
asking.add_node("asks", lambda state: {"count": interrupt("how many?")})
asking.add_edge(START, "asks")
asking = asking.compile(checkpointer=InMemorySaver())
recorder = Recorder()
thread = {"configurable": {"thread_id": "1"}, "callbacks": [recorder]}
asking.invoke({"count": 0}, thread)
asking.invoke(Command(resume=3), thread)
show("asking", recorder.lines)


@tool
def double(value: int) -> int:
    """Double a value."""
    return value * 2


def make_model():
    calls = [{"name": "double", "args": {"value": 2}, "id": "1"}]
    return GenericFakeChatModel(
        messages=iter([AIMessage("calling", tool_calls=calls), AIMessage("all done")])
    )


def build_agent():
    model = make_model()
    agent = StateGraph(MessagesState)
    agent.add_node("model", lambda state: {"messages": model.invoke(state["messages"])})
    agent.add_node("tools", ToolNode([double]))
    agent.add_edge(START, "model")
    agent.add_conditional_edges(
        "model", lambda s: "tools" if s["messages"][-1].tool_calls else END, ["tools", END]
    )
    agent.add_edge("tools", "model")
    return agent.compile()


recorder = Recorder()
build_agent().invoke({"messages": [("user", "hi")]}, {"callbacks": [recorder]})
show("agent", [line[:4] + line[4:5] for line in recorder.lines])
recorder = Recorder()
chunks = list(
    build_agent().stream(
        {"messages": [("user", "hi")]}, {"callbacks": [recorder]}, stream_mode="messages"
    )
)
show("agent messages", [line[:5] for line in recorder.lines])
for message, metadata in chunks:
    shown = {k: v for k, v in sorted(metadata.items()) if k not in HIDDEN}
    print("  ", type(message).__name__, repr(message.content), shown)


@task
def doubles(value):
    return 2 * value


@entrypoint()
def work(values):
    return [doubles(value).result() for value in values]


recorder = Recorder()
work.invoke([1, 2], {"callbacks": [recorder]})
show("functional", recorder.lines, ordered=False)


async def events(version):
    seen = []
    async for event in graph.astream_events(
        {"count": 0, "seen": []}, {"tags": ["asked"]}, version=version
    ):
        metadata = {k: v for k, v in sorted(event["metadata"].items()) if k not in HIDDEN}
        seen.append(
            (
                event["event"],
                event["name"],
                sorted(event["tags"]),
                metadata,
                str(event["data"])[:100],
                len(event.get("parent_ids", ())),
            )
        )
    return seen


for version in ("v1", "v2"):
    show(f"events {version}", asyncio.run(events(version)), ordered=False)
recorder = Recorder()
graph.batch([{"count": 0, "seen": []}], {"callbacks": [recorder]})
show("batch", recorder.lines, ordered=False)
recorder = Recorder()
(RunnableLambda(lambda x: x) | graph).invoke({"count": 0, "seen": []}, {"callbacks": [recorder]})
show("in a sequence", recorder.lines, ordered=False)
