"""The shapes in which a run's chunks reach its caller."""

from __future__ import annotations

from typing import Any, Callable, Iterator, Optional, Sequence, Tuple, Union

from langgraph_rust._internal._constants import INTERRUPT
from langgraph_rust.constants import START

Chunk = Tuple[Tuple[str, ...], str, Any]


class Shaper:
    """Shapes raw chunks `(namespace, mode, payload)` as the caller asked for them.

    `v1`: the payload; with several modes `(mode, payload)`; with subgraphs the namespace first.
    `v2`: dicts of `type`, `ns` and `data`.
    """

    __slots__ = ("modes", "many", "print_modes", "subgraphs", "second", "output", "state")

    def __init__(
        self,
        stream_mode: Union[str, Sequence[str]],
        print_mode: Union[str, Sequence[str]],
        subgraphs: bool,
        version: str,
        output_mapper: Optional[Callable[[Any], Any]],
        state_mapper: Optional[Callable[[Any], Any]],
    ) -> None:
        self.many = isinstance(stream_mode, list)
        self.modes = stream_mode
        self.print_modes = print_mode
        self.subgraphs = subgraphs
        self.second = version == "v2"
        self.output = output_mapper
        self.state = state_mapper

    def shape(self, chunk: Chunk) -> Iterator[Any]:
        """Print the chunk if asked; yield it in its shape if its mode is streamed."""
        namespace, mode, payload = chunk
        if mode in self.print_modes:
            self._print(namespace, mode, payload)
        if mode not in self.modes:
            return
        if self.second:
            yield self._second(namespace, mode, payload)
        elif self.subgraphs:
            yield (namespace, mode, payload) if self.many else (namespace, payload)
        else:
            yield (mode, payload) if self.many else payload

    def _print(self, namespace: Tuple[str, ...], mode: str, payload: Any) -> None:
        from langgraph_rust.pregel.debug import get_bolded_text, get_colored_text

        parts = [get_bolded_text(f"[{mode}]")]
        if self.subgraphs and namespace:
            parts.append(get_colored_text(f"[graph={namespace}]", color="yellow"))
        print(" ".join([*parts, repr(payload)]))

    def _second(self, namespace: Tuple[str, ...], mode: str, payload: Any) -> Any:
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
