"""What a node or path says about itself: its name, input schema and destinations."""

from __future__ import annotations

import sys
from types import FunctionType, MethodType
from typing import Any, Dict, Optional, Tuple, Union

from langgraph_rust._internal._annotations import is_class, plain_hints
from langgraph_rust._internal._later import inspect
from langgraph_rust._internal._newer_typing import Literal, get_args, get_origin
from langgraph_rust._internal._record import NamedTuple
from langgraph_rust._internal._runnable import is_runnable
from langgraph_rust.graph._validate import InvalidGraph

if sys.version_info >= (3, 9):
    from typing import get_type_hints as read_hints
else:  # the one in typing does not know Annotated there
    from typing_extensions import get_type_hints as read_hints

__all__ = [
    "NodeHints",
    "infer_name",
    "infer_node",
    "name_literals",
    "read_hints",
]


def name_literals(annotation: Any) -> Optional[Tuple[Any, ...]]:
    """The values of a `Literal[...]`; None for any other annotation."""
    return get_args(annotation) if get_origin(annotation) is Literal else None


def infer_name(action: Any) -> str:
    """Name a node after what it runs.

    Raises:
        ValueError: It has no name.
    """
    if is_runnable(action):
        name = action.get_name()
    else:
        name = getattr(action, "__name__", action.__class__.__name__)
    if name is None:
        raise InvalidGraph("Node name must be provided if action is not a function")
    return name


class NodeHints(NamedTuple):
    """What a node's annotations declare; None and () stand for nothing."""

    input_schema: Optional[type] = None
    ends: Tuple[str, ...] = ()


def _first_parameter(action: Any) -> str:
    is_bound = isinstance(action, MethodType)
    func = action.__func__ if is_bound else action
    if isinstance(func, FunctionType) and not func.__dict__:
        # A plain function: its code tells what a signature would, at a tenth of the cost.
        code = func.__code__
        if code.co_argcount > is_bound:
            return code.co_varnames[is_bound]
    return next(iter(inspect.signature(action).parameters))


def _infer_input_schema(action: Any, hints: Dict[str, Any], state_schema: Any) -> Optional[type]:
    hint = hints.get(_first_parameter(action))
    if hint is state_schema:
        return hint
    # Only a class with fields is a schema: `state: dict` or `state: int` is none.
    return hint if isinstance(hint, type) and read_hints(hint) else None


def _infer_ends(returned: Any) -> Tuple[str, ...]:
    """Read the destinations out of `Command[Literal[...]]`, alone or in a union."""
    if is_class(returned):
        return ()
    from langgraph_rust.types import Command

    if get_origin(returned) is Union:
        returned = next((a for a in get_args(returned) if get_origin(a) is Command), None)
    if get_origin(returned) is not Command:
        return ()
    args = get_args(returned)
    return (name_literals(args[0]) or ()) if args else ()


def infer_node(action: Any, state_schema: Any, *, with_schema: bool) -> NodeHints:
    """Read what a node function, method or callable object declares by annotations.

    Args:
        action: The node as the user gave it.
        state_schema: The graph's state, the most frequent annotation.
        with_schema: Whether to read the input schema; not needed if it is given by hand.
    """
    call = getattr(action, "__call__", None)  # noqa: B004 - the bound method is wanted
    if not isinstance(action, (FunctionType, MethodType)) and not isinstance(call, MethodType):
        return NodeHints()
    schema: Optional[type] = None
    ends: Tuple[str, ...] = ()
    try:
        hints = plain_hints(action)
        if hints is None:
            hints = read_hints(call) or read_hints(action)
        if hints:
            if with_schema:
                schema = _infer_input_schema(action, hints, state_schema)
            ends = _infer_ends(hints.get("return"))
    except (NameError, TypeError, StopIteration):
        pass  # a name that cannot be resolved declares nothing
    return NodeHints(schema, ends)
