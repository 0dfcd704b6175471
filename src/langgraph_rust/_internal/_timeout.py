"""Timeouts of nodes as they are given and as they are kept.

Imported by ``graph``, ``func``, ``pregel`` and LangGraph's tests.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from langgraph_rust.types import TimeoutPolicy

if TYPE_CHECKING:
    from datetime import timedelta
    from typing import Optional, Union

    from typing_extensions import Literal

_SYNC_TIMEOUT_PREFIX = (
    "Node timeouts are only supported for async nodes because sync Python "
    "execution cannot be safely cancelled in-process."
)


def coerce_timeout_policy(
    value: Union[float, timedelta, TimeoutPolicy, None],
) -> Optional[TimeoutPolicy]:
    """See `TimeoutPolicy.coerce`."""
    return TimeoutPolicy.coerce(value)


def sync_timeout_unsupported(name: str, *, kind: Literal["Node", "Task"] = "Node") -> ValueError:
    """The error for a timeout on something that is not async; to be raised by the caller."""
    return ValueError(f"{_SYNC_TIMEOUT_PREFIX} {kind} {name!r} is sync.")
