"""The `messages` mode where nobody else listens: the engine tells of nodes, and shows the same."""

from __future__ import annotations

import asyncio
import threading

import pytest

pytest.importorskip("langchain_core.runnables")

from langchain_core.callbacks import BaseCallbackHandler
from langchain_core.language_models.fake_chat_models import GenericFakeChatModel
from langchain_core.messages import AIMessage, HumanMessage
from langchain_core.runnables import RunnableConfig, RunnableLambda

from langgraph_rust._langchain.stream_messages import MessagesTap, StreamMessagesHandler
from langgraph_rust.graph import END, START, MessagesState, StateGraph
from langgraph_rust.types import Command, RetryPolicy, Send

pytestmark = pytest.mark.filterwarnings("ignore:.*langchain-core.*")


class Bystander(BaseCallbackHandler):
    """Hears of everything and does nothing."""


@pytest.fixture(params=["sync", "asyncio"])
def show(request):
    """What a stream shows, each message with its metadata."""

    def run(graph, config=None, value=None, **options):
        value = {"messages": [HumanMessage("hi", id="asked")]} if value is None else value
        options = {"stream_mode": "messages", **options}
        if request.param == "sync":
            return list(graph.stream(value, config, **options))

        async def collect():
            return [chunk async for chunk in graph.astream(value, config, **options)]

        return asyncio.run(collect())

    return run


def same_for_all(show, make, config=None, **options):
    """Show a graph with and without a bystander; ids of tasks are those of the run's own."""
    config = dict(config or {})
    alone = show(make(), config, **options)
    beside = show(make(), {**config, "callbacks": [Bystander()]}, **options)
    assert _comparable(alone) == _comparable(beside)
    return alone


def _comparable(chunks):
    return [(type(m).__name__, m.content, _without_ids(meta)) for m, meta in chunks]


def _without_ids(metadata):
    dropped = ("langgraph_checkpoint_ns", "checkpoint_ns")
    return {key: value for key, value in metadata.items() if key not in dropped}


def says(text):
    return lambda state: {"messages": [AIMessage(text, id=text)]}


def chain(*nodes, **options):
    graph = StateGraph(MessagesState)
    before = START
    for number, node in enumerate(nodes):
        graph.add_node(f"node{number}", node, **options)
        graph.add_edge(before, f"node{number}")
        before = f"node{number}"
    return graph.compile()


def test_messages_of_nodes_are_shown_with_their_metadata(show):
    config = {"tags": ["mine"], "metadata": {"who": "me"}, "configurable": {"thread_id": "1"}}
    shown = same_for_all(
        show, lambda: chain(says("one"), says("two"), metadata={"of": "node"}), config
    )
    assert [message.content for message, _ in shown] == ["one", "two"]
    metadata = shown[1][1]
    assert metadata["langgraph_node"] == "node1" and metadata["langgraph_step"] == 2
    assert (metadata["who"], metadata["of"], metadata["thread_id"]) == ("me", "node", "1")


def test_messages_that_a_node_was_given_are_no_news(show):
    hands_back = chain(says("one"), lambda state: {"messages": state["messages"]})
    assert [m.id for m, _ in show(hands_back)] == ["one"]


def test_messages_are_shown_while_another_node_runs():
    was_shown = threading.Event()

    def patient(state):
        return {"messages": [AIMessage(str(was_shown.wait(30)), id="two")]}

    async def apatient(state):
        for _ in range(30_000):
            if was_shown.is_set():
                break
            await asyncio.sleep(0.001)
        return {"messages": [AIMessage(str(was_shown.is_set()), id="two")]}

    def make(second):
        graph = StateGraph(MessagesState)
        for name, node in (("one", says("one")), ("two", second)):
            graph.add_node(name, node)
            graph.add_edge(START, name)
        return graph.compile()

    def take(chunk):
        was_shown.set()
        return chunk[0].content

    async def collect():
        stream = make(apatient).astream({"messages": []}, stream_mode="messages")
        return [take(chunk) async for chunk in stream]

    stream = make(patient).stream({"messages": []}, stream_mode="messages")
    assert [take(chunk) for chunk in stream] == ["one", "True"]
    was_shown.clear()
    assert asyncio.run(collect()) == ["one", "True"]


