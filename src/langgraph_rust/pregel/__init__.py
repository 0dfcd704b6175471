"""Graphs at their lowest level: nodes, channels, and the runs between them."""

from langgraph_rust.pregel.main import NodeBuilder, Pregel

__all__ = ("Pregel", "NodeBuilder")
