"""Ready-made nodes and agents: `ToolNode`, `tools_condition`, `create_react_agent`, …"""

from __future__ import annotations

from typing import TYPE_CHECKING

from langgraph_rust._internal._elsewhere import find_elsewhere

if TYPE_CHECKING:
    from langgraph_rust.prebuilt._tool_call_transformer import ToolCallTransformer
    from langgraph_rust.prebuilt._tools_condition import tools_condition
    from langgraph_rust.prebuilt.chat_agent_executor import create_react_agent
    from langgraph_rust.prebuilt.tool_node import (
        InjectedState,
        InjectedStore,
        ToolNode,
        ToolRuntime,
    )
    from langgraph_rust.prebuilt.tool_validator import ValidationNode

__all__ = (
    "create_react_agent",
    "ToolNode",
    "ToolCallTransformer",
    "tools_condition",
    "ValidationNode",
    "InjectedState",
    "InjectedStore",
    "ToolRuntime",
)

# Most of them need langchain-core, so each is imported when it is first asked for.
if not TYPE_CHECKING:
    __getattr__ = find_elsewhere(
        __name__,
        {
            "langgraph_rust.prebuilt._tool_call_transformer": "ToolCallTransformer",
            "langgraph_rust.prebuilt._tools_condition": "tools_condition",
            "langgraph_rust.prebuilt.chat_agent_executor": "create_react_agent",
            "langgraph_rust.prebuilt.tool_node": "ToolNode InjectedState InjectedStore ToolRuntime",
            "langgraph_rust.prebuilt.tool_validator": "ValidationNode",
        },
    )
