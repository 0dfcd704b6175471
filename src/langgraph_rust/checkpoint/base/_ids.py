"""Checkpoint ids: UUIDs of version 6, whose text sorts by time."""

from __future__ import annotations

import time
from os import urandom

# 100 ns intervals from the epoch of UUIDs, 1582-10-15, to that of Unix.
_UUID_EPOCH = 0x01B21DD213814000

_last_timestamp = 0


def draw_uuid6(node: int | None = None, clock_seq: int | None = None) -> int:
    """Return the next UUID as an integer; its timestamp is greater than any drawn before.

    Args:
        node: The last 48 bits; random if not given.
        clock_seq: The 14 bits before; random if not given.
    """
    global _last_timestamp
    timestamp = max(time.time_ns() // 100 + _UUID_EPOCH, _last_timestamp + 1)
    _last_timestamp = timestamp
    if clock_seq is None:
        clock_seq = int.from_bytes(urandom(2), "big")
    if node is None:
        node = int.from_bytes(urandom(6), "big")
    value = (timestamp >> 12 & 0xFFFFFFFFFFFF) << 80
    value |= (0x6000 | timestamp & 0x0FFF) << 64
    value |= (0x8000 | clock_seq & 0x3FFF) << 48
    return value | node & 0xFFFFFFFFFFFF


def draw_checkpoint_id(clock_seq: int | None = None) -> str:
    """Return a new checkpoint id; pass the superstep's number as `clock_seq`."""
    text = f"{draw_uuid6(None, clock_seq):032x}"
    return f"{text[:8]}-{text[8:12]}-{text[12:16]}-{text[16:20]}-{text[20:]}"
