"""Prebuilt agents and tools: loops, injected arguments, errors, structured answers, validation."""

import asyncio
import warnings
from typing import Annotated, Any, List, Optional

from langchain_core.language_models import BaseChatModel
from langchain_core.messages import AIMessage, HumanMessage, SystemMessage, ToolMessage
from langchain_core.outputs import ChatGeneration, ChatResult
from langchain_core.tools import InjectedToolCallId, ToolException, tool
from langgraph.checkpoint.memory import InMemorySaver
from langgraph.errors import GraphBubbleUp
from langgraph.graph import END, START, MessagesState, StateGraph
from langgraph.prebuilt import (
    InjectedState,
    InjectedStore,
    ToolNode,
    ToolRuntime,
    ValidationNode,
    create_react_agent,
    tools_condition,
)
from langgraph.store.memory import InMemoryStore
from langgraph.types import Command, interrupt
from pydantic import BaseModel

# that the prebuilt agents have moved to another package
warnings.simplefilter("ignore")


class Scripted(BaseChatModel):
    """Says what it is told to, in turn, and writes down what it was asked."""

    says: List[AIMessage]
    asked: List[Any] = []
    bound: List[str] = []
    answer: Any = None

    @property
    def _llm_type(self):
        return "scripted"

    def _generate(self, messages, stop=None, run_manager=None, **kwargs):
        self.asked.append([(m.type, m.content) for m in messages])
        said = self.says[(len(self.asked) - 1) % len(self.says)]
        return ChatResult(generations=[ChatGeneration(message=said.model_copy())])

    def bind_tools(self, tools, **kwargs):
        self.bound.extend(t.name if hasattr(t, "name") else str(t) for t in tools)
        return self

    def with_structured_output(self, schema, **kwargs):
        from langchain_core.runnables import RunnableLambda

        return RunnableLambda(lambda messages: self.answer)


def call(name, number=1, **args):
    return {"name": name, "args": args, "id": f"call-{number}", "type": "tool_call"}


def say(text="", *calls):
    return AIMessage(text, tool_calls=list(calls), id=f"ai-{text}-{len(calls)}")


def tell(message):
    """What a message says, without an id that it may have been given."""
    parts = [message.type, message.content]
    if isinstance(message, AIMessage) and message.tool_calls:
        parts.append([(c["name"], c["args"], c["id"]) for c in message.tool_calls])
    if isinstance(message, ToolMessage):
        parts += [message.name, message.tool_call_id, message.status, message.artifact]
    return parts


def show(title, run):
    print("==", title)
    try:
        found = run()
        if isinstance(found, dict) and "messages" in found:
            rest = {key: value for key, value in found.items() if key != "messages"}
            for message in found["messages"]:
                print("  ", *tell(message))
            found = rest or None
        if found is not None:
            print("  ", found)
    except BaseException as error:
        print("  ", type(error).__name__, str(error)[:400], getattr(error, "__notes__", []))


def both(title, graph, given, config=None, **options):
    show(f"{title} sync", lambda: graph().invoke(given, config, **options))
    show(f"{title} async", lambda: asyncio.run(graph().ainvoke(given, config, **options)))


@tool
def double(value: int) -> int:
    """Double a value."""
    return 2 * value


@tool
async def halve(value: int) -> float:
    """Halve a value."""
    return value / 2


@tool
def breaks(value: int) -> int:
    """Break."""
    raise ValueError(f"no {value}")


@tool(response_format="content_and_artifact")
def with_artifact(value: int) -> Any:
    """Give an artifact."""
    return f"seen {value}", {"artifact": value}


@tool
def injected(
    value: int,
    state: Annotated[dict, InjectedState],
    messages: Annotated[list, InjectedState("messages")],
    store: Annotated[Any, InjectedStore()],
    call_id: Annotated[str, InjectedToolCallId],
    config: Optional[dict] = None,
) -> str:
    """Show what is injected."""
    item = store.get(("notes",), "key")
    return f"{value} {sorted(state)} {len(messages)} {item.value if item else None} {call_id}"


@tool
def with_runtime(value: int, runtime: ToolRuntime) -> str:
    """Show the runtime."""
    return f"{value} {runtime.tool_call_id} {runtime.context} {sorted(runtime.state)}"


