"""Event streams: versions 1, 2 and 3, projections, transformers, subgraph streams, failures."""

import asyncio
import operator
import warnings
from typing import Annotated, Any, TypedDict

from langchain_core.language_models import GenericFakeChatModel
from langchain_core.messages import AIMessage
from langchain_core.tools import tool
from langgraph.checkpoint.memory import InMemorySaver
from langgraph.graph import START, MessagesState, StateGraph
from langgraph.prebuilt import ToolNode
from langgraph.stream import StreamChannel, StreamTransformer
from langgraph.types import Command, Send, StreamWriter, interrupt

# that versions are beta or deprecated, in what line of which file
warnings.simplefilter("ignore")
OPENED = []


class State(TypedDict, total=False):
    value: str
    items: Annotated[list, operator.add]


def show(title, run):
    print("==", title)
    try:
        for line in run() or ():
            print("  ", line)
    except BaseException as error:
        print("  ", type(error).__name__, str(error)[:300], getattr(error, "__notes__", []))
    # a stream of LangGraph's that is left as it is may keep the program from ending
    while OPENED:
        OPENED.pop().abort()


def nested(checkpointer=None, fails=False, asks=False):
    def process(state, writer: StreamWriter):
        writer({"deep": state["value"]})
        if fails:
            raise ValueError("deep down")
        answer = interrupt("really?") if asks else "processed"
        return {"value": state["value"] + "_" + answer, "items": [answer]}

    def route(state, writer: StreamWriter):
        writer("routing")
        return {"value": state["value"] + "_routed", "items": ["routed"]}

    inner = StateGraph(State).add_node("process", process).add_edge(START, "process")
    outer = StateGraph(State)
    outer.add_node("route", route)
    outer.add_node("inner", inner.compile(name="inner graph"))
    outer.add_node("after", lambda state: {"items": ["after"]})
    outer.add_edge(START, "route")
    outer.add_edge("route", "inner")
    outer.add_edge("inner", "after")
    return outer.compile(checkpointer=checkpointer, name="outer graph")


def chat(*texts):
    model = GenericFakeChatModel(messages=iter(AIMessage(text, id="ai") for text in texts))

    def call(state):
        return {"messages": model.invoke(state["messages"])}

    graph = StateGraph(MessagesState)
    graph.add_node("call", call)
    graph.add_node("whole", lambda state: {"messages": AIMessage("whole", id="whole")})
    graph.add_edge(START, "call")
    graph.add_edge("call", "whole")
    return graph.compile()


@tool
def double(value: int) -> int:
    """Double a value."""
    return 2 * value


def agent():
    call = {"name": "double", "args": {"value": 4}, "id": "call-1"}
    graph = StateGraph(MessagesState)
    graph.add_node("model", lambda _: {"messages": AIMessage("", tool_calls=[call], id="ai")})
    graph.add_node("tools", ToolNode([double]))
    graph.add_edge(START, "model")
    graph.add_edge("model", "tools")
    return graph.compile()


INPUT = {"value": "x", "items": []}
THREAD = {"configurable": {"thread_id": "1"}}


def plain(event):
    """An event of version 1 or 2, without the ids of its run."""
    keys = ("event", "name", "tags", "metadata", "data", "parent_ids")
    return {key: event[key] for key in keys if key in event}


def raw(event):
    """An event of version 3, without the time at which it was made."""
    params = {key: value for key, value in event["params"].items() if key != "timestamp"}
    return {**event, "params": params}


def collect(graph, version, *args, **options):
    async def main():
        events = graph.astream_events(*args, version=version, **options)
        return [plain(event) async for event in events]

    return asyncio.run(main())


for version in ("v1", "v2"):
    show(f"nested {version}", lambda: collect(nested(), version, INPUT))
    show(f"saved {version}", lambda: collect(nested(InMemorySaver()), version, INPUT, THREAD))
    show(f"failing {version}", lambda: collect(nested(fails=True), version, INPUT))
    show(f"chat {version}", lambda: collect(chat("hello you"), version, {"messages": "hi"}))
    show(f"agent {version}", lambda: collect(agent(), version, {"messages": "hi"}))
    show(
        f"names {version}",
        lambda: collect(nested(), version, INPUT, include_names=["process", "route"]),
    )
    show(
        f"types {version}",
        lambda: collect(chat("hello you"), version, {"messages": "hi"}, exclude_types=["chain"]),
    )
    show(
        f"tagged {version}",
        lambda: collect(
            nested(), version, INPUT, {"tags": ["a tag"], "metadata": {"a": 1}, "run_name": "named"}
        ),
    )
    saved = nested(InMemorySaver(), asks=True)
    show(f"asked {version}", lambda: collect(saved, version, INPUT, THREAD))
    show(f"answered {version}", lambda: collect(saved, version, Command(resume="yes"), THREAD))
