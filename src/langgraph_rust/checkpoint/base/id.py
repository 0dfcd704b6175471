"""UUIDs of version 6 as objects, and what reads the time out of versions 6 to 8."""

from __future__ import annotations

import uuid

from langgraph_rust._internal._home import pickled_at_home, settle
from langgraph_rust.checkpoint.base._ids import draw_uuid6


@pickled_at_home
class UUID(uuid.UUID):
    """A UUID that may be of version 6, 7 or 8 as well."""

    __slots__ = ()

    def __init__(
        self,
        hex: str | None = None,
        bytes: bytes | None = None,
        bytes_le: bytes | None = None,
        fields: tuple[int, int, int, int, int, int] | None = None,
        int: int | None = None,
        version: int | None = None,
        *,
        is_safe: uuid.SafeUUID = uuid.SafeUUID.unknown,
    ) -> None:
        others = (hex, bytes, bytes_le, fields)
        if int is None or version is None or others.count(None) != len(others):
            super().__init__(hex, bytes, bytes_le, fields, int, version, is_safe=is_safe)
            return
        if not 0 <= int < 1 << 128:
            raise ValueError("int is out of range (need a 128-bit value)")
        if not 6 <= version <= 8:
            raise ValueError("illegal version number")
        variant, number = 0x8000 << 48, version << 76
        super().__init__(
            int=int & ~(0xC000 << 48) & ~(0xF000 << 64) | variant | number, is_safe=is_safe
        )

    @property
    def subsec(self) -> int:
        """The 20 bits below the second, in version 8."""
        return ((self.int >> 64) & 0x0FFF) << 8 | ((self.int >> 54) & 0xFF)

    @property
    def time(self) -> int:
        """The timestamp: 100 ns since 1582 in version 6, ms since 1970 in 7, µs in 8."""
        if self.version == 6:
            return self.time_low << 28 | self.time_mid << 12 | self.time_hi_version & 0x0FFF
        if self.version == 7:
            return self.int >> 80
        if self.version == 8:
            return (self.int >> 80) * 10**6 + _subsec_decode(self.subsec)
        return super().time


def _subsec_decode(value: int) -> int:
    """20 bits of a second as microseconds, rounded up."""
    return -(-value * 10**6 // 2**20)


def uuid6(node: int | None = None, clock_seq: int | None = None) -> UUID:
    """Return a new UUID of version 6: like version 1, with the time in an order that sorts.

    Args:
        node: The last 48 bits; random if not given.
        clock_seq: 14 bits to tell apart what has the same time; random if not given.
    """
    return UUID(int=draw_uuid6(node, clock_seq), version=6)


settle("langgraph.checkpoint.base.id", UUID, uuid6)
