"""The rules that nodes and channels must keep for a graph to run."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Iterable, Mapping, Sequence

from langgraph_rust._internal._constants import RESERVED
from langgraph_rust.pregel._read import PregelNode

if TYPE_CHECKING:
    from langgraph_rust.channels.base import BaseChannel
    from langgraph_rust.managed.base import ManagedValueMapping
    from langgraph_rust.types import All


def validate_graph(
    nodes: Mapping[str, PregelNode],
    channels: dict[str, BaseChannel],
    managed: ManagedValueMapping,
    input_channels: str | Sequence[str],
    output_channels: str | Sequence[str],
    stream_channels: str | Sequence[str] | None,
    interrupt_after_nodes: All | Sequence[str],
    interrupt_before_nodes: All | Sequence[str],
) -> dict[str, list[str]]:
    """Check that every name is known and allowed; return the nodes that each channel triggers.

    Raises:
        ValueError: a reserved or unknown name, or an input that triggers no node.
        TypeError: a node is not a `PregelNode`.
    """
    for kind, names in (("Channel", channels), ("Managed", managed)):
        for name in names:
            if name in RESERVED:
                raise ValueError(f"{kind} name '{name}' is reserved")
    triggers = _triggers(nodes, channels, managed)
    for name in triggers:
        if name not in channels:
            raise ValueError(
                f"Subscribed channel '{name}' not in known channels: '{_listed(channels)}'"
            )
    _validate_input(input_channels, channels, triggers)
    for name in {
        **dict.fromkeys(_names(output_channels)),
        **dict.fromkeys(_names(stream_channels)),
    }:
        if name not in channels:
            raise ValueError(
                f"Output channel '{name}' not in known channels: '{_listed(channels)}'"
            )
    for interrupted in (interrupt_after_nodes, interrupt_before_nodes):
        for name in () if interrupted == "*" else interrupted:
            if name not in nodes:
                raise ValueError(f"Node {name} not in nodes")
    return triggers


def validate_keys(keys: str | Sequence[str] | None, channels: Mapping[str, Any]) -> None:
    """Check that `keys` are channels.

    Raises:
        ValueError: one is not.
    """
    for key in _names(keys):
        if key not in channels:
            raise ValueError(f"Key {key} not in channels")


def _triggers(
    nodes: Mapping[str, PregelNode], channels: Mapping[str, Any], managed: Mapping[str, Any]
) -> dict[str, list[str]]:
    triggers: dict[str, list[str]] = {}
    known: Any = ()
    for name, node in nodes.items():
        if name in RESERVED:
            raise ValueError(f"Node name '{name}' is reserved")
        if not isinstance(node, PregelNode):
            raise TypeError(f"Invalid node type {type(node)}, expected PregelNode or NodeBuilder")
        for trigger in node.triggers:
            if trigger in triggers:
                triggers[trigger].append(name)
            else:
                triggers[trigger] = [name]
        reads = node.channels
        if reads != known:  # nodes of one schema read the same
            _validate_reads(name, reads, channels, managed)
            known = reads
    return triggers


def _validate_reads(
    node: str,
    reads: str | Sequence[str],
    channels: Mapping[str, Any],
    managed: Mapping[str, Any],
) -> None:
    is_one = isinstance(reads, str)
    for read in (reads,) if is_one else reads:
        # the value of a managed name can only be part of a dict
        if read not in channels and (is_one or read not in managed):
            raise ValueError(
                f"Node {node} reads channel '{read}' not in known channels: '{_listed(channels)}'"
            )


def _validate_input(
    input_channels: str | Sequence[str], channels: Mapping[str, Any], triggers: dict[str, Any]
) -> None:
    if isinstance(input_channels, str):
        if input_channels not in channels:
            raise ValueError(
                f"Input channel '{input_channels}' not in known channels: '{_listed(channels)}'"
            )
        if input_channels not in triggers:
            raise ValueError(f"Input channel {input_channels} is not subscribed to by any node")
        return
    for name in input_channels:
        if name not in channels:
            raise ValueError(f"Input channel '{name}' not in '{_listed(channels)}'")
    if triggers.keys().isdisjoint(input_channels):
        raise ValueError(
            f"None of the input channels {input_channels} are subscribed to by any node"
        )


def _names(keys: str | Sequence[str] | None) -> Iterable[str]:
    if keys is None:
        return ()
    return (keys,) if isinstance(keys, str) else keys


def _listed(channels: Mapping[str, Any]) -> str:
    return repr(sorted(channels))[:100]
