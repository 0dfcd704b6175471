"""Threads: reading, history, editing, forks and replays, of graphs with subgraphs."""

import asyncio
import operator
from typing import Annotated, TypedDict

from langgraph.checkpoint.memory import InMemorySaver
from langgraph.graph import END, START, StateGraph
from langgraph.types import Command, Send, StateUpdate, interrupt


class State(TypedDict, total=False):
    count: int
    seen: Annotated[list, operator.add]


def show(title, run):
    try:
        print(title, run())
    except BaseException as error:
        print(title, type(error).__name__, str(error)[:300])


def clean(config):
    return {
        k: v for k, v in (config or {}).get("configurable", {}).items() if k != "checkpoint_map"
    }


def told(snapshot):
    tasks = [
        (
            t.name,
            t.path,
            t.error,
            [i.value for i in t.interrupts],
            told(t.state)
            if hasattr(t.state, "values") and not isinstance(t.state, dict)
            else bool(t.state),
            t.result,
        )
        for t in snapshot.tasks
    ]
    metadata = {k: v for k, v in (snapshot.metadata or {}).items()}
    return (
        snapshot.values,
        snapshot.next,
        clean(snapshot.config),
        metadata,
        clean(snapshot.parent_config),
        tasks,
        [i.value for i in snapshot.interrupts],
    )


def asks(state):
    return {"seen": [interrupt("really?")]}


inner = StateGraph(State)
inner.add_node("deep", lambda state: {"seen": ["deep"]})
inner.add_node("asks", asks)
inner.add_edge(START, "deep")
inner.add_edge("deep", "asks")
outer = StateGraph(State)
outer.add_node("first", lambda state: {"count": state["count"] + 1, "seen": ["first"]})
outer.add_node("sub", inner.compile())
outer.add_node("many", lambda state: {"seen": [state["count"]]})
outer.add_edge(START, "first")
outer.add_edge("first", "sub")
outer.add_conditional_edges(
    "sub", lambda state: [Send("many", {"count": n}) for n in range(2)], ["many", END]
)

for durability in ("sync", "exit"):
    graph = outer.compile(checkpointer=InMemorySaver())
    thread = {"configurable": {"thread_id": "1"}}
    show("empty", lambda: told(graph.get_state(thread)))
    show("asked", lambda: graph.invoke({"count": 0, "seen": []}, thread, durability=durability))
    show("state", lambda: told(graph.get_state(thread)))
    show("with subgraphs", lambda: told(graph.get_state(thread, subgraphs=True)))
    for snapshot in graph.get_state_history(thread):
        show("history", lambda: told(snapshot))
    show(
        "filtered",
        lambda: [
            told(s)[0] for s in graph.get_state_history(thread, filter={"source": "loop"}, limit=1)
        ],
    )
    show("edited", lambda: clean(graph.update_state(thread, {"count": 10, "seen": ["edit"]})))
    show("after", lambda: told(graph.get_state(thread)))
    show("as node", lambda: clean(graph.update_state(thread, {"seen": ["as sub"]}, as_node="sub")))
    show("after", lambda: told(graph.get_state(thread)))
    show("as nobody", lambda: graph.update_state(thread, {"seen": ["x"]}, as_node="nobody"))
    show("wrong", lambda: graph.update_state(thread, 3, as_node="first"))
    show("ended", lambda: clean(graph.update_state(thread, None, as_node=END)))
    show("after", lambda: told(graph.get_state(thread)))
    show("none", lambda: clean(graph.update_state(thread, None)))
    show("copy", lambda: clean(graph.update_state(thread, None, as_node="__copy__")))
    show(
        "input",
        lambda: clean(
            graph.update_state(thread, {"count": 1, "seen": ["in"]}, as_node="__input__")
        ),
    )
    show("after", lambda: told(graph.get_state(thread)))
    show(
        "bulk",
        lambda: clean(
            graph.bulk_update_state(
                thread,
                [
                    [StateUpdate({"seen": ["a"]}, "first"), StateUpdate({"seen": ["b"]}, "many")],
                    [StateUpdate({"seen": ["c"]}, "many")],
                ],
            )
        ),
    )
    show("bulk wrong", lambda: graph.bulk_update_state(thread, []))
    show("bulk empty", lambda: graph.bulk_update_state(thread, [[]]))
    show("after", lambda: told(graph.get_state(thread)))
    history = list(graph.get_state_history(thread))
    print(len(history), [s.metadata["source"] for s in history])
    for snapshot in history:
        show("replayed", lambda: graph.invoke(None, snapshot.config))
    show("fork", lambda: clean(graph.update_state(history[-1].config, {"count": 5})))
    show("forked", lambda: graph.invoke(None, thread))
    show("answered", lambda: graph.invoke(Command(resume="yes"), thread))
    show("state", lambda: told(graph.get_state(thread)))
    show("again", lambda: graph.invoke(Command(resume="no"), thread))
    show("goto", lambda: graph.invoke(Command(goto="many", update={"count": 7}), thread))
    show(
        "history",
        lambda: [
            (s.metadata["source"], s.metadata["step"], s.next)
            for s in graph.get_state_history(thread)
        ],
    )

agraph = outer.compile(checkpointer=InMemorySaver())
thread = {"configurable": {"thread_id": "2"}}


async def main():
    print(await agraph.ainvoke({"count": 0, "seen": []}, thread))
    print(told(await agraph.aget_state(thread, subgraphs=True)))
    print([told(s) async for s in agraph.aget_state_history(thread)])
    print(clean(await agraph.aupdate_state(thread, {"seen": ["edit"]}, as_node="first")))
    print(await agraph.ainvoke(None, thread))
    print(await agraph.ainvoke(Command(resume="yes"), thread))
    print(told(await agraph.aget_state(thread)))


asyncio.run(main())
bare = outer.compile()
show("no saver", lambda: bare.get_state(thread))
show("no saver", lambda: bare.update_state(thread, {}))
show("no saver", lambda: list(bare.get_state_history(thread)))
show("no thread", lambda: agraph.get_state({}))
show("no thread", lambda: agraph.invoke({"count": 0}))
show("no thread", lambda: agraph.invoke({"count": 0}, {"configurable": {}}))
