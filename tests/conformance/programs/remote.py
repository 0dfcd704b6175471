"""RemoteGraph against a server on this machine: what is asked of it, what comes of the answers."""

import asyncio
import json
import threading
import warnings
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Annotated, TypedDict

from langchain_core.messages import HumanMessage
from langchain_core.runnables import RunnableConfig
from langgraph.graph import START, StateGraph
from langgraph.pregel.remote import RemoteException, RemoteGraph
from langgraph.types import Command, Interrupt, Send, StateSnapshot
from langgraph_sdk import get_client, get_sync_client

warnings.simplefilter("ignore")
CHECKPOINT = {"thread_id": "t", "checkpoint_ns": "", "checkpoint_id": "c", "checkpoint_map": {}}
STATE = {
    "values": {"count": 1},
    "next": ["node"],
    "tasks": [
        {
            "id": "task",
            "name": "node",
            "error": None,
            "interrupts": [{"value": "why?", "id": "i"}],
            "checkpoint": None,
            "state": None,
            "result": None,
        }
    ],
    "checkpoint": CHECKPOINT,
    "metadata": {"step": 1, "source": "loop"},
    "created_at": "a time",
    "parent_checkpoint": {**CHECKPOINT, "checkpoint_id": "b"},
    "interrupts": [],
}
GRAPH = {
    "nodes": [
        {"id": "__start__", "type": "schema", "data": "__start__"},
        {"id": "node", "type": "runnable", "data": {"id": ["a"], "name": "node"}},
        {"id": "more", "type": "runnable", "data": {"id": ["b"]}, "metadata": {"a": 1}},
    ],
    "edges": [
        {"source": "__start__", "target": "node"},
        {"source": "node", "target": "more", "data": "why", "conditional": True},
    ],
}
STREAMS = {
    "plain": [
        ("values", {"count": 0}),
        ("updates", {"node": {"count": 1}}),
        ("values", {"count": 1}),
    ],
    "below": [
        ("updates|sub:1", {"deep": {"count": 1}}),
        ("values|sub:1|deep:2", {"count": 2}),
        ("messages|sub:1", [{"type": "ai", "content": "hi"}, {"langgraph_node": "deep"}]),
        ("custom", "said"),
        ("updates", {"sub": {"count": 1}}),
        ("values", {"count": 2}),
    ],
    "stopped": [
        ("values", {"count": 0}),
        ("updates", {"__interrupt__": [{"value": "why?", "id": "i"}]}),
        ("values", {"count": 0, "__interrupt__": [{"value": "why?", "id": "i"}]}),
    ],
    "stopped below": [
        ("updates|sub:1", {"__interrupt__": [{"value": "deep", "id": "d"}]}),
        ("updates", {"__interrupt__": [{"value": "why?", "id": "i"}]}),
    ],
    "failing": [("values", {"count": 0}), ("error", {"error": "ValueError", "message": "remote"})],
    "empty": [],
    "jumping": [("command", {"graph": None, "update": {"count": 5}, "goto": []})],
}
ASKED = []
# what clients say of themselves and of the time
HEADERS = ("x-", "langsmith", "baggage", "authorization")


