"""The node that checks tool calls against their schemas without running anything."""

from __future__ import annotations

import sys
from typing import TYPE_CHECKING, Any, Callable, Dict, List, Optional, Sequence, Tuple, Type

from typing_extensions import deprecated

from langgraph_rust._internal._compat import name_as_upstream
from langgraph_rust._internal._elsewhere import find_elsewhere
from langgraph_rust._internal._runnable import RunnableCallable
from langgraph_rust.warnings import LangGraphDeprecatedSinceV10

if TYPE_CHECKING:
    from langgraph_rust._langchain.tools import RunnableConfig


@deprecated(
    "ValidationNode is deprecated. Please use `create_agent` from `langchain.agents` "
    "with custom tool error handling.",
    category=LangGraphDeprecatedSinceV10,
)
class ValidationNode(RunnableCallable):
    """Answers each tool call of the last message with its validated arguments.

    A call that fits its schema is answered with the arguments as JSON, another one
    with the error and `additional_kwargs={"is_error": True}`.

    Attributes:
        schemas_by_name: The pydantic models by the names of the calls.
    """

    def __init__(
        self,
        schemas: Sequence[Any],
        *,
        format_error: Optional[Callable[[BaseException, Any, Any], str]] = None,
        name: str = "validation",
        tags: Optional[List[str]] = None,
    ) -> None:
        """Collect the schemas.

        Args:
            schemas: Pydantic models, tools with such a model, or functions.
            format_error: Makes the answer from an error, its call and its schema.
            name: Name of the node.
            tags: Tags of its runs.

        Raises:
            ValueError: If a schema is none of these.
        """
        super().__init__(self._func, None, name=name, tags=tags, trace=False)
        self._format_error = format_error or _default_format_error
        self.schemas_by_name: Dict[str, Any] = dict(map(_name_schema, schemas))

    def _func(self, input: Any, config: RunnableConfig) -> Any:
        from langgraph_rust._langchain.tools import get_executor_for_config

        is_list = isinstance(input, list)
        messages = input if is_list else input.get("messages", [])
        if not is_list and not messages:
            raise ValueError("No message found in input")
        calls = _last_calls(messages)
        with get_executor_for_config(config) as executor:
            answers = list(executor.map(self._answer, calls))
        return answers if is_list else {"messages": answers}

    def _answer(self, call: Any) -> Any:
        from langgraph_rust._langchain.tools import ToolMessage

        schema = self.schemas_by_name[call["name"]]
        answer = {"name": call["name"], "tool_call_id": call["id"]}
        try:
            return ToolMessage(content=_validate(schema, call["args"]), **answer)
        except _validation_errors() as error:
            return ToolMessage(
                content=self._format_error(error, call, schema),
                additional_kwargs={"is_error": True},
                **answer,
            )


def _default_format_error(error: BaseException, call: Any, schema: Any) -> str:
    return f"{error!r}\n\nRespond after fixing all validation errors."


def _last_calls(messages: List[Any]) -> List[Any]:
    from langgraph_rust._langchain.tools import AIMessage

    if not isinstance(messages[-1], AIMessage):
        raise ValueError("Last message is not an AIMessage")
    return messages[-1].tool_calls


def _name_schema(schema: Any) -> Tuple[str, Any]:
    """The name of a schema's calls, and its model."""
    from langgraph_rust._langchain.tools import BaseTool, create_schema_from_function

    if isinstance(schema, BaseTool):
        model = schema.args_schema
        if model is None:
            raise ValueError(f"Tool {schema.name} does not have an args_schema defined.")
        if not _is_model(model):
            raise ValueError(
                "Validation node only works with tools that have a pydantic BaseModel "
                f"args_schema. Got {schema.name} with args_schema: {model}."
            )
        return schema.name, model
    if _is_model(schema):
        return schema.__name__, schema
    if callable(schema):
        return schema.__name__, create_schema_from_function("Validation", schema)
    raise ValueError(
        "Unsupported input to ValidationNode. Expected BaseModel, tool or function. "
        f"Got: {type(schema)}."
    )


def _model_bases() -> Tuple[Type[Any], ...]:
    """The base models of pydantic; of its first version only if that is in use."""
    import pydantic

    first = sys.modules.get("pydantic.v1")
    return (pydantic.BaseModel,) + ((first.BaseModel,) if first else ())


def _validation_errors() -> Tuple[Type[Exception], ...]:
    import pydantic

    first = sys.modules.get("pydantic.v1")
    return (pydantic.ValidationError,) + ((first.ValidationError,) if first else ())


def _is_model(schema: Any) -> bool:
    return isinstance(schema, type) and issubclass(schema, _model_bases())


def _validate(model: Any, args: Dict[str, Any]) -> str:
    """Validate arguments and return them as JSON."""
    if hasattr(model, "model_validate"):
        return model.model_validate(args).model_dump_json()
    return model.validate(args).json()


name_as_upstream(globals(), "prebuilt.tool_validator")

if not TYPE_CHECKING:
    __getattr__ = find_elsewhere(
        __name__,
        {"langgraph_rust._langchain.tools": "AnyMessage"},
    )
