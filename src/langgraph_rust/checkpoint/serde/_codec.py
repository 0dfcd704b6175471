"""Msgpack, as a checkpoint stores it: the engine's codec."""

from __future__ import annotations

from langgraph_rust._engine import dumps_typed
from langgraph_rust._engine import msgpack_pack as pack
from langgraph_rust._engine import msgpack_unpack as unpack

__all__ = ["dumps_typed", "pack", "unpack"]
