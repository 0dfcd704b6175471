"""Values that a node can read as if they were state and that no node writes."""

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from langgraph_rust.managed.is_last_step import IsLastStep, RemainingSteps
else:
    from langgraph_rust._internal._elsewhere import find_elsewhere

    __getattr__ = find_elsewhere(
        __name__,
        {"langgraph_rust.managed.is_last_step": "IsLastStep RemainingSteps"},
        "base is_last_step",
    )

__all__ = ("IsLastStep", "RemainingSteps")
