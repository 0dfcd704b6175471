"""Streams: what a chunk costs."""

from __future__ import annotations

from typing import Any, Callable

from langgraph.graph import START, MessagesState, StateGraph

from cases._case import CONFIG, call_case
from cases._graphs import chain_of

LENGTH = 200


def _drain(graph: Any, value: Any, mode: Any) -> Callable[[], Any]:
    def run() -> None:
        for _ in graph.stream(value, CONFIG, stream_mode=mode):
            pass

    return run


def _adrain(graph: Any, value: Any, mode: Any) -> Callable[[], Any]:
    async def run() -> None:
        async for _ in graph.astream(value, CONFIG, stream_mode=mode):
            pass

    return run


@call_case("200 nodes in a row, mode values")
def stream_values_sync() -> Callable[[], Any]:
    return _drain(chain_of(LENGTH).compile(), {"count": 0}, "values")


@call_case("200 nodes in a row, mode values", is_async=True)
def stream_values_async() -> Callable[[], Any]:
    return _adrain(chain_of(LENGTH).compile(), {"count": 0}, "values")


@call_case("200 nodes in a row, mode updates")
def stream_updates_sync() -> Callable[[], Any]:
    return _drain(chain_of(LENGTH).compile(), {"count": 0}, "updates")


@call_case("200 nodes in a row, mode updates", is_async=True)
def stream_updates_async() -> Callable[[], Any]:
    return _adrain(chain_of(LENGTH).compile(), {"count": 0}, "updates")


@call_case("200 nodes in a row, modes values and updates together")
def stream_both_sync() -> Callable[[], Any]:
    return _drain(chain_of(LENGTH).compile(), {"count": 0}, ["values", "updates"])


def _messages_graph() -> Any:
    from langchain_core.messages import AIMessage

    graph = StateGraph(MessagesState)
    before = START
    for number in range(20):
        answer = AIMessage("an answer", id=f"message {number}")
        graph.add_node(f"node{number}", lambda state, answer=answer: {"messages": [answer]})
        graph.add_edge(before, f"node{number}")
        before = f"node{number}"
    return graph.compile()


@call_case("20 nodes that write a message each, mode messages")
def stream_messages_sync() -> Callable[[], Any]:
    return _drain(_messages_graph(), {"messages": []}, "messages")


@call_case("20 nodes that write a message each, mode messages", is_async=True)
def stream_messages_async() -> Callable[[], Any]:
    return _adrain(_messages_graph(), {"messages": []}, "messages")


def _model_graph() -> Any:
    from langchain_core.language_models.fake_chat_models import GenericFakeChatModel
    from langchain_core.messages import AIMessage

    def answers() -> Any:
        while True:
            yield AIMessage(" ".join(["word"] * 100))

    model = GenericFakeChatModel(messages=answers())
    graph = StateGraph(MessagesState)
    graph.add_node("model", lambda state: {"messages": [model.invoke(state["messages"])]})
    graph.add_edge(START, "model")
    return graph.compile()


@call_case("a model of langchain that streams 199 tokens, mode messages")
def stream_tokens_sync() -> Callable[[], Any]:
    return _drain(_model_graph(), {"messages": [("user", "hi")]}, "messages")
