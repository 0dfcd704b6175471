"""Graphs at their lowest level: nodes, channels, and the runs between them."""

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from langgraph_rust.pregel.main import NodeBuilder, Pregel
else:
    from langgraph_rust._internal._elsewhere import find_elsewhere

    __getattr__ = find_elsewhere(
        __name__, {"langgraph_rust.pregel.main": "NodeBuilder Pregel"}, "debug main protocol types"
    )

__all__ = ("Pregel", "NodeBuilder")
