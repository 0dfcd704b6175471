"""The names that callbacks see of the steps inside a node."""

from __future__ import annotations

import asyncio
from typing import List

import pytest
from typing_extensions import TypedDict

pytest.importorskip("langchain_core")


@pytest.mark.parametrize("drive", ["sync", "async"])
def test_a_later_step_of_a_node_does_not_take_the_nodes_name(drive: str):
    from langchain_core.callbacks import BaseCallbackHandler
    from langchain_core.runnables import RunnableLambda

    from langgraph_rust.graph import START, StateGraph

    class Names(BaseCallbackHandler):
        def __init__(self):
            self.seen: List[str] = []

        def on_chain_start(self, serialized, inputs, **kwargs):
            self.seen.append(kwargs["name"])

    def pick(state):
        return state

    def give(state):
        return {"count": 1}

    graph = StateGraph(TypedDict("Counted", {"count": int}))
    graph.add_node("piped", RunnableLambda(pick) | give)
    graph.add_edge(START, "piped")
    names = Names()
    options = {"callbacks": [names]}
    if drive == "sync":
        graph.compile().invoke({"count": 0}, options)
    else:
        asyncio.run(graph.compile().ainvoke({"count": 0}, options))
    assert names.seen == ["LangGraph", "piped", "pick", "give"]