def test_a_model_in_a_node_streams_its_tokens(show):
    def make():
        model = GenericFakeChatModel(messages=iter([AIMessage("a b", id="answer")] * 2))

        def ask(state, config: RunnableConfig):
            return {"messages": [model.invoke(state["messages"], config)]}

        return chain(ask)

    shown = same_for_all(show, make)
    assert [message.content for message, _ in shown] == ["a", " ", "b"]
    assert shown[0][1]["langgraph_node"] == "node0"


def test_a_runnable_of_the_nodes_name_counts_as_the_node(show):
    def make():
        graph = StateGraph(MessagesState)
        graph.add_node("same", RunnableLambda(says("one"), name="same"))
        graph.add_edge(START, "same")
        return graph.compile()

    assert len(same_for_all(show, make)) == 1


def test_a_path_function_of_the_nodes_name_counts_as_the_node(show):
    def node(state):
        return {"messages": [AIMessage("one", id="one")]}

    def same(state):
        return END

    def make():
        graph = StateGraph(MessagesState)
        graph.add_node("same", node)
        graph.add_edge(START, "same")
        graph.add_conditional_edges("same", same)
        return graph.compile()

    # it is given the message, which is then no news
    assert same_for_all(show, make) == []


def test_branches_commands_and_sends_are_shown(show):
    def make():
        graph = StateGraph(MessagesState)
        graph.add_node("first", says("first"))
        graph.add_node("sent", lambda state: Command(update={"messages": [AIMessage(state["n"])]}))
        graph.add_edge(START, "first")
        graph.add_conditional_edges("first", lambda state: [Send("sent", {"n": "second"})])
        return graph.compile()

    assert [m.content for m, _ in same_for_all(show, make)] == ["first", "second"]


def test_a_subgraph_is_shown_where_it_is_asked_for(show):
    make = lambda: chain(says("one"), chain(says("two")))  # noqa: E731
    assert [m.content for m, _ in same_for_all(show, make)] == ["one", "two"]
    deep = show(make(), subgraphs=True)
    assert [payload[0].content for _, payload in deep] == ["one", "two"]


def test_hidden_nodes_stay_hidden(show):
    assert same_for_all(show, lambda: chain(says("one")), {"tags": ["langsmith:hidden"]}) == []


def test_a_failed_attempt_shows_nothing(show):
    def make():
        tries = []

        def node(state):
            tries.append(None)
            if len(tries) < 2:
                raise ValueError
            return {"messages": [AIMessage("done")]}

        policy = RetryPolicy(initial_interval=0.0, jitter=False, retry_on=ValueError)
        return chain(node, retry_policy=policy)

    assert [m.content for m, _ in same_for_all(show, make)] == ["done"]


def test_what_a_node_returns_that_cannot_be_read_fails_no_run(show, caplog):
    class Odd(dict):
        def values(self):
            raise KeyError("odd")

    make = lambda: chain(lambda state: Odd(messages=[]), says("two"))  # noqa: E731
    assert [m.content for m, _ in same_for_all(show, make)] == ["two"]
    assert "Error in StreamMessagesHandler.on_chain_end callback: KeyError('odd')" in caplog.text


def test_only_the_modes_own_handler_is_told_by_the_engine():
    class Manager:
        handlers = []
        inheritable_metadata = {}
        inheritable_tags = []

    handler, manager = StreamMessagesHandler(print, False), Manager()
    manager.inheritable_handlers = [handler]
    assert MessagesTap.of(handler, manager) is not None
    manager.inheritable_handlers = [handler, Bystander()]
    assert MessagesTap.of(handler, manager) is None
    manager.inheritable_handlers, manager.handlers = [handler], [Bystander()]
    assert MessagesTap.of(handler, manager) is None

    class Derived(StreamMessagesHandler):
        pass

    handler = Derived(print, False)
    manager.inheritable_handlers, manager.handlers = [handler], []
    assert MessagesTap.of(handler, manager) is None