@tool
def jumps(value: int, call_id: Annotated[str, InjectedToolCallId]) -> Command:
    """Update the state."""
    return Command(update={"messages": [ToolMessage(f"jumped {value}", tool_call_id=call_id)]})


@tool
def asks(question: str) -> str:
    """Ask."""
    return f"answered {interrupt(question)}"


@tool(return_direct=True)
def final(value: int) -> int:
    """Answer at once."""
    return value


HI = {"messages": [HumanMessage("hi", id="h")]}


def agent(*says, tools=(double, halve), **options):
    return create_react_agent(Scripted(says=list(says), asked=[]), list(tools), **options)


TURNS = (
    say("", call("double", 1, value=4)),
    say("", call("halve", 2, value=3), call("double", 3, value=5)),
    say("done"),
)
both("one call", lambda: agent(TURNS[0], TURNS[2]), HI)
show("three turns", lambda: asyncio.run(agent(*TURNS).ainvoke(HI)))
both("version 1", lambda: agent(TURNS[0], TURNS[2], version="v1"), HI)
both("no tools", lambda: agent(say("hello"), tools=()), HI)
both("unknown tool", lambda: agent(say("", call("nothing", 1)), say("done")), HI)
both("wrong argument", lambda: agent(say("", call("double", 1, value="x")), say("done")), HI)
both("breaking tool", lambda: agent(say("", call("breaks", 1, value=1)), tools=[breaks]), HI)
both("return direct", lambda: agent(say("", call("final", 1, value=1)), tools=[final]), HI)
both("limit", lambda: agent(TURNS[0]), HI, {"recursion_limit": 5})
both("not a message", lambda: agent(say("x")), {"messages": ["text"]})
both("no messages", lambda: agent(say("x")), {})

for prompt in ("be brief", SystemMessage("be brief"), lambda s: [HumanMessage("only this")]):
    model = Scripted(says=[say("done")], asked=[])
    show("prompt", lambda: create_react_agent(model, [double], prompt=prompt).invoke(HI))
    print("  ", model.asked, model.bound)
bound = Scripted(says=[say("done")], asked=[], bound=[])
show("named", lambda: create_react_agent(bound, [double], name="me").invoke(HI))
chooses = create_react_agent(lambda state, runtime: bound, [double])
show("chosen model", lambda: chooses.invoke(HI))


class Answer(BaseModel):
    value: int


answering = Scripted(says=[say("done")], asked=[], answer=Answer(value=3))
show(
    "structured",
    lambda: create_react_agent(answering, [double], response_format=Answer).invoke(HI),
)
show(
    "structured async",
    lambda: asyncio.run(
        create_react_agent(answering, [double], response_format=Answer).ainvoke(HI)
    ),
)
hooked = agent(
    TURNS[0],
    TURNS[2],
    pre_model_hook=lambda state: {"llm_input_messages": state["messages"][-1:]},
    post_model_hook=lambda state: {"messages": []},
)
show("hooks", lambda: hooked.invoke(HI))
show("hooks drawn", lambda: hooked.get_graph().draw_mermaid())
show("drawn", lambda: agent(say("x")).get_graph().draw_mermaid())
show("drawn version 1", lambda: agent(say("x"), version="v1").get_graph().draw_mermaid())
show("streamed", lambda: [list(c) for c in agent(*TURNS[::2]).stream(HI, stream_mode="updates")])

THREAD = {"configurable": {"thread_id": "1"}}


def asked():
    graph = agent(
        say("", call("asks", 1, question="why?")),
        say("done"),
        tools=[asks],
        checkpointer=InMemorySaver(),
    )
    first = graph.invoke(HI, THREAD)
    print("  ", [i.value for i in first["__interrupt__"]], graph.get_state(THREAD).next)
    return graph.invoke(Command(resume="because"), THREAD)


show("asked", asked)


def stopped(**options):
    graph = agent(*TURNS[::2], checkpointer=InMemorySaver(), **options)
    print("  ", len(graph.invoke(HI, THREAD)["messages"]), graph.get_state(THREAD).next)
    return graph.invoke(None, THREAD)


