"""Lists of messages that grow."""

from __future__ import annotations

import operator
from typing import Any, Callable, List, Tuple

from langchain_core.messages import AIMessage, HumanMessage
from langgraph.checkpoint.memory import InMemorySaver
from langgraph.graph import END, START, MessagesState, StateGraph
from langgraph.graph.message import add_messages
from typing_extensions import Annotated, TypedDict

from cases._case import call_case, graph_case
from cases.checkpointed import in_threads


def _chat_until(count: int) -> StateGraph:
    """One node that adds a message a superstep until there are so many."""

    def speak(state: MessagesState) -> Any:
        number = len(state["messages"])
        return {"messages": [AIMessage("an answer", id=f"message {number}")]}

    graph = StateGraph(MessagesState)
    graph.add_node("speak", speak)
    graph.add_edge(START, "speak")
    graph.add_conditional_edges(
        "speak", lambda state: END if len(state["messages"]) >= count else "speak"
    )
    return graph


def _chat_by_hand(count: int) -> Callable[[], Callable[[], Any]]:
    def prepare() -> Callable[[], Any]:
        def run() -> List[Any]:
            messages: List[Any] = [HumanMessage("hi", id="first")]
            while len(messages) < count:
                messages = messages + [AIMessage("an answer", id=f"message {len(messages)}")]
            return messages

        return run

    return prepare


@graph_case("a chat that grows to 100 messages, one a superstep", _chat_by_hand(100))
def chat_100() -> Tuple[Any, Any]:
    return _chat_until(100).compile(), {"messages": [HumanMessage("hi", id="first")]}


@graph_case("a chat that grows to 1,000 messages, one a superstep", _chat_by_hand(1000))
def chat_1000() -> Tuple[Any, Any]:
    return _chat_until(1000).compile(), {"messages": [HumanMessage("hi", id="first")]}


@graph_case("the same, checkpointed before each superstep", _chat_by_hand(100), modes=("sync",))
def chat_100_checkpointed() -> Tuple[Any, Any]:
    graph = in_threads(_chat_until(100), InMemorySaver())
    return graph, {"messages": [HumanMessage("hi", id="first")]}


@graph_case("the same, checkpointed before each superstep", _chat_by_hand(1000), modes=("sync",))
def chat_1000_checkpointed() -> Tuple[Any, Any]:
    graph = in_threads(_chat_until(1000), InMemorySaver())
    return graph, {"messages": [HumanMessage("hi", id="first")]}


@graph_case("20 supersteps on 1,000 messages in a list", modes=("sync",))
def list_of_1000_messages() -> Tuple[Any, Any]:
    return _talk_on(1000, 20).compile(), {"messages": _messages(1000)}


@graph_case("the same, checkpointed", modes=("sync",))
def list_of_1000_messages_checkpointed() -> Tuple[Any, Any]:
    return in_threads(_talk_on(1000, 20), InMemorySaver(), "async"), {"messages": _messages(1000)}


def _messages(count: int) -> List[Any]:
    return [AIMessage("an answer " * 5, id=f"message {number}") for number in range(count)]


def _talk_on(given: int, more: int) -> StateGraph:
    """One node that adds messages to those given, by a reducer that only joins lists."""

    class Talk(TypedDict):
        messages: Annotated[List[Any], operator.add]

    def speak(state: Talk) -> Any:
        return {"messages": [AIMessage("an answer", id=f"more {len(state['messages'])}")]}

    graph = StateGraph(Talk)
    graph.add_node("speak", speak)
    graph.add_edge(START, "speak")
    graph.add_conditional_edges(
        "speak", lambda state: END if len(state["messages"]) >= given + more else "speak"
    )
    return graph


@call_case("merge one message into 1,000")
def add_messages_1_to_1000() -> Callable[[], Any]:
    messages = [AIMessage("an answer", id=f"message {number}") for number in range(1000)]
    new = [AIMessage("an answer", id="new")]
    return lambda: add_messages(messages, new)
