"""The shapes in which a run's chunks reach its caller."""

from __future__ import annotations

from typing import Any, Callable, Optional, Sequence, Tuple, Union

from langgraph_rust._internal._constants import INTERRUPT
from langgraph_rust.constants import START

Namespace = Tuple[str, ...]


class ChunkShape:
    """Tells the engine how to shape chunks.

    `v1`: the payload; with several modes `(mode, payload)`; with subgraphs the namespace first.
    `v2`: dicts of `type`, `ns` and `data`.

    Attributes:
        modes: The modes that are streamed.
        many: Whether they were asked for as a list.
        subgraphs: Whether chunks come with their namespace.
        print: Called with each chunk's namespace, mode and payload, if any are to be printed.
        second: Makes a chunk of `v2` of them.
    """

    __slots__ = ("modes", "many", "subgraphs", "print", "second")

    def __init__(
        self,
        stream_mode: Union[str, Sequence[str]],
        print_mode: Union[str, Sequence[str]],
        subgraphs: bool,
        second: Optional[Second],
    ) -> None:
        self.many = isinstance(stream_mode, list)
        self.modes = [stream_mode] if isinstance(stream_mode, str) else list(stream_mode)
        self.subgraphs = subgraphs
        self.print: Optional[Callable[[Namespace, str, Any], None]] = (
            Printer(print_mode, subgraphs).show if print_mode else None
        )
        self.second = None if second is None else second.shape


class Printer:
    """Prints chunks of some modes."""

    __slots__ = ("modes", "subgraphs")

    def __init__(self, modes: Union[str, Sequence[str]], subgraphs: bool) -> None:
        self.modes = modes
        self.subgraphs = subgraphs

    def show(self, namespace: Namespace, mode: str, payload: Any) -> None:
        """Print a chunk if its mode is one of those."""
        if mode not in self.modes:
            return
        from langgraph_rust.pregel.debug import get_bolded_text, get_colored_text

        parts = [get_bolded_text(f"[{mode}]")]
        if self.subgraphs and namespace:
            parts.append(get_colored_text(f"[graph={namespace}]", color="yellow"))
        print(" ".join([*parts, repr(payload)]))


class Second:
    """Makes chunks of the second version."""

    __slots__ = ("output", "state")

    def __init__(
        self,
        output_mapper: Optional[Callable[[Any], Any]],
        state_mapper: Optional[Callable[[Any], Any]],
    ) -> None:
        self.output = output_mapper
        self.state = state_mapper

    def shape(self, namespace: Namespace, mode: str, payload: Any) -> Any:
        """Return the chunk."""
        shaped = {"type": mode, "ns": namespace, "data": payload}
        if mode == "values":
            interrupts: Tuple[Any, ...] = ()
            if isinstance(payload, dict):
                interrupts = payload.pop(INTERRUPT, ())
                if self.output is not None:
                    shaped["data"] = self.output(payload)
            shaped["interrupts"] = interrupts
        elif mode in ("checkpoints", "debug") and self.state is not None:
            _coerce_values(payload, self.state)
        return shaped


def _coerce_values(payload: Any, mapper: Callable[[Any], Any]) -> None:
    """Map the state in a checkpoint's payload, not before the first node, which completes it."""
    if not isinstance(payload, dict):
        return
    if payload.get("type") == "checkpoint" and isinstance(payload.get("payload"), dict):
        payload = payload["payload"]
    if isinstance(payload.get("values"), dict) and START not in payload.get("next", ()):
        payload["values"] = mapper(payload["values"])
