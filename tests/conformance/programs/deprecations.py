"""What is deprecated says so, with the same words and category."""

import asyncio
import importlib
import warnings
from typing import TypedDict

from langchain_core.tools import tool
from langgraph.func import entrypoint, task
from langgraph.graph import START, StateGraph
from langgraph.types import Interrupt, RetryPolicy


class State(TypedDict, total=False):
    count: int


def show(title, run):
    with warnings.catch_warnings(record=True) as caught:
        warnings.simplefilter("always")
        try:
            outcome = type(run()).__name__.replace("ABCMeta", "type")
        except BaseException as error:
            outcome = f"{type(error).__name__}: {str(error)[:200]}"
    print(title, outcome)
    for warning in caught:
        if issubclass(warning.category, ResourceWarning):
            continue
        names = [c.__name__ for c in warning.category.__mro__[:3]]
        print("   ", names, str(warning.message))


def built(**options):
    graph = StateGraph(State, **options)
    graph.add_node("a", lambda state: {"count": 1})
    graph.add_edge(START, "a")
    return graph


show("config_schema", lambda: built(config_schema=State))
show("input output", lambda: built(input=State, output=State))
show("retry", lambda: built().add_node("b", lambda s: s, retry=RetryPolicy()))
show("node input", lambda: built().add_node("b", lambda s: s, input=State))
show("unknown", lambda: built().add_node("b", lambda s: s, nonsense=1))
graph = built().compile()
show("checkpoint_during", lambda: graph.invoke({}, checkpoint_during=True))
show("stream during", lambda: list(graph.stream({}, checkpoint_during=False)))
show("both", lambda: graph.invoke({}, checkpoint_during=True, durability="sync"))
show("config jsonschema", lambda: graph.get_config_jsonschema())
show("config_schema()", lambda: graph.config_schema())
show("with types", lambda: graph.config_specs)
show("interrupt", lambda: Interrupt("a", ns=["x"], resumable=True, when="during"))
show("interrupt id", lambda: Interrupt("a").interrupt_id)
show("interrupt kwargs", lambda: Interrupt("a", wrong=1))
show("task retry", lambda: task(lambda x: x, retry=RetryPolicy()))
show("entry retry", lambda: entrypoint(retry=RetryPolicy()))
show("entry config", lambda: entrypoint(config_schema=State))
show("task timeout", lambda: task(lambda x: x, timeout=1))


@tool
def look(query: str) -> str:
    """Look."""
    return query


for module, names in {
    "langgraph.graph": ["MessageGraph", "Graph", "MessagesState"],
    "langgraph.graph.message": ["MessageGraph", "MessagesState"],
    "langgraph.constants": [
        "Send",
        "Interrupt",
        "START",
        "CONFIG_KEY_SEND",
        "TAG_HIDDEN",
        "NS_SEP",
        "INTERRUPT",
        "PREVIOUS",
    ],
    "langgraph.errors": ["NodeInterrupt", "GraphDelegate", "EmptyChannelError"],
    "langgraph.prebuilt": ["create_react_agent", "ValidationNode", "ToolExecutor"],
    "langgraph.prebuilt.chat_agent_executor": [
        "AgentState",
        "AgentStatePydantic",
        "AgentStateWithStructuredResponse",
    ],
    "langgraph.prebuilt.interrupt": [
        "HumanInterrupt",
        "HumanInterruptConfig",
        "ActionRequest",
        "HumanResponse",
    ],
    "langgraph.types": ["Send", "interrupt", "CacheKey", "default_retry_on"],
    "langgraph.pregel": ["Channel", "Pregel", "NodeBuilder"],
    "langgraph.pregel.types": ["PregelTask", "StateSnapshot", "RetryPolicy"],
    "langgraph.utils.config": ["ensure_config", "get_config"],
    "langgraph.utils.runnable": ["RunnableCallable", "RunnableLike"],
    "langgraph.channels": ["Context", "LastValue"],
    "langgraph.warnings": [
        "LangGraphDeprecatedSinceV05",
        "LangGraphDeprecatedSinceV10",
        "LangGraphDeprecationWarning",
    ],
}.items():
    for name in names:
        if (module, name) in {("langgraph.channels", "Context")}:
            continue
        show(f"{module}.{name}", lambda: getattr(importlib.import_module(module), name))


def interrupted():
    from langgraph.errors import NodeInterrupt

    return NodeInterrupt("why")


def message_graph():
    from langgraph.graph.message import MessageGraph

    return MessageGraph()


def validation():
    from langgraph.prebuilt import ValidationNode

    return ValidationNode([look])


def human():
    from langgraph.prebuilt.interrupt import ActionRequest

    return ActionRequest(action="a", args={})


def agent():
    from langchain_core.language_models.fake_chat_models import FakeListChatModel
    from langgraph.prebuilt import create_react_agent

    return create_react_agent(FakeListChatModel(responses=["a"]), [], config_schema=State)


for scene in (interrupted, message_graph, validation, human, agent):
    show(scene.__name__, scene)
show("async events", lambda: asyncio.run(_events()))


async def _events():
    return [event["event"] async for event in graph.astream_events({}, version="v2")]


show("events", lambda: asyncio.run(_events()))
