"""One tool call on its way to its tool, and who may stand in that way."""

# Annotations are evaluated: the dataclass and the typed dict are read by others.

import warnings
from dataclasses import dataclass, replace
from typing import Any, Awaitable, Callable, List, Optional, Union

from typing_extensions import Literal, TypedDict, Unpack

from langgraph_rust._internal._compat import name_as_upstream
from langgraph_rust._langchain.tools import BaseTool, ToolCall, ToolMessage
from langgraph_rust.prebuilt._injection import ToolRuntime
from langgraph_rust.types import Command

InputType = Literal["list", "dict", "tool_calls"]
"""In which form a node got its input: messages, a state, or the calls themselves."""

ToolResult = Union[ToolMessage, Command, List[Union[Command, ToolMessage]]]
"""What the call of one tool results in."""


class _ToolCallRequestOverrides(TypedDict, total=False):
    """What `ToolCallRequest.override` may replace."""

    tool_call: ToolCall
    tool: BaseTool
    state: Any


@dataclass
class ToolCallRequest:
    """A tool call as the wrappers of a `ToolNode` see it.

    Attributes:
        tool_call: `name`, `args` and `id`, from the model.
        tool: The tool of that name, or `None` if the node has none. A wrapper may
            answer such a call itself; executing it gives an error message.
        state: The state of the graph.
        runtime: What the tool can have injected.
    """

    tool_call: ToolCall
    tool: Optional[BaseTool]
    state: Any
    runtime: ToolRuntime

    def __setattr__(self, name: str, value: Any) -> None:
        # Fields have no defaults, so only a change finds the attribute there.
        if hasattr(self, name):
            warnings.warn(
                f"Setting attribute '{name}' on ToolCallRequest is deprecated. "
                "Use the override() method instead to create a new instance with modified values.",
                DeprecationWarning,
                stacklevel=2,
            )
        object.__setattr__(self, name, value)

    def override(self, **overrides: Unpack[_ToolCallRequestOverrides]) -> "ToolCallRequest":
        """Return a copy with some attributes replaced.

        Args:
            **overrides: `tool_call`, `tool` or `state`.
        """
        return replace(self, **overrides)


ToolCallWrapper = Callable[
    [ToolCallRequest, Callable[[ToolCallRequest], Union[ToolMessage, Command]]],
    Union[ToolMessage, Command],
]
"""A function `(request, execute)` that a `ToolNode` calls in place of the tool.

It returns the result, of `execute(request)` or its own. It may execute never, once or
several times, and other requests than the one it got (`request.override(…)`).
"""

AsyncToolCallWrapper = Callable[
    [
        ToolCallRequest,
        Callable[[ToolCallRequest], Awaitable[Union[ToolMessage, Command]]],
    ],
    Awaitable[Union[ToolMessage, Command]],
]
"""Asyncio counterpart of `ToolCallWrapper`."""

# Not as a class: there Python would mangle the name of the key `__type`.
ToolCallWithContext = TypedDict(
    "ToolCallWithContext",
    {
        "tool_call": ToolCall,
        "__type": Literal["tool_call_with_context"],
        "state": Any,
    },
)
"""A tool call sent to a `ToolNode` together with the state its tool may read."""


def send_with_state(call: Any, state: Any) -> Any:
    """A `Send` of one tool call to the node `tools`."""
    from langgraph_rust.types import Send

    return Send(
        "tools",
        {"__type": "tool_call_with_context", "tool_call": call, "state": state},
    )


name_as_upstream(globals(), "prebuilt.tool_node")