show("interrupt before", lambda: stopped(interrupt_before=["tools"]))
show("interrupt after", lambda: stopped(interrupt_after=["agent"]))


# -- the node of tools --------------------------------------------------------------------------


def tools(*nodes_tools, store=None, **options):
    graph = StateGraph(MessagesState)
    graph.add_node("tools", ToolNode(list(nodes_tools), **options))
    graph.add_edge(START, "tools")
    return graph.compile(store=store)


def calling(*calls):
    return {"messages": [AIMessage("", tool_calls=list(calls), id="ai")]}


STORE = InMemoryStore()
STORE.put(("notes",), "key", {"kept": True})
ONE = calling(call("double", 1, value=2))
SEVERAL = calling(call("double", 1, value=2), call("double", 2, value=3), call("nothing", 3))
both("several calls", lambda: tools(double), SEVERAL)
both("artifact", lambda: tools(with_artifact), calling(call("with_artifact", 1, value=1)))
both("injected", lambda: tools(injected, store=STORE), calling(call("injected", 1, value=1)))
both("no store", lambda: tools(injected), calling(call("injected", 1, value=1)))
both("runtime", lambda: tools(with_runtime), calling(call("with_runtime", 1, value=1)))
both("command", lambda: tools(jumps), calling(call("jumps", 1, value=1)))
both("no calls", lambda: tools(double), {"messages": [HumanMessage("x", id="h")]})
both("no last message", lambda: tools(double), {"messages": []})
BREAKING = calling(call("breaks", 1, value=1))


def told(error: ValueError) -> str:
    return f"told of {error}"


def raising(error: Exception) -> str:
    raise ToolException("again")


for handling in (True, False, "a text", told, (ValueError,), (KeyError,), raising, ValueError):
    title = getattr(handling, "__name__", handling)
    both(f"handling {title}", lambda: tools(breaks, handle_tool_errors=handling), BREAKING)
both("default handling", lambda: tools(breaks), BREAKING)
both("wrong argument", lambda: tools(double), calling(call("double", 1, value="x")))
both("only async", lambda: tools(halve), calling(call("halve", 1, value=1)))
both("named", lambda: tools(double, name="mine"), ONE)


def wrapped(request, execute):
    print("   wrapped", request.tool_call["name"], request.tool.name if request.tool else None)
    changed = {**request.tool_call, "args": {"value": 10}}
    return execute(request.override(tool_call=changed))


async def awrapped(request, execute):
    print("   awrapped", request.tool_call["name"])
    return await execute(request)


show("wrapped", lambda: tools(double, wrap_tool_call=wrapped).invoke(ONE))
show("awrapped", lambda: asyncio.run(tools(double, awrap_tool_call=awrapped).ainvoke(ONE)))


def bubbles(value: int) -> int:
    """Bubble."""
    raise GraphBubbleUp("up")


both("bubbling", lambda: tools(bubbles), calling(call("bubbles", 1, value=1)))
show("function as a tool", lambda: sorted(ToolNode([bubbles, double]).tools_by_name))
show("state schema", lambda: ToolNode([double]).get_input_jsonschema()["title"])

for state in (ONE, {"messages": [AIMessage("x")]}, ONE["messages"]):
    show("condition", lambda: print("  ", tools_condition(state)))
show("condition of nothing", lambda: tools_condition({"messages": []}))
show("condition of another key", lambda: tools_condition({"said": []}, "said"))


class Wanted(BaseModel):
    """Wanted."""

    value: int


for args in ({"value": 1}, {"value": "x"}, {}):
    node = ValidationNode([Wanted])
    show("validation", lambda: {"messages": node.invoke([say("", call("Wanted", 1, **args))])})
show("validation of nothing", lambda: ValidationNode([Wanted]).invoke([say("", call("Other", 1))]))


def loop():
    graph = StateGraph(MessagesState)
    said = iter([*TURNS[:1], say("done")])
    graph.add_node("model", lambda state: {"messages": [next(said)]})
    graph.add_node("tools", ToolNode([double]))
    graph.add_edge(START, "model")
    graph.add_conditional_edges("model", tools_condition, ["tools", END])
    graph.add_edge("tools", "model")
    return graph.compile()


both("a loop of one's own", loop, HI)
