"""A tool-calling agent whose answer streams to the terminal token by token, with LangGraph.

The model is a fake one of langchain-core with a script, so it needs no key and no network; the
graph around it is what an agent with a real model has: model → tools → model, until the model
has nothing more to call.

    python examples/agent.py

Needs langgraph and langchain-core.
"""

from __future__ import annotations

import sys
from typing import Any, Iterator, List, Optional

from langchain_core.callbacks import CallbackManagerForLLMRun
from langchain_core.language_models import GenericFakeChatModel
from langchain_core.messages import AIMessage, AIMessageChunk, BaseMessage, HumanMessage
from langchain_core.outputs import ChatGenerationChunk
from langchain_core.tools import tool
from langgraph.checkpoint.memory import InMemorySaver
from langgraph.graph import START, MessagesState, StateGraph
from langgraph.prebuilt import ToolNode, tools_condition

QUESTION = "How far is it from Basel to Lyon by rail, and how long would that take to walk?"


@tool
def rail_distance(start: str, end: str) -> str:
    """The distance between two cities by rail, in kilometres."""
    return {("Basel", "Lyon"): "398"}.get((start, end), "unknown")


@tool
def walking_hours(kilometres: float) -> str:
    """How long it takes to walk a distance, in hours."""
    return f"{kilometres / 4.5:.0f}"


TOOLS = [rail_distance, walking_hours]


def call(name: str, number: int, **arguments: Any) -> Any:
    """A tool call as a model writes it down."""
    return {"name": name, "args": arguments, "id": f"call-{number}", "type": "tool_call"}


SCRIPT = [
    AIMessage(
        "First the distance.", tool_calls=[call("rail_distance", 1, start="Basel", end="Lyon")]
    ),
    AIMessage("Now the walk.", tool_calls=[call("walking_hours", 2, kilometres=398)]),
    AIMessage("It is 398 km by rail. On foot that is 88 hours: take the train."),
]


class ScriptedModel(GenericFakeChatModel):
    """The fake model, which streams words, made to stream its tool calls too."""

    def _stream(
        self,
        messages: List[BaseMessage],
        stop: Optional[List[str]] = None,
        run_manager: Optional[CallbackManagerForLLMRun] = None,
        **kwargs: Any,
    ) -> Iterator[ChatGenerationChunk]:
        message = next(self.messages)
        assert isinstance(message, AIMessage)
        words = str(message.content).split(" ")
        for position, word in enumerate(words):
            is_last = position == len(words) - 1
            chunk = AIMessageChunk(
                content=word if is_last else word + " ",
                tool_calls=message.tool_calls if is_last else [],
            )
            if run_manager is not None:
                run_manager.on_llm_new_token(str(chunk.content))
            yield ChatGenerationChunk(message=chunk)


def build(model: Any) -> StateGraph:
    """The graph: model → tools → model, until there is nothing to call."""

    def ask_model(state: MessagesState) -> MessagesState:
        return {"messages": [model.invoke(state["messages"])]}

    graph = StateGraph(MessagesState)
    graph.add_node("model", ask_model)
    graph.add_node("tools", ToolNode(TOOLS))
    graph.add_edge(START, "model")
    graph.add_conditional_edges("model", tools_condition)
    graph.add_edge("tools", "model")
    return graph


def main() -> int:
    """Ask one question and print what is streamed; returns the exit code."""
    agent = build(ScriptedModel(messages=iter(SCRIPT))).compile(checkpointer=InMemorySaver())
    config = {"configurable": {"thread_id": "1"}}
    print("> " + QUESTION)
    speaker = None
    for token, metadata in agent.stream(
        {"messages": [HumanMessage(QUESTION)]}, config, stream_mode="messages"
    ):
        if metadata["langgraph_node"] != speaker:
            speaker = metadata["langgraph_node"]
            print(f"\n{speaker}: ", end="")
        print(token.content, end="", flush=True)
    kinds = [message.type for message in agent.get_state(config).values["messages"]]
    print("\n\n{} messages: {}".format(len(kinds), ", ".join(kinds)))
    return 0


if __name__ == "__main__":
    sys.exit(main())
