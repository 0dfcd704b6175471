"""The tool calls in a node's input, and the state that goes with them."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Iterable, List, Mapping, Tuple

from langgraph_rust._langchain.tools import AIMessage, ToolCall
from langgraph_rust.prebuilt._tools_condition import read_messages

if TYPE_CHECKING:
    from langgraph_rust.prebuilt._tool_call import InputType


def parse_input(input: Any, messages_key: str) -> Tuple[List[ToolCall], InputType]:
    """Find the tool calls: the input itself, or those of its last `AIMessage`.

    Args:
        input: A list of tool calls or of messages, a tool call with context, or a
            state with messages.
        messages_key: Key or attribute of the messages in a state.

    Raises:
        ValueError: If there are no messages, or none is an `AIMessage`.
    """
    if isinstance(input, list):
        if _is_tool_call(input[-1]):
            return input, "tool_calls"
        messages: Any = input
        input_type: InputType = "list"
    elif _has_context(input):
        return [input["tool_call"]], "tool_calls"
    else:
        messages = read_messages(input, messages_key)
        input_type = "dict"
        if not messages:
            raise ValueError("No message found in input")
    for message in reversed(messages):
        if isinstance(message, AIMessage):
            return list(message.tool_calls), input_type
    raise ValueError("No AIMessage found in input")


def extract_state(input: Any, config: Mapping[str, Any]) -> Any:
    """The state that tools may read.

    That is the input, or the state sent with a call. For calls sent without one it is
    read from the channels; outside a graph it is empty.
    """
    if _has_context(input):
        return input["state"]
    if not (isinstance(input, list) and input and _is_tool_call(input[-1])):
        return input
    from langgraph_rust._internal._constants import CONF, CONFIG_KEY_READ

    read = config.get(CONF, {}).get(CONFIG_KEY_READ)
    if read is None:
        return {}
    return read(list(_readable_channels(read)), True)


def _readable_channels(read: Any) -> Iterable[str]:
    # The engine's is a method of the running task. Others are partials whose second argument
    # is the channels by name.
    task = getattr(read, "__self__", None)
    return read.args[1] if task is None else task.channels


def _has_context(input: Any) -> bool:
    return isinstance(input, dict) and input.get("__type") == "tool_call_with_context"


def _is_tool_call(item: Any) -> bool:
    return isinstance(item, dict) and item.get("type") == "tool_call"
