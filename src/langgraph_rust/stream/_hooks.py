"""Which transformers an event has to be shown to, and by which of their hooks."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Callable, Iterable, List, Optional, Tuple

from langgraph_rust.stream._types import StreamTransformer

if TYPE_CHECKING:
    from langgraph_rust.stream._types import ProtocolEvent

Hook = Tuple[Callable[["ProtocolEvent"], Any], bool]
"""A bound `process` or `aprocess`, and whether its result has to be awaited."""


def select_hooks(transformers: Iterable[StreamTransformer], method: str, wait: bool) -> List[Hook]:
    """The hooks for events of one method, in the order of the transformers.

    Args:
        transformers: The transformers of a mux.
        method: The events' method.
        wait: Whether `aprocess` is used where it is overridden.
    """
    hooks: List[Hook] = []
    for transformer in transformers:
        heard = _heard_methods(type(transformer))
        if heard is not None and method not in heard:
            continue
        waits = wait and (
            getattr(transformer.aprocess, "__func__", None) is not StreamTransformer.aprocess
        )
        hooks.append((transformer.aprocess if waits else transformer.process, waits))
    return hooks


def _heard_methods(cls: type) -> Optional[Tuple[str, ...]]:
    """What a class declares as `_hears`, unless a subclass of that has hooks of its own."""
    for base in cls.__mro__:
        members = vars(base)
        if "_hears" in members:
            return members["_hears"]
        if "process" in members or "aprocess" in members:
            return None
    return None
