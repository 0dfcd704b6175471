"""Msgpack written down plainly, to hold the engine's codec against.

It takes what `reduce_value` says of an object as given, and follows the format's text for the
rest: slow, and short enough to be read.
"""

from __future__ import annotations

import enum
import struct

from langgraph_rust.checkpoint.serde._reduce import reduce_value

# (greatest value, first byte, struct code)
UINTS = ((0xFF, 0xCC, "B"), (0xFFFF, 0xCD, "H"), (2**32 - 1, 0xCE, "I"), (2**64 - 1, 0xCF, "Q"))
INTS = ((2**7, 0xD0, "b"), (2**15, 0xD1, "h"), (2**31, 0xD2, "i"), (2**63, 0xD3, "q"))
SIZES = ((0xFF, "B"), (0xFFFF, "H"), (2**32 - 1, "I"))


def pack(obj):
    """Encode an object of plain types, or one that `reduce_value` knows."""
    if obj is None or isinstance(obj, bool):
        return {None: b"\xc0", False: b"\xc2", True: b"\xc3"}[obj]
    if isinstance(obj, enum.Enum):
        code, parts = reduce_value(obj)
        return pack_ext(code, pack(parts))
    if isinstance(obj, int):
        return pack_int(obj)
    if isinstance(obj, float):
        return struct.pack(">Bd", 0xCB, obj)
    if isinstance(obj, str):
        raw = obj.encode("utf-8", "replace")
        return sized(len(raw), 0xA0, 32, (0xD9, 0xDA, 0xDB)) + raw
    if isinstance(obj, (bytes, bytearray, memoryview)):
        return sized(len(obj), 0, 0, (0xC4, 0xC5, 0xC6)) + bytes(obj)
    if isinstance(obj, list) or type(obj) is tuple:
        return sized(len(obj), 0x90, 16, (None, 0xDC, 0xDD)) + b"".join(map(pack, obj))
    if isinstance(obj, dict):
        items = b"".join(pack(key) + pack(value) for key, value in obj.items())
        return sized(len(obj), 0x80, 16, (None, 0xDE, 0xDF)) + items
    reduced = reduce_value(obj)
    return pack(reduced) if isinstance(reduced, str) else pack_ext(reduced[0], pack(reduced[1]))


def pack_int(value):
    if -32 <= value < 128:
        return struct.pack("b", value)
    for edge, first, code in UINTS if value > 0 else INTS:
        if -edge <= value <= edge:
            return struct.pack(">B" + code, first, value)
    raise TypeError("Integer exceeds 64-bit range")


def pack_ext(code, payload):
    if len(payload) in (1, 2, 4, 8, 16):
        head = bytes([0xD4 + (1, 2, 4, 8, 16).index(len(payload))])
    else:
        head = sized(len(payload), 0, 0, (0xC7, 0xC8, 0xC9))
    return head + bytes([code]) + payload


def sized(length, short, limit, firsts):
    """The head of something with a length: in one byte below `limit`, else in the smallest form."""
    if length < limit:
        return bytes([short | length])
    for (edge, code), first in zip(SIZES, firsts):
        if first is not None and length <= edge:
            return struct.pack(">B" + code, first, length)
    raise TypeError("too long")
