"""Checkpoints of older layouts, brought to the one whose channels are named `branch:to:<node>`.

Before, a node was made to run by any of three kinds of channels, all of which may appear in a
checkpoint: `start:<node>` (an edge from START), `branch:<from>:<condition>:<to>` (a conditional
edge) and, for a plain edge, a channel named like the node the edge comes from.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Dict, Iterable, Iterator, List, Tuple

from langgraph_rust._internal._constants import INTERRUPT
from langgraph_rust.constants import END, START
from langgraph_rust.graph._write import BRANCH_CHANNEL

if TYPE_CHECKING:
    from langgraph_rust.checkpoint.base import Checkpoint

_ABSENT = object()
_CURRENT_LAYOUT = 3


def migrate_checkpoint(
    checkpoint: Checkpoint, nodes: Iterable[str], edges: Iterable[Tuple[str, str]]
) -> None:
    """Rename the channels of an older checkpoint, in place.

    Args:
        checkpoint: Any checkpoint; one of the current layout is left alone.
        nodes: The names of the graph's nodes, START included.
        edges: The graph's plain edges.
    """
    versions = checkpoint["channel_versions"]
    if not versions or checkpoint["v"] >= _CURRENT_LAYOUT:
        return
    known = set(nodes)
    for channel, node in list(_find_branch_channels(versions)):
        if node in known:
            version = versions.pop(channel)
            _redirect(checkpoint, channel, version, node)
            _move_value(checkpoint, channel, node)
    if known.isdisjoint(versions):
        return
    targets: Dict[str, List[str]] = {}
    for start, end in edges:
        if start != START and end != END:
            targets.setdefault(start, []).append(end)
    for node in [name for name in versions if name in known and name != START]:
        _split_node_channel(checkpoint, node, targets.get(node, ()))


def _find_branch_channels(versions: Dict[str, Any]) -> Iterator[Tuple[str, str]]:
    """Yield the channels of edges from START, then those of branches, each with its target."""
    for channel in versions:
        if channel.startswith("start:"):
            yield channel, channel.split(":")[1]
    for channel in versions:
        if channel.startswith("branch:") and channel.count(":") == 3:
            yield channel, channel.split(":")[-1]


def _redirect(checkpoint: Checkpoint, channel: str, version: Any, node: str) -> None:
    """Carry a channel's version, and who has seen it, over to the channel of `node`."""
    target = BRANCH_CHANNEL.format(node)
    versions, seen = checkpoint["channel_versions"], checkpoint["versions_seen"]
    _raise_to(versions, target, version)
    for reader in (node, INTERRUPT):
        marks = seen.get(reader)
        if marks and channel in marks:
            _raise_to(marks, target, marks.pop(channel))


def _raise_to(versions: Dict[str, Any], channel: str, version: Any) -> None:
    versions[channel] = max(versions[channel], version) if channel in versions else version


def _move_value(checkpoint: Checkpoint, channel: str, node: str) -> None:
    values = checkpoint["channel_values"]
    target = BRANCH_CHANNEL.format(node)
    if target not in values and channel in values:
        values[target] = values.pop(channel)


def _split_node_channel(checkpoint: Checkpoint, source: str, targets: Iterable[str]) -> None:
    """Replace the channel named like `source` by one for each node an edge leads to."""
    values = checkpoint["channel_values"]
    version = checkpoint["channel_versions"].pop(source)
    value = values.pop(source, _ABSENT)
    for node in targets:
        _redirect(checkpoint, source, version, node)
        if value is not _ABSENT:
            values.setdefault(BRANCH_CHANNEL.format(node), value)
    checkpoint["versions_seen"].get(INTERRUPT, {}).pop(source, None)
