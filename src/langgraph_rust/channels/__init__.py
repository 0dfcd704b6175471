"""Channels: named cells of a graph's state, each with its rule for updates.

The engine runs the classes below natively, as long as their methods are their own; any other
subclass of `BaseChannel`, theirs included, runs as the Python object it is.
"""

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from langgraph_rust.channels.any_value import AnyValue
    from langgraph_rust.channels.base import BaseChannel
    from langgraph_rust.channels.binop import BinaryOperatorAggregate
    from langgraph_rust.channels.context import Context
    from langgraph_rust.channels.delta import DeltaChannel
    from langgraph_rust.channels.dynamic_barrier_value import DynamicBarrierValue, WaitForNames
    from langgraph_rust.channels.ephemeral_value import EphemeralValue
    from langgraph_rust.channels.last_value import LastValue, LastValueAfterFinish
    from langgraph_rust.channels.named_barrier_value import (
        NamedBarrierValue,
        NamedBarrierValueAfterFinish,
    )
    from langgraph_rust.channels.topic import Topic
    from langgraph_rust.channels.untracked_value import UntrackedValue
else:
    from langgraph_rust._internal._elsewhere import find_elsewhere

    __getattr__ = find_elsewhere(
        __name__,
        {
            "langgraph_rust.channels.any_value": "AnyValue",
            "langgraph_rust.channels.base": "BaseChannel",
            "langgraph_rust.channels.binop": "BinaryOperatorAggregate",
            "langgraph_rust.channels.context": "Context",
            "langgraph_rust.channels.delta": "DeltaChannel",
            "langgraph_rust.channels.dynamic_barrier_value": "DynamicBarrierValue WaitForNames",
            "langgraph_rust.channels.ephemeral_value": "EphemeralValue",
            "langgraph_rust.channels.last_value": "LastValue LastValueAfterFinish",
            "langgraph_rust.channels.named_barrier_value": (
                "NamedBarrierValue NamedBarrierValueAfterFinish"
            ),
            "langgraph_rust.channels.topic": "Topic",
            "langgraph_rust.channels.untracked_value": "UntrackedValue",
        },
        "any_value base binop delta ephemeral_value last_value named_barrier_value topic "
        "untracked_value",
    )

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
