"""What langchain-core has for tools and their messages, by one name across its versions.

Importing this module imports langchain-core, so it is imported where tools are in play.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Dict, Tuple

from langchain_core.messages import (
    AIMessage,
    AnyMessage,
    RemoveMessage,
    ToolCall,
    ToolMessage,
    convert_to_messages,
)
from langchain_core.runnables.config import (
    RunnableConfig,
    get_config_list,
    get_executor_for_config,
)
from langchain_core.tools import (
    BaseTool,
    InjectedToolArg,
    StructuredTool,
    create_schema_from_function,
    structured,
    tool,
)
from langchain_core.tools import base as _base
from langchain_core.tools.base import (
    ToolException,
    ValidationError,
    get_all_basemodel_annotations,
)

from langgraph_rust._langchain.as_written import is_as_written

__all__ = (
    "AIMessage",
    "AnyMessage",
    "BaseTool",
    "DirectlyInjectedToolArg",
    "InjectedToolArg",
    "RemoveMessage",
    "RunnableConfig",
    "TOOL_MESSAGE_BLOCK_TYPES",
    "ToolCall",
    "ToolException",
    "ToolMessage",
    "ValidationError",
    "convert_to_messages",
    "create_schema_from_function",
    "get_config_list",
    "get_executor_for_config",
    "is_injected_type",
    "is_optional_field",
    "is_sync_only",
    "read_schema_annotations",
    "tool",
)

is_injected_type = _base._is_injected_arg_type

if TYPE_CHECKING:
    from langchain_core.tools.base import _DirectlyInjectedToolArg as DirectlyInjectedToolArg
else:
    # Before 1.0 a parameter is only hidden from the model by `Annotated[…, InjectedToolArg]`.
    DirectlyInjectedToolArg = getattr(_base, "_DirectlyInjectedToolArg", InjectedToolArg)

TOOL_MESSAGE_BLOCK_TYPES: Tuple[str, ...] = getattr(
    _base, "TOOL_MESSAGE_BLOCK_TYPES", ("text", "image_url", "image", "json")
)


def read_schema_annotations(schema: Any, func_annotations: Dict[str, Any]) -> Dict[str, Any]:
    """The annotations of a tool's schema, with what is injected still marked as such.

    Args:
        schema: The model of the tool's arguments.
        func_annotations: Those of its function.
    """
    annotations = get_all_basemodel_annotations(schema)
    if hasattr(schema, "model_fields"):
        return annotations
    # Models of pydantic's first version forget the metadata of `Annotated`.
    return {**annotations, **func_annotations}


def is_optional_field(schema: Any, name: str) -> bool:
    """Whether a field of a tool's schema exists and has a default."""
    fields = getattr(schema, "model_fields", None)
    if fields is None:
        field = schema.__fields__.get(name)
        return field is not None and not field.required
    return name in fields and not fields[name].is_required()


def is_sync_only(tool: BaseTool) -> bool:
    """Whether an asyncio call of a tool is its `invoke` in a thread, and nothing else."""
    return (
        isinstance(tool, StructuredTool)
        and not tool.coroutine
        and is_as_written(type(tool).ainvoke, structured)
        and "ainvoke" not in tool.__dict__
    )