show("wrong version", lambda: collect(nested(), "v4", INPUT))
show("sync v1", lambda: nested().stream_events(INPUT, version="v1"))
show("sync v2", lambda: nested().stream_events(INPUT, version="v2"))


class Counting(StreamTransformer):
    """Counts values events on a channel of its own."""

    def __init__(self, scope=()):
        super().__init__(scope)
        self.channel = StreamChannel("counter")
        self.count = 0

    def init(self):
        return {"counter": self.channel}

    def process(self, event):
        if event["method"] == "values":
            self.count += 1
            self.channel.push((self.scope, self.count))
        return True

    def finalize(self):
        self.channel.push("finalized")

    def fail(self, err):
        print("   told of", type(err).__name__)


class Hiding(StreamTransformer):
    """Lets no update and nothing custom of a subgraph through."""

    required_stream_modes = ("custom", "updates")

    def init(self):
        return {}

    def process(self, event):
        return event["method"] != "updates" and not (
            event["method"] == "custom" and event["params"]["namespace"]
        )


class Awaiting(StreamTransformer):
    """Works where it can wait only."""

    def __init__(self, scope=()):
        super().__init__(scope)
        self.channel = StreamChannel("seen")

    def init(self):
        return {"seen": self.channel}

    async def aprocess(self, event):
        await asyncio.sleep(0)
        self.channel.push(event["method"])
        return True


def run(graph, input=INPUT, config=None, **options):
    OPENED.append(graph.stream_events(input, config, version="v3", **options))
    return OPENED[-1]


async def arun(graph, input=INPUT, config=None, **options):
    return await graph.astream_events(input, config, version="v3", **options)


def tell(stream):
    return [stream.output, stream.interrupted, stream.interrupts]


async def atell(stream):
    return [await stream.output(), await stream.interrupted(), await stream.interrupts()]


def subgraph(handle):
    """What a subgraph's stream tells of itself once it was read."""
    values = list(handle.values)
    return (handle.path, handle.graph_name, handle.status, handle.error, values)


def drill(stream):
    for handle in stream.subgraphs:
        yield subgraph(handle)
    yield from tell(stream)


GRAPHS = {
    "nested": lambda: nested(),
    "saved": lambda: nested(InMemorySaver()),
    "asking": lambda: nested(InMemorySaver(), asks=True),
    "failing": lambda: nested(fails=True),
    "failing saved": lambda: nested(InMemorySaver(), fails=True),
}
MODES = ("values", "lifecycle", "updates", "custom", "tasks", "checkpoints", "debug")
for name, build in GRAPHS.items():
    show(f"{name} events", lambda: map(raw, run(build(), config=THREAD)))
    show(f"{name} output", lambda: tell(run(build(), config=THREAD)))
    show(f"{name} subgraphs", lambda: drill(run(build(), config=THREAD)))
    show(f"{name} values", lambda: run(build(), config=THREAD).values)
    show(f"{name} lifecycle", lambda: run(build(), config=THREAD).lifecycle)
    show(
        f"{name} interleaved",
        lambda: list(run(build(), config=THREAD).interleave("values", "lifecycle")),
    )
    show(
        f"{name} counted",
        lambda: list(run(build(), config=THREAD, transformers=[Counting]).extensions["counter"]),
    )
    show(
        f"{name} hidden",
        lambda: map(raw, run(build(), config=THREAD, transformers=[Hiding])),
    )


async def adrain(stream):
    return [item async for item in stream]


async def adrill(stream):
    lines = []
    async for handle in stream.subgraphs:
        values = await adrain(handle.values)
        lines.append((handle.path, handle.graph_name, handle.status, handle.error, values))
    return lines + await atell(stream)


def awaited(read, build, **options):
    async def main():
        stream = await arun(build(), config=THREAD, **options)
        try:
            return await read(stream)
        finally:
            await stream.abort()

    return asyncio.run(main())


async def araw(stream):
    return [raw(event) async for event in stream]


