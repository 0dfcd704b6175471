"""Values that a node can read as if they were state and that no node writes."""

from langgraph_rust.managed.is_last_step import IsLastStep, RemainingSteps

__all__ = ("IsLastStep", "RemainingSteps")
