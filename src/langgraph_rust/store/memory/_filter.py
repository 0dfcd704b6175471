"""Which items a filter lets through, and which namespaces a condition."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Callable

if TYPE_CHECKING:
    from langgraph_rust.store.base import MatchCondition

_OPERATORS: dict[str, Callable[[Any, Any], bool]] = {
    "$eq": lambda value, other: value == other,
    "$ne": lambda value, other: value != other,
    "$gt": lambda value, other: float(value) > float(other),
    "$gte": lambda value, other: float(value) >= float(other),
    "$lt": lambda value, other: float(value) < float(other),
    "$lte": lambda value, other: float(value) <= float(other),
}


def matches_filter(value: dict[str, Any], filter: dict[str, Any] | None) -> bool:
    """Whether an item's value has all that the filter asks for."""
    return not filter or all(
        _compare_values(value.get(key), wanted) for key, wanted in filter.items()
    )


def _compare_values(item_value: Any, filter_value: Any) -> bool:
    """Whether a value is as wanted: by operators, or equal at every key and place that is named.

    Raises:
        ValueError: if an operator is not known.
    """
    if isinstance(filter_value, dict):
        if any(key.startswith("$") for key in filter_value):
            return all(
                _apply_operator(item_value, name, other) for name, other in filter_value.items()
            )
        return isinstance(item_value, dict) and matches_filter(item_value, filter_value)
    if isinstance(filter_value, (list, tuple)):
        return (
            isinstance(item_value, (list, tuple))
            and len(item_value) == len(filter_value)
            and all(map(_compare_values, item_value, filter_value))
        )
    return item_value == filter_value


def _apply_operator(value: Any, operator: str, op_value: Any) -> bool:
    compare = _OPERATORS.get(operator)
    if compare is None:
        raise ValueError(f"Unsupported operator: {operator}")
    return compare(value, op_value)


def _does_match(condition: MatchCondition, namespace: tuple[str, ...]) -> bool:
    """Whether a namespace begins or ends as the condition says.

    Raises:
        ValueError: if the condition is about neither.
    """
    path = condition.path
    if len(namespace) < len(path):
        return False
    if condition.match_type == "prefix":
        labels = namespace[: len(path)]
    elif condition.match_type == "suffix":
        labels = namespace[len(namespace) - len(path) :]
    else:
        raise ValueError(f"Unsupported match type: {condition.match_type}")
    return all(wanted in ("*", label) for label, wanted in zip(labels, path))
