"""Channels, savers, stores, tools and errors."""

from __future__ import annotations

import operator
from typing import Annotated, Any, TypedDict

from langchain_core.messages import AIMessage, ToolMessage
from langchain_core.runnables import RunnableConfig
from langchain_core.tools import tool
from langgraph.cache.base import BaseCache
from langgraph.cache.memory import InMemoryCache
from langgraph.channels import (
    AnyValue,
    BinaryOperatorAggregate,
    EphemeralValue,
    LastValue,
    NamedBarrierValue,
    Topic,
    UntrackedValue,
)
from langgraph.channels.base import BaseChannel
from langgraph.checkpoint.base import (
    BaseCheckpointSaver,
    Checkpoint,
    CheckpointMetadata,
    CheckpointTuple,
    empty_checkpoint,
)
from langgraph.checkpoint.memory import InMemorySaver
from langgraph.checkpoint.serde.jsonplus import JsonPlusSerializer
from langgraph.config import get_config, get_store, get_stream_writer
from langgraph.errors import GraphInterrupt, GraphRecursionError, InvalidUpdateError
from langgraph.graph import MessagesState, add_messages
from langgraph.graph.message import push_message
from langgraph.graph.ui import push_ui_message
from langgraph.managed import IsLastStep, RemainingSteps
from langgraph.prebuilt import (
    InjectedState,
    InjectedStore,
    ToolNode,
    ToolRuntime,
    create_react_agent,
    tools_condition,
)
from langgraph.pregel import NodeBuilder, Pregel
from langgraph.pregel.remote import RemoteGraph
from langgraph.store.base import BaseStore, GetOp, Item, PutOp, SearchItem
from langgraph.store.memory import InMemoryStore
from langgraph.types import Interrupt, Overwrite, PregelTask, StateUpdate


class State(TypedDict):
    left: RemainingSteps
    last: IsLastStep


reveal_type(LastValue(int))
reveal_type(LastValue(int).get())
reveal_type(AnyValue(str))
reveal_type(EphemeralValue(str))
reveal_type(UntrackedValue(str))
reveal_type(Topic(int))
reveal_type(Topic(int, accumulate=True).get())
reveal_type(BinaryOperatorAggregate(int, operator.add))
reveal_type(NamedBarrierValue(str, {"a"}))
reveal_type(LastValue(int).copy())
reveal_type(LastValue(int).checkpoint())
reveal_type(LastValue(int).update([1]))
reveal_type(LastValue(int).is_available())
reveal_type(LastValue(int).consume())
reveal_type(LastValue(int).key)

saver = InMemorySaver()
config: RunnableConfig = {"configurable": {"thread_id": "1"}}
reveal_type(saver.get_tuple(config))
reveal_type(saver.get(config))
reveal_type(saver.list(config))
reveal_type(saver.serde)
reveal_type(saver.get_next_version(None, None))
reveal_type(saver.put(config, empty_checkpoint(), {}, {}))
reveal_type(empty_checkpoint())
reveal_type(empty_checkpoint()["channel_values"])
reveal_type(JsonPlusSerializer().dumps_typed(1))
reveal_type(JsonPlusSerializer().loads_typed(("json", b"")))


class Saver(BaseCheckpointSaver[str]):
    def get_tuple(self, config: RunnableConfig) -> CheckpointTuple | None:
        return None

    def put(
        self,
        config: RunnableConfig,
        checkpoint: Checkpoint,
        metadata: CheckpointMetadata,
        new_versions: dict[str, str | int | float],
    ) -> RunnableConfig:
        return config


reveal_type(Saver().get_next_version(None, None))

store = InMemoryStore()
reveal_type(store.get(("a",), "b"))
reveal_type(store.search(("a",)))
reveal_type(store.put(("a",), "b", {}))
reveal_type(store.batch([GetOp(("a",), "b"), PutOp(("a",), "b", None)]))
reveal_type(store.list_namespaces())
cache: BaseCache[str] = InMemoryCache()
reveal_type(cache.get([(("a",), "b")]))
reveal_type(get_config())
reveal_type(get_store())
reveal_type(get_stream_writer())


@tool
def search(query: str, state: Annotated[dict[str, Any], InjectedState]) -> str:
    """Search."""
    return query


@tool
def look(query: str, runtime: ToolRuntime, store: Annotated[Any, InjectedStore()]) -> str:
    """Look."""
    reveal_type(runtime.state)
    reveal_type(runtime.tool_call_id)
    return query


node = ToolNode([search, look], handle_tool_errors="no")
reveal_type(node)
reveal_type(node.tools_by_name)
reveal_type(tools_condition({"messages": []}))
reveal_type(create_react_agent("openai:model", [search]))
reveal_type(add_messages([], []))
reveal_type(add_messages)
reveal_type(push_message(AIMessage("a")))
reveal_type(push_ui_message("a", {}))
reveal_type(MessagesState)
reveal_type(NodeBuilder().subscribe_only("a").do(lambda x: x).write_to("b"))
reveal_type(
    Pregel(
        nodes={},
        channels={"a": LastValue(int)},
        input_channels="a",
        output_channels="a",
    )
)
remote = RemoteGraph("agent", url="http://localhost")
reveal_type(remote)
reveal_type(remote.invoke({}, config))
reveal_type(remote.stream({}))
reveal_type(Interrupt(1, id="a").value)
reveal_type(Overwrite(3).value)
reveal_type(StateUpdate({}, "a").as_node)


def handle(error: GraphInterrupt | GraphRecursionError | InvalidUpdateError) -> None:
    reveal_type(error.args)


def of(channel: BaseChannel[Any, Any, Any], item: Item, found: SearchItem) -> None:
    reveal_type(channel.ValueType)
    reveal_type(channel.UpdateType)
    reveal_type(channel.get())
    reveal_type(channel.from_checkpoint(None))
    reveal_type(item.value)
    reveal_type(found.score)


def of_store(base: BaseStore, task: PregelTask, message: ToolMessage) -> None:
    reveal_type(base.get(("a",), "b"))
    reveal_type(task.error)
    reveal_type(task.state)


# what checkers refuse
LastValue()
Topic("int", accumulate="no")
store.put("a", "b", {})
store.get(("a",))
ToolNode(3)
saver.put(config)
Interrupt()
