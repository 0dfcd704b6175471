"""Ready-made nodes and agents: `ToolNode`, `tools_condition`, `create_react_agent`, …"""

from __future__ import annotations

from typing import Any

# Every public name and the module of this package that defines it. Most of
# them need langchain-core, so each is imported when it is first asked for.
_HOMES = {
    "create_react_agent": "chat_agent_executor",
    "ToolNode": "tool_node",
    "ToolCallTransformer": "_tool_call_transformer",
    "tools_condition": "_tools_condition",
    "ValidationNode": "tool_validator",
    "InjectedState": "tool_node",
    "InjectedStore": "tool_node",
    "ToolRuntime": "tool_node",
}

__all__ = list(_HOMES)


def __getattr__(name: str) -> Any:
    home = _HOMES.get(name)
    if home is None:
        raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
    from importlib import import_module

    value = getattr(import_module(f"{__name__}.{home}"), name)
    globals()[name] = value
    return value


def __dir__() -> list[str]:
    return sorted({*globals(), *_HOMES})
