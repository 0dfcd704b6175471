"""How many supersteps a run may still take."""

from __future__ import annotations

from langgraph_rust._internal._compat import name_as_upstream
from langgraph_rust._internal._newer_typing import Annotated
from langgraph_rust._internal._scratchpad import PregelScratchpad
from langgraph_rust.managed.base import ManagedValue

__all__ = ("IsLastStep", "RemainingStepsManager")


class IsLastStepManager(ManagedValue[bool]):
    """Whether this is the last superstep that the recursion limit allows."""

    @staticmethod
    def get(scratchpad: PregelScratchpad) -> bool:
        return scratchpad.step == scratchpad.stop - 1


IsLastStep = Annotated[bool, IsLastStepManager]


class RemainingStepsManager(ManagedValue[int]):
    """How many supersteps the recursion limit still allows, this one included."""

    @staticmethod
    def get(scratchpad: PregelScratchpad) -> int:
        return scratchpad.stop - scratchpad.step


RemainingSteps = Annotated[int, RemainingStepsManager]

name_as_upstream(globals())
