"""From a schema's annotations to the channels and managed values of a graph."""

from __future__ import annotations

import sys
from typing import TYPE_CHECKING, Any, Dict, Optional, Tuple, Union

from langgraph_rust._internal._constants import ROOT
from langgraph_rust._internal._later import inspect
from langgraph_rust._internal._newer_typing import NotRequired, Required, get_args, get_origin
from langgraph_rust.channels.base import BaseChannel
from langgraph_rust.channels.last_value import LastValue
from langgraph_rust.graph._infer import read_hints
from langgraph_rust.graph._validate import InvalidGraph
from langgraph_rust.managed.base import is_managed_value

if TYPE_CHECKING:
    from langgraph_rust.channels import binop, delta
    from langgraph_rust.channels.binop import BinaryOperatorAggregate
else:
    from langgraph_rust._internal._later import Later

    binop = Later("langgraph_rust.channels.binop")
    delta = Later("langgraph_rust.channels.delta")

_HEAP_TYPE = 1 << 9


def _warn_invalid_state_schema(schema: Any) -> None:
    if isinstance(schema, type) or get_args(schema):
        return
    import warnings

    warnings.warn(
        f"Invalid state_schema: {schema}. Expected a type or Annotated[type, reducer]. "
        "Please provide a valid schema to ensure correct updates.\n"
        " See: https://langchain-ai.github.io/langgraph/reference/graphs/#stategraph",
        stacklevel=2,
    )


def _has_annotations(schema: Any) -> bool:
    if hasattr(schema, "__annotations__"):
        return True
    # From Python 3.10 on every class made by a class statement has annotations, be they empty.
    is_old = sys.version_info < (3, 10)
    return is_old and isinstance(schema, type) and bool(schema.__flags__ & _HEAP_TYPE)


def _get_channels(
    schema: Any,
) -> Tuple[Dict[str, BaseChannel], Dict[str, Any], Dict[str, Any]]:
    """Read a schema.

    Returns:
        Channels by key, managed values by key, and the schema's type hints. A schema without
        annotations is one channel of the key `__root__`.
    """
    if not _has_annotations(schema):
        return {ROOT: _get_channel(ROOT, schema, allow_managed=False)}, {}, {}
    hints = read_hints(schema, include_extras=True)
    fields = {key: _get_channel(key, typ) for key, typ in hints.items() if key != "__slots__"}
    return (
        {key: field for key, field in fields.items() if isinstance(field, BaseChannel)},
        {key: field for key, field in fields.items() if is_managed_value(field)},
        hints,
    )


def _strip_required(annotation: Any) -> Any:
    if getattr(annotation, "__origin__", None) in (Required, NotRequired):
        return annotation.__args__[0]
    return annotation


def _get_channel(
    name: str, annotation: Any, *, allow_managed: bool = True
) -> Union[BaseChannel, Any]:
    """Make the channel, or find the managed value, that an annotation asks for.

    Raises:
        ValueError: A managed value where none is allowed, or a reducer that does not take
            two arguments.
    """
    annotation = _strip_required(annotation)
    managed = _is_field_managed_value(name, annotation)
    if managed:
        if allow_managed:
            return managed
        raise InvalidGraph(f"This {annotation} not allowed in this position")
    channel = _is_field_channel(annotation)
    if channel is None:
        channel = _is_field_binop(annotation)
    if channel is None:
        channel = LastValue(annotation)
    channel.key = name
    return channel


def _is_field_channel(typ: Any) -> Optional[BaseChannel]:
    """The channel named in `Annotated[...]`: an instance, or a class to be made one of."""
    for item in getattr(typ, "__metadata__", ()):
        if isinstance(item, delta.DeltaChannel):
            # The annotation knows the value's type, which the reducer alone does not.
            value_type = _strip_required(typ.__origin__)
            return type(item)(item.reducer, value_type, snapshot_frequency=item.snapshot_frequency)
        if isinstance(item, BaseChannel):
            return item
        if isinstance(item, type) and issubclass(item, BaseChannel):
            return item(typ.__origin__)
    return None


def _is_field_binop(typ: Any) -> Optional[BinaryOperatorAggregate]:
    """The reducing channel of `Annotated[T, reducer]`."""
    metadata = getattr(typ, "__metadata__", ())
    if not metadata or not callable(metadata[-1]):
        return None
    reducer = metadata[-1]
    sig = inspect.signature(reducer)
    positional = [
        p for p in sig.parameters.values() if p.kind in (p.POSITIONAL_ONLY, p.POSITIONAL_OR_KEYWORD)
    ]
    if len(positional) != 2:
        raise InvalidGraph(f"Invalid reducer signature. Expected (a, b) -> c. Got {sig}")
    return binop.BinaryOperatorAggregate(typ, reducer)


def _is_field_managed_value(name: str, typ: Any) -> Any:
    """The managed value named last in `Annotated[...]`, also inside other generic types."""
    metadata = getattr(typ, "__metadata__", ())
    if metadata:
        decoration = get_origin(metadata[-1]) or metadata[-1]
        if is_managed_value(decoration):
            return decoration
    args = get_args(typ) if get_origin(typ) is not None else ()
    return _is_field_managed_value(name, args[0]) if args and args[0] else None