for name, build in GRAPHS.items():
    show(f"async {name} events", lambda: awaited(araw, build))
    show(f"async {name} output", lambda: awaited(atell, build))
    show(f"async {name} subgraphs", lambda: awaited(adrill, build))
    show(f"async {name} values", lambda: awaited(lambda s: adrain(s.values), build))
    show(f"async {name} lifecycle", lambda: awaited(lambda s: adrain(s.lifecycle), build))
    show(
        f"async {name} counted",
        lambda: awaited(
            lambda s: adrain(s.extensions["counter"]), build, transformers=[Counting, Hiding]
        ),
    )
    show(
        f"async {name} awaiting",
        lambda: awaited(lambda s: adrain(s.extensions["seen"]), build, transformers=[Awaiting]),
    )

show("awaiting in a sync run", lambda: map(raw, run(nested(), transformers=[Awaiting])))


def resumed():
    graph = nested(InMemorySaver(), asks=True)
    first = run(graph, config=THREAD)
    yield from tell(first)
    second = run(graph, Command(resume="yes"), THREAD)
    yield from map(raw, second)
    yield from tell(second)
    yield graph.get_state(THREAD).values


show("resumed", resumed)


def read_messages(stream):
    for message in stream.messages:
        yield (message.node, message.message_id, list(message.text), message.output)
    yield stream.output


async def aread_messages(stream):
    lines = []
    async for message in stream.messages:
        text = [piece async for piece in message.text]
        lines.append((message.node, message.message_id, text, await message.output))
    return [*lines, await stream.output()]


HI: Any = {"messages": [("user", "hi")]}


def without_ids(lines):
    """Messages get ids of their own, which no two runs have in common."""
    return [str(line) for line in lines]


show("messages", lambda: without_ids(read_messages(run(chat("hello you"), HI))))
show("message events", lambda: without_ids(map(raw, run(chat("hello you"), HI))))


async def amessages():
    return without_ids(await aread_messages(await arun(chat("hello you"), HI)))


show("async messages", lambda: asyncio.run(amessages()))


def tool_events():
    for event in run(agent(), HI):
        yield str(raw(event))


show("agent", tool_events)


def left_early():
    with run(nested()) as stream:
        for event in stream:
            yield raw(event)
            break
    yield list(stream)
    stream.abort()
    yield stream.output


show("left early", left_early)


async def aleft_early():
    async with await arun(nested()) as stream:
        async for event in stream:
            first = raw(event)
            break
    await stream.abort()
    return [first, await adrain(stream), await stream.output()]


show("async left early", lambda: asyncio.run(aleft_early()))

# what is refused
show("no such projection", lambda: run(nested()).nothing)
show("twice", lambda: [list(s.values) for s in [run(nested())] * 2])
show("interleaving nothing", lambda: list(run(nested()).interleave("nothing")))
show("same transformer twice", lambda: map(raw, run(nested(), transformers=[Counting] * 2)))
show("modes are its own", lambda: map(raw, run(nested(), stream_mode="values")))
show("subgraphs are its own", lambda: map(raw, run(nested(), subgraphs=True)))
show("not a transformer", lambda: map(raw, run(nested(), transformers=[object()])))
show(
    "compiled in",
    lambda: list(
        run(
            StateGraph(State)
            .add_node("only", lambda state: {"items": [1]})
            .add_edge(START, "only")
            .compile(transformers=[Counting])
        ).extensions["counter"]
    ),
)


def teed():
    stream = run(nested())
    left, right = stream.values.tee(2)
    yield list(left)
    yield list(right)


show("teed", teed)


def before(key):
    return run(nested(), config=THREAD, **{key: ["inner"]})


show("interrupt before", lambda: tell(before("interrupt_before")))
show("interrupt after", lambda: tell(before("interrupt_after")))


def each():
    def start(state):
        return [Send("each", {"value": "sent"})]

    graph = StateGraph(State)
    graph.add_node("start", lambda state: {})
    graph.add_node("each", nested())
    graph.add_edge(START, "start")
    graph.add_conditional_edges("start", start, ["each"])
    return graph.compile()


def walk(stream, depth=0):
    for handle in stream.subgraphs:
        yield ("  " * depth, handle.path, handle.graph_name)
        yield from walk(handle, depth + 1)
        yield ("  " * depth, handle.status, handle.output)


show("deep", lambda: walk(run(each())))
