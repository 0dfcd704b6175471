"""What a namespace may look like."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from langgraph_rust._internal._home import pickled_at_home, settle
from langgraph_rust.store.base._ops import GetOp, ListNamespacesOp, PutOp, SearchOp

if TYPE_CHECKING:
    from langgraph_rust.store.base._ops import Op


@pickled_at_home
class InvalidNamespaceError(ValueError):
    """A namespace is empty, is the reserved one, or has a label that is not allowed."""


def _validate_namespace(namespace: tuple[str, ...]) -> None:
    """Raise `InvalidNamespaceError` unless items may be put there."""
    if not namespace:
        raise InvalidNamespaceError("Namespace cannot be empty.")
    _validate_namespace_labels(namespace)
    if namespace[0] == "langgraph":
        raise InvalidNamespaceError(
            f'Root label for namespace cannot be "langgraph". Got: {namespace}'
        )


def _validate_namespace_labels(namespace: Any) -> None:
    """Raise `InvalidNamespaceError` unless every label is text with no `.` and no NUL in it."""
    for label in namespace:
        if not isinstance(label, str):
            raise InvalidNamespaceError(
                f"Invalid namespace label '{label}' found in {namespace}. Namespace labels"
                f" must be strings, but got {type(label).__name__}."
            )
        if "." in label:
            raise InvalidNamespaceError(
                f"Invalid namespace label '{label}' found in {namespace}."
                " Namespace labels cannot contain periods ('.')."
            )
        if "\x00" in label:
            raise InvalidNamespaceError(
                f"Invalid namespace label '{label}' found in {namespace}."
                " Namespace labels cannot contain NUL bytes ('\\x00')."
            )
        if not label:
            raise InvalidNamespaceError(
                f"Namespace labels cannot be empty strings. Got {label} in {namespace}"
            )


def validate_op_namespace(op: Op) -> None:
    """Raise `InvalidNamespaceError` unless all labels in the operation are allowed."""
    if isinstance(op, (GetOp, PutOp)):
        _validate_namespace_labels(op.namespace)
    elif isinstance(op, SearchOp):
        _validate_namespace_labels(op.namespace_prefix)
    elif isinstance(op, ListNamespacesOp):
        for condition in op.match_conditions or ():
            _validate_namespace_labels(condition.path)


settle(
    "langgraph.store.base",
    InvalidNamespaceError,
    _validate_namespace,
    _validate_namespace_labels,
    validate_op_namespace,
)
