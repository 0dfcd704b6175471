"""Streams: every mode, both versions, subgraphs, sends, interrupts, failures."""

import asyncio
from typing import Annotated, TypedDict

from langgraph.checkpoint.memory import InMemorySaver
from langgraph.graph import END, START, StateGraph
from langgraph.types import Command, Send, StreamWriter, interrupt


class State(TypedDict, total=False):
    count: int
    seen: Annotated[list, lambda left, right: left + right]


MODES = ["values", "updates", "custom", "messages", "tasks", "checkpoints", "debug"]


def show(title, run):
    print("==", title)
    try:
        for chunk in run():
            print("  ", chunk)
    except BaseException as error:
        print("  ", type(error).__name__, str(error)[:200], getattr(error, "__notes__", []))


def drain(graph, *args, **options):
    async def main():
        return [chunk async for chunk in graph.astream(*args, **options)]

    return asyncio.run(main())


def build(checkpointer=None, fails=False):
    def deep(state, writer: StreamWriter):
        writer({"deep": state.get("count")})
        return {"seen": ["deep"]}

    inner = StateGraph(State)
    inner.add_node("deep", deep)
    inner.add_edge(START, "deep")

    def first(state, writer: StreamWriter):
        writer("first")
        return {"count": 1, "seen": ["first"]}

    def many(state):
        if fails:
            raise ValueError(f"many {state}")
        return {"seen": [state["count"]]}

    def asks(state):
        return {"seen": [interrupt({"asks": state["count"]})]}

    outer = StateGraph(State)
    outer.add_node("first", first)
    outer.add_node("sub", inner.compile())
    outer.add_node("many", many)
    outer.add_node("jump", lambda state: Command(goto=END, update={"seen": ["jump"]}))
    outer.add_edge(START, "first")
    outer.add_edge("first", "sub")
    outer.add_conditional_edges(
        "sub", lambda state: [Send("many", {"count": n}) for n in range(1)], ["many"]
    )
    if checkpointer:
        outer.add_node("asks", asks)
        outer.add_edge("many", "asks")
        outer.add_edge("asks", "jump")
    else:
        outer.add_edge("many", "jump")
    return outer.compile(checkpointer=checkpointer)


START_STATE = {"count": 0, "seen": []}
for version in ("v1", "v2"):
    for subgraphs in (False, True):
        for mode in [*MODES, MODES]:
            if version == "v2" and mode == MODES:
                continue
            options = dict(stream_mode=mode, subgraphs=subgraphs, version=version)
            thread = {"configurable": {"thread_id": "1"}}
            show(
                f"sync {options}",
                lambda: build().stream(START_STATE, **options),
            )
            show(
                f"async {options}",
                lambda: drain(build(), START_STATE, **options),
            )
            saved = build(InMemorySaver())
            show(f"saved {options}", lambda: saved.stream(START_STATE, thread, **options))
            show(
                f"resumed {options}", lambda: saved.stream(Command(resume="yes"), thread, **options)
            )
            asaved = build(InMemorySaver())
            show(f"async saved {options}", lambda: drain(asaved, START_STATE, thread, **options))
            show(
                f"async resumed {options}",
                lambda: drain(asaved, Command(resume="yes"), thread, **options),
            )
for mode in MODES:
    show(
        f"failing {mode}",
        lambda: build(fails=True).stream(START_STATE, stream_mode=mode),
    )
    show(
        f"async failing {mode}",
        lambda: drain(build(fails=True), START_STATE, stream_mode=mode),
    )
for version in ("v1", "v2"):
    for mode in ("values", "updates"):
        thread = {"configurable": {"thread_id": mode + version}}
        graph = build(InMemorySaver())
        show(
            "invoke", lambda: [graph.invoke(START_STATE, thread, version=version, stream_mode=mode)]
        )
        show(
            "resume",
            lambda: [graph.invoke(Command(resume=1), thread, version=version, stream_mode=mode)],
        )
show("output_keys", lambda: build().stream(START_STATE, output_keys="count", stream_mode="values"))
show(
    "output_keys", lambda: build().stream(START_STATE, output_keys=["seen"], stream_mode="updates")
)
show(
    "before",
    lambda: build(InMemorySaver()).stream(
        START_STATE, {"configurable": {"thread_id": "b"}}, interrupt_before=["sub"]
    ),
)
show(
    "after",
    lambda: build(InMemorySaver()).stream(
        START_STATE, {"configurable": {"thread_id": "b"}}, interrupt_after="*"
    ),
)
show("print", lambda: build().stream(START_STATE, print_mode="updates", stream_mode="values"))
show("debug", lambda: build().stream(START_STATE, debug=True, stream_mode="values"))
show("wrong", lambda: build().stream(START_STATE, stream_mode="nothing"))
show("no input", lambda: build().stream(None))
show("limit", lambda: build().stream(START_STATE, {"recursion_limit": 2}))
for durability in ("sync", "async", "exit"):
    saver = InMemorySaver()
    thread = {"configurable": {"thread_id": "d"}}
    show(
        f"durability {durability}",
        lambda: build(saver).stream(START_STATE, thread, durability=durability),
    )
    print(
        [
            (c.metadata["step"], c.metadata["source"], len(c.pending_writes))
            for c in saver.list(thread)
        ]
    )
