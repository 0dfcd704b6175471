"""The type variables of a graph: its state, input, output and context."""

from __future__ import annotations

from typing import Optional

from langgraph_rust._internal._newer_typing import TypeVar
from langgraph_rust._internal._typing import StateLike

__all__ = (
    "StateT",
    "StateT_co",
    "StateT_contra",
    "InputT",
    "OutputT",
    "ContextT",
)

StateT = TypeVar("StateT", bound=StateLike)
StateT_co = TypeVar("StateT_co", bound=StateLike, covariant=True)
StateT_contra = TypeVar("StateT_contra", bound=StateLike, contravariant=True)

ContextT = TypeVar("ContextT", bound=Optional[StateLike], default=None)
ContextT_contra = TypeVar(
    "ContextT_contra", bound=Optional[StateLike], contravariant=True, default=None
)

# A graph takes and gives its own state unless told otherwise.
InputT = TypeVar("InputT", bound=StateLike, default=StateT)
OutputT = TypeVar("OutputT", bound=StateLike, default=StateT)

NodeInputT = TypeVar("NodeInputT", bound=StateLike)
NodeInputT_contra = TypeVar("NodeInputT_contra", bound=StateLike, contravariant=True)
