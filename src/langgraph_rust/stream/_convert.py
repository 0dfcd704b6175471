"""From a v2 stream part to the envelope of the v3 protocol."""

from __future__ import annotations

from time import time
from typing import TYPE_CHECKING, Any, Mapping

from langgraph_rust._internal._elsewhere import find_elsewhere
from langgraph_rust._internal._home import settle

if TYPE_CHECKING:
    from langgraph_rust.stream._types import ProtocolEvent


def convert_to_protocol_event(part: Mapping[str, Any]) -> ProtocolEvent:
    """Wrap a v2 stream part in a protocol event.

    Args:
        part: A mapping with `type`, `ns` and `data`, and `interrupts` on parts
            of type `"values"`.

    Returns:
        An event without `seq`; the root mux numbers it when it is logged.
    """
    params = {
        "namespace": list(part["ns"]),
        "timestamp": int(time() * 1000),
        "data": part["data"],
    }
    if "interrupts" in part:
        params["interrupts"] = part["interrupts"]
    return {"type": "event", "method": part["type"], "params": params}  # type: ignore[typeddict-item]


settle("langgraph.stream._convert", convert_to_protocol_event)

__getattr__ = find_elsewhere(
    __name__,
    {
        "langgraph_rust.stream._types": "ProtocolEvent",
        "langgraph_rust.types": "StreamPart",
    },
)