class Answers(BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"

    def log_message(self, *args):
        pass

    def handle_any(self):
        length = int(self.headers.get("content-length") or 0)
        body = json.loads(self.rfile.read(length)) if length else None
        own = {k.lower(): v for k, v in self.headers.items() if k.lower().startswith(HEADERS)}
        ASKED.append((self.command, self.path, body, own))
        path = self.path.split("?")[0]
        if "/missing" in path:
            return self.give({"detail": "no such thing"}, status=404)
        if path.endswith("/stream"):
            return self.stream(STREAMS[body["assistant_id"]])
        if path.endswith("/graph"):
            return self.give(GRAPH)
        if path.endswith("/history"):
            return self.give([STATE, {**STATE, "values": {"count": 0}, "next": []}])
        if path.endswith("/state") and self.command == "POST":
            return self.give({"checkpoint": CHECKPOINT})
        return self.give(STATE)

    do_GET = do_POST = handle_any

    def give(self, value, status=200, kind="application/json"):
        body = value if isinstance(value, bytes) else json.dumps(value).encode()
        self.send_response(status)
        self.send_header("content-type", kind)
        self.send_header("content-length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)

    def stream(self, events):
        lines = [f"event: {name}\ndata: {json.dumps(data)}\n\n" for name, data in events]
        self.give("".join(lines).encode(), kind="text/event-stream")


server = ThreadingHTTPServer(("127.0.0.1", 0), Answers)
server.daemon_threads = True
threading.Thread(target=server.serve_forever, daemon=True).start()
URL = f"http://127.0.0.1:{server.server_port}"
CONFIG: RunnableConfig = {
    "configurable": {"thread_id": "t", "other": 1, "__pregel_x": 2},
    "tags": ["a tag"],
    "metadata": {"a": 1, "object": object},
    "recursion_limit": 7,
    "callbacks": [],
}


# One client and one loop for all: a client takes longer to make than a request.
LOOP = asyncio.new_event_loop()
CLIENTS = {"client": get_client(url=URL), "sync_client": get_sync_client(url=URL)}


def remote(assistant="plain", **options):
    return RemoteGraph(
        assistant, **(CLIENTS if "headers" not in options else {"url": URL}), **options
    )


def show(title, run):
    print("==", title)
    ASKED.clear()
    try:
        found = run()
        for line in found if isinstance(found, list) else [found]:
            print("  ", line)
    except BaseException as error:
        print("  ", type(error).__name__, str(error).replace(URL, "<url>").splitlines()[:2])
    for asked in ASKED:
        print("   asked", *asked)


def both(title, run, arun):
    show(f"{title} sync", run)
    show(f"{title} async", lambda: LOOP.run_until_complete(arun()))


async def drain(stream):
    return [chunk async for chunk in stream]


for name in STREAMS:
    both(
        f"invoke {name}",
        lambda: remote(name).invoke({"count": 0}, CONFIG),
        lambda: remote(name).ainvoke({"count": 0}, CONFIG),
    )
    for options in (
        {},
        {"stream_mode": "updates"},
        {"stream_mode": ["values", "custom"]},
        {"stream_mode": "messages"},
        {"subgraphs": True},
        {"stream_mode": ["updates", "values"], "subgraphs": True},
    ):
        both(
            f"stream {name} {options}",
            lambda: list(remote(name).stream({"count": 0}, CONFIG, **options)),
            lambda: drain(remote(name).astream({"count": 0}, CONFIG, **options)),
        )
show("version 2", lambda: list(remote().stream({"count": 0}, CONFIG, version="v2")))
for given in (
    {"messages": [HumanMessage("hi", id="h")]},
    Command(resume="yes"),
    Command(update={"count": 3}, goto="node"),
    Command(goto=[Send("node", {"count": 1})]),
    None,
):
    show(f"given {type(given).__name__}", lambda: remote().invoke(given, CONFIG))
show("no thread", lambda: remote().invoke({"count": 0}))
show("stopped before", lambda: remote().invoke({}, CONFIG, interrupt_before=["a"]))
show("stopped after", lambda: remote().invoke({}, CONFIG, interrupt_after="*"))
show("headers", lambda: remote(headers={"x-own": "1"}).invoke({}, CONFIG))
show("headers of a run", lambda: remote().invoke({}, CONFIG, headers={"x-run": "1"}))
show("parameters", lambda: remote().invoke({}, CONFIG, params={"a": "1"}))
show("durability", lambda: remote().invoke({}, CONFIG, durability="exit"))
show("context", lambda: remote().invoke({}, CONFIG, context={"user": "me"}))
both("state", lambda: remote().get_state(CONFIG), lambda: remote().aget_state(CONFIG))
both(
    "state with subgraphs",
    lambda: remote().get_state(CONFIG, subgraphs=True),
    lambda: remote().aget_state(CONFIG, subgraphs=True),
)
OLDER = {"configurable": {"thread_id": "t", "checkpoint_id": "b", "checkpoint_ns": ""}}
show("older state", lambda: remote().get_state(OLDER))
both(
    "history",
    lambda: list(remote().get_state_history(CONFIG, limit=2, filter={"a": 1}, before=OLDER)),
    lambda: drain(remote().aget_state_history(CONFIG)),
)
both(
    "update",
    lambda: remote().update_state(CONFIG, {"count": 3}, as_node="node"),
    lambda: remote().aupdate_state(CONFIG, {"count": 3}),
)
show("bulk update", lambda: remote().bulk_update_state(CONFIG, []))


async def aget_graph():
    return (await remote().aget_graph()).draw_mermaid()


both("graph", lambda: remote().get_graph().draw_mermaid(), aget_graph)
show("graph with subgraphs", lambda: remote().get_graph(xray=1).to_json())
show("missing", lambda: remote("missing").get_graph())
show("state of nothing", lambda: remote().get_state({"configurable": {"thread_id": "missing"}}))
show("no client", lambda: RemoteGraph("plain").invoke({}))
show("name", lambda: [remote().name, remote(name="named").name])
show("with config", lambda: remote().with_config({"tags": ["b"]}, metadata={"c": 1}).config)
show("configured", lambda: remote(config={"tags": ["b"]}).invoke({}, CONFIG))
show("copied", lambda: remote().copy({"name": "other"}).name)
show("error", lambda: [issubclass(RemoteException, Exception), Interrupt("a", id="b")])
show("snapshot", lambda: StateSnapshot._fields)


class State(TypedDict, total=False):
    count: Annotated[int, lambda left, right: left + right]


def around(name, **options):
    graph = StateGraph(State)
    graph.add_node("remote", remote(name))
    graph.add_edge(START, "remote")
    return graph.compile(**options)


GIVEN = {"count": 1}
for name in ("plain", "below", "stopped", "failing", "jumping"):
    both(
        f"node {name}",
        lambda: around(name).invoke(GIVEN, CONFIG),
        lambda: around(name).ainvoke(GIVEN, CONFIG),
    )
    both(
        f"node streamed {name}",
        lambda: list(around(name).stream(GIVEN, stream_mode="updates", subgraphs=True)),
        lambda: drain(around(name).astream(GIVEN, stream_mode="updates", subgraphs=True)),
    )
show("drawn", lambda: around("plain").get_graph().draw_mermaid())
show("drawn deep", lambda: around("plain").get_graph(xray=True).draw_mermaid())
LOOP.run_until_complete(CLIENTS["client"].aclose())
LOOP.close()
server.shutdown()
