"""Which errors of tools become messages to the model, and what these say."""

from __future__ import annotations

import inspect
import types
from typing import (
    TYPE_CHECKING,
    Any,
    Callable,
    Dict,
    List,
    Optional,
    Tuple,
    Type,
    Union,
    cast,
)

from typing_extensions import get_args, get_origin, get_type_hints

from langgraph_rust._internal._compat import name_as_upstream
from langgraph_rust._langchain.tools import ToolException

if TYPE_CHECKING:
    from langgraph_rust.prebuilt._injection import InjectedArgs

INVALID_TOOL_NAME_ERROR_TEMPLATE = (
    "Error: {requested_tool} is not a valid tool, try one of [{available_tools}]."
)
TOOL_CALL_ERROR_TEMPLATE = "Error: {error}\n Please fix your mistakes."
TOOL_EXECUTION_ERROR_TEMPLATE = (
    "Error executing tool '{tool_name}' with kwargs {tool_kwargs} with error:\n"
    " {error}\n"
    " Please fix the error and try again."
)
TOOL_INVOCATION_ERROR_TEMPLATE = (
    "Error invoking tool '{tool_name}' with kwargs {tool_kwargs} with error:\n"
    " {error}\n"
    " Please fix the error and try again."
)

ErrorPolicy = Union[
    bool,
    str,
    Callable[..., str],
    Type[Exception],
    Tuple[Type[Exception], ...],
]
"""True: all errors. Text: all, answered with it. Exception types: those.
A function: those its parameter is annotated with, answered with what it returns."""

_UNIONS = (Union, getattr(types, "UnionType", Union))


class ToolInvocationError(ToolException):
    """The arguments of a tool call do not fit the tool.

    Attributes:
        message: What to tell the model.
        tool_name: Name of the tool.
        tool_kwargs: Arguments from the model.
        source: The validation error.
        filtered_errors: Its details, without those of injected arguments.
    """

    def __init__(
        self,
        tool_name: str,
        source: Any,
        tool_kwargs: Dict[str, Any],
        filtered_errors: Optional[List[Any]] = None,
    ) -> None:
        if filtered_errors is None:
            shown = str(source)
        else:
            shown = "\n".join(
                f"{'.'.join(map(str, detail.get('loc', ())))}: {detail.get('msg', 'Unknown error')}"
                for detail in filtered_errors
            )
        self.message: str = TOOL_INVOCATION_ERROR_TEMPLATE.format(
            tool_name=tool_name, tool_kwargs=tool_kwargs, error=shown
        )
        self.tool_name = tool_name
        self.tool_kwargs = tool_kwargs
        self.source = source
        self.filtered_errors = filtered_errors
        super().__init__(self.message)


def _default_handle_tool_errors(e: Exception) -> str:
    """Answer wrong arguments; raise whatever the tool itself raised."""
    if isinstance(e, ToolInvocationError):
        return e.message
    raise e


def _handle_tool_error(e: Exception, *, flag: ErrorPolicy) -> str:
    """The text that answers an error.

    Raises:
        ValueError: If `flag` is no policy.
    """
    if isinstance(flag, (bool, tuple)) or _is_exception_type(flag):
        return TOOL_CALL_ERROR_TEMPLATE.format(error=repr(e))
    if isinstance(flag, str):
        return flag
    if callable(flag):
        return cast(Any, flag)(e)
    raise ValueError(
        "Got unexpected type of `handle_tool_error`. Expected bool, str "
        f"or callable. Received: {flag}"
    )


def handles(policy: ErrorPolicy, error: Exception) -> bool:
    """Whether a policy answers an error that a tool raised."""
    if not policy:
        return False
    if _is_exception_type(policy) or isinstance(policy, tuple):
        return isinstance(error, policy)  # type: ignore[arg-type]
    if callable(policy) and not isinstance(policy, type):
        return isinstance(error, _infer_handled_types(policy))
    return True


def _infer_handled_types(handler: Callable[..., str]) -> Tuple[Type[Exception], ...]:
    """The exception types that a handler's first parameter is annotated with.

    Returns:
        These types, or `(Exception,)` without an annotation.

    Raises:
        ValueError: If it is annotated with anything else.
    """
    params = list(inspect.signature(handler).parameters.values())
    if not params:
        return (Exception,)
    is_method = len(params) == 2 and params[0].name in ("self", "cls")
    param = params[1] if is_method else params[0]
    hint = get_type_hints(handler).get(param.name)
    if hint is None:
        return (Exception,)
    if get_origin(hint) in _UNIONS:
        members = get_args(hint)
        if all(map(_is_exception_type, members)):
            return members
        raise ValueError(
            "All types in the error handler error annotation must be "
            "Exception types. For example, "
            "`def custom_handler(e: Union[ValueError, TypeError])`. "
            f"Got '{param.annotation}' instead."
        )
    if _is_exception_type(hint):
        return (hint,)
    raise ValueError(
        "Arbitrary types are not supported in the error handler "
        "signature. Please annotate the error with either a "
        "specific Exception type or a union of Exception types. "
        "For example, `def custom_handler(e: ValueError)` or "
        "`def custom_handler(e: Union[ValueError, TypeError])`. "
        f"Got '{hint}' instead."
    )


def _filter_validation_errors(
    validation_error: Any, injected_args: Optional[InjectedArgs]
) -> List[Dict[str, Any]]:
    """The details of a validation error that the model can do something about.

    Those about injected arguments are left out, and so are their values.
    """
    hidden = injected_args.names() if injected_args else set()
    details = []
    for detail in validation_error.errors():
        if not detail["loc"] or detail["loc"][0] in hidden:
            continue
        given = detail.get("input")
        if isinstance(given, dict):
            given = {k: v for k, v in given.items() if k not in hidden}
            detail = {**detail, "input": given}
        details.append(dict(detail))
    return details


def _is_exception_type(candidate: Any) -> bool:
    return isinstance(candidate, type) and issubclass(candidate, Exception)


name_as_upstream(globals(), "prebuilt.tool_node")
