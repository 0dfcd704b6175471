"""Channels: named cells of a graph's state, each with its rule for updates.

The engine runs the classes below natively, as long as their methods are their own; any other
subclass of `BaseChannel`, theirs included, runs as the Python object it is.
"""

from typing import TYPE_CHECKING, Any

from langgraph_rust.channels import _native as _native  # what is replaced later is told by it
from langgraph_rust.channels.any_value import AnyValue
from langgraph_rust.channels.base import BaseChannel
from langgraph_rust.channels.binop import BinaryOperatorAggregate
from langgraph_rust.channels.delta import DeltaChannel
from langgraph_rust.channels.ephemeral_value import EphemeralValue
from langgraph_rust.channels.last_value import LastValue, LastValueAfterFinish
from langgraph_rust.channels.named_barrier_value import (
    NamedBarrierValue,
    NamedBarrierValueAfterFinish,
)
from langgraph_rust.channels.topic import Topic
from langgraph_rust.channels.untracked_value import UntrackedValue

if TYPE_CHECKING:
    from langgraph_rust.channels.context import Context
    from langgraph_rust.channels.dynamic_barrier_value import DynamicBarrierValue, WaitForNames

__all__ = (
    "BaseChannel",
    "AnyValue",
    "LastValue",
    "LastValueAfterFinish",
    "UntrackedValue",
    "EphemeralValue",
    "BinaryOperatorAggregate",
    "DeltaChannel",
    "NamedBarrierValue",
    "NamedBarrierValueAfterFinish",
    "DynamicBarrierValue",
    "WaitForNames",
    "Topic",
    "Context",
)

# Of older programs; new ones do not load them.
_OLDER = {
    "Context": "context",
    "DynamicBarrierValue": "dynamic_barrier_value",
    "WaitForNames": "dynamic_barrier_value",
}


if not TYPE_CHECKING:

    def __getattr__(name: str) -> Any:
        if name in _OLDER:
            from importlib import import_module

            return getattr(import_module(f"{__name__}.{_OLDER[name]}"), name)
        raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
