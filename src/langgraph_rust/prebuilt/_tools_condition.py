"""Where to go after the model has answered."""

from __future__ import annotations

from typing import Any

from typing_extensions import Literal

from langgraph_rust._internal._compat import name_as_upstream


def tools_condition(state: Any, messages_key: str = "messages") -> Literal["tools", "__end__"]:
    """Route to the tools if the last message calls any, else to the end.

    For `add_conditional_edges` after the node that calls the model.

    Args:
        state: A list of messages, or a state with such a list as key or attribute.
        messages_key: Name of that key or attribute.

    Raises:
        ValueError: If the state has no messages.
    """
    messages = state if isinstance(state, list) else read_messages(state, messages_key)
    if not messages and not isinstance(state, list):
        raise ValueError(f"No messages found in input state to tool_edge: {state}")
    calls = getattr(messages[-1], "tool_calls", None)
    return "tools" if calls else "__end__"


def read_messages(state: Any, messages_key: str) -> Any:
    """The messages of a state that is no list: its key, else its attribute, else `[]`."""
    messages = state.get(messages_key) if isinstance(state, dict) else None
    return messages or getattr(state, messages_key, [])


name_as_upstream(globals(), "prebuilt.tool_node")
