"""Msgpack, as a checkpoint stores it: the engine's codec."""

from __future__ import annotations

try:
    from langgraph_rust._engine import msgpack_pack as pack
    from langgraph_rust._engine import msgpack_unpack as unpack
except ImportError:  # an engine built before it had the codec
    from langgraph_rust.checkpoint.serde._plain_codec import pack, unpack

__all__ = ["pack", "unpack"]
