"""What `invoke` returns, made from what `stream` yields.

Only for graphs whose `stream` was overridden: the engine's own runs end with their output.
"""

from __future__ import annotations

from typing import Any

from langgraph_rust._internal._constants import INTERRUPT
from langgraph_rust.types import GraphOutput


class Fold:
    """Takes the chunks of one run, gives its output.

    Attributes:
        stream_mode: What `stream` must be asked for.
    """

    __slots__ = ("stream_mode", "_asked", "_version", "_latest", "_chunks", "_interrupts")

    def __init__(self, asked: Any, version: str) -> None:
        self._asked = asked
        self._version = version
        self._latest: Any = None
        self._chunks: list[Any] = []
        self._interrupts: list[Any] = []
        # in v1 the interrupts of a run are told by its updates
        self.stream_mode: Any = (
            ["updates", "values"] if asked == "values" and version == "v1" else asked
        )

    def add(self, chunk: Any) -> None:
        """Take the next chunk."""
        if self._asked != "values":
            self._chunks.append(chunk)
        elif self._version == "v2":
            self._latest = chunk["data"]
            self._interrupts.extend(chunk.get("interrupts", ()))
        else:
            mode, payload = chunk[-2:]
            if mode == "values":
                self._latest = payload
            elif mode == "updates" and isinstance(payload, dict):
                self._interrupts.extend(payload.get(INTERRUPT) or ())

    def output(self) -> Any:
        """Return the output: the last values, or every chunk for another stream mode."""
        if self._asked != "values":
            return self._chunks
        if self._version == "v2":
            return GraphOutput(value=self._latest, interrupts=tuple(self._interrupts))
        if not self._interrupts:
            return self._latest
        values = self._latest if isinstance(self._latest, dict) else {}
        return {**values, INTERRUPT: self._interrupts}
