"""The channel that folds updates into its value with a function of two arguments."""

from __future__ import annotations

import collections.abc
from typing import TYPE_CHECKING, Any, Callable, Dict, Sequence, Tuple, Type

from langgraph_rust._internal._compat import name_as_upstream
from langgraph_rust._internal._constants import OVERWRITE
from langgraph_rust._internal._elsewhere import find_elsewhere
from langgraph_rust._internal._newer_typing import NotRequired, Required
from langgraph_rust._internal._typing import MISSING
from langgraph_rust.channels import _cell
from langgraph_rust.channels._native import native
from langgraph_rust.channels.base import BaseChannel, Value
from langgraph_rust.errors import ErrorCode, InvalidUpdateError, create_error_message
from langgraph_rust.types import Overwrite

if TYPE_CHECKING:
    from typing_extensions import Self

    from langgraph_rust.channels._cell import Cell
else:
    Cell = BaseChannel

__all__ = ("BinaryOperatorAggregate",)

# What stands in for the abstract types that a state key may be annotated with.
_CONCRETE: Dict[Any, type] = {
    collections.abc.Sequence: list,
    collections.abc.MutableSequence: list,
    collections.abc.Set: set,
    collections.abc.MutableSet: set,
    collections.abc.Mapping: dict,
    collections.abc.MutableMapping: dict,
}


def _strip_extras(t: Any) -> Any:
    """The class behind an annotation: without Annotated, Required, NotRequired and parameters."""
    while hasattr(t, "__origin__"):
        t = t.__args__[0] if t.__origin__ in (Required, NotRequired) else t.__origin__
    return t


def _constructible(typ: Any) -> Any:
    """The class to call for an empty value of an annotated type."""
    typ = _strip_extras(typ)
    return _CONCRETE.get(typ, typ) if isinstance(typ, type) else typ


def _get_overwrite(value: Any) -> Tuple[bool, Any]:
    """Whether an update is an overwrite, and with what.

    As data it is ``{"__overwrite__": value}``, or an `Overwrite` that has been through JSON.
    """
    if isinstance(value, Overwrite):
        return True, value.value
    if isinstance(value, dict):
        if OVERWRITE in value and len(value) == 1:
            return True, value[OVERWRITE]
        if value.get("type") == OVERWRITE and "value" in value:
            return True, value["value"]
    return False, None


def _operators_equal(a: Callable[..., Any], b: Callable[..., Any]) -> bool:
    """Whether two reducers may be taken for one: every lambda equals every function."""
    return a is b or "<lambda>" in (getattr(a, "__name__", None), getattr(b, "__name__", None))


def _second_overwrite() -> InvalidUpdateError:
    return InvalidUpdateError(
        create_error_message(
            message="Can receive only one Overwrite value per super-step.",
            error_code=ErrorCode.INVALID_CONCURRENT_GRAPH_UPDATE,
        )
    )


@native
class BinaryOperatorAggregate(Cell[Value, Value, Value]):
    """The result of `operator` over the value so far and each update in turn.

    It starts with an empty value of its type, or, if the type gives none, with the first update.
    An `Overwrite` replaces the value, and the other updates of its superstep have no effect.

    Attributes:
        operator: ``operator(value, update)`` returns the new value.
    """

    __slots__ = ("value", "operator")

    def __init__(self, typ: Type[Value], operator: Callable[[Value, Value], Value]):
        super().__init__(typ)
        self.operator: Callable[[Value, Value], Value] = operator
        try:
            self.value = _constructible(typ)()
        except Exception:
            self.value = MISSING

    def __eq__(self, value: object) -> bool:
        return isinstance(value, BinaryOperatorAggregate) and _operators_equal(
            self.operator, value.operator
        )

    def _pattern(self) -> Self:
        channel = self.__class__(self.typ, self.operator)
        channel.key = self.key
        return channel

    if not TYPE_CHECKING:
        ValueType = UpdateType = _cell.declared_type
        copy = _cell.copy
        checkpoint = _cell.checkpoint
        get = _cell.get
        is_available = _cell.is_available

    def from_checkpoint(self, checkpoint: Any) -> Self:
        from langgraph_rust.checkpoint.serde.types import is_snapshot

        # Saved when this key was a DeltaChannel.
        saved = checkpoint.value if is_snapshot(checkpoint) else checkpoint
        return _cell.from_checkpoint(self, saved)

    def update(self, values: Sequence[Value]) -> bool:
        if not values:
            return False
        if self.value is MISSING:
            self.value, values = values[0], values[1:]
        overwritten = False
        for value in values:
            is_overwrite, replacement = _get_overwrite(value)
            if is_overwrite:
                if overwritten:
                    raise _second_overwrite()
                self.value = replacement
                overwritten = True
            elif not overwritten:
                self.value = self.operator(self.value, value)
        return True


if not TYPE_CHECKING:
    __getattr__ = find_elsewhere(__name__, {"langgraph_rust.errors": "EmptyChannelError"})

name_as_upstream(globals())
