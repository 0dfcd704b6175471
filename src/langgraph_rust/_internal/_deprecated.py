"""Parameters that go by a new name now.

Imported by ``graph`` and ``func``.
"""

from __future__ import annotations

from typing import Any, Mapping

from langgraph_rust.warnings import LangGraphDeprecatedSinceV05


def take_deprecated(
    kwargs: Mapping[str, Any],
    old: str,
    new: str,
    given: Any,
    since: Any = LangGraphDeprecatedSinceV05,
) -> Any:
    """What was given for a parameter by its name or else, with a warning, by its older name.

    Args:
        kwargs: The keyword arguments that the caller's caller gave.
        old: The older name.
        new: The name.
        given: What was given by the name; None for nothing.
        since: The category of the warning.
    """
    if old not in kwargs:
        return given
    import warnings

    warnings.warn(
        f"`{old}` is deprecated and will be removed. Please use `{new}` instead.",
        category=since,
        stacklevel=3,
    )
    return kwargs[old] if given is None else given
