"""Msgpack, as a checkpoint stores it."""

from __future__ import annotations

import struct
import sys
from typing import Any, Callable

from langgraph_rust.checkpoint.serde._reduce import reduce_value

ENCODE_DEPTH = 255
DECODE_DEPTH = 1022


def pack(obj: Any) -> bytes:
    """Encode an object.

    Raises:
        TypeError: if something in it has no form in msgpack.
    """
    out = bytearray()
    _write(out, obj, 0)
    return bytes(out)


def _write_int(out: bytearray, n: int) -> None:
    if -32 <= n < 128:
        out.append(n & 0xFF)
    elif n > 0:
        for top, first, fmt in ((0xFF, 0xCC, "B"), (0xFFFF, 0xCD, "H"), (2**32 - 1, 0xCE, "I"), (2**64 - 1, 0xCF, "Q")):
            if n <= top:
                out += struct.pack(">B" + fmt, first, n)
                return
        raise TypeError("Integer exceeds 64-bit range")
    else:
        for low, first, fmt in ((-0x80, 0xD0, "b"), (-0x8000, 0xD1, "h"), (-(2**31), 0xD2, "i"), (-(2**63), 0xD3, "q")):
            if n >= low:
                out += struct.pack(">B" + fmt, first, n)
                return
        raise TypeError("Integer exceeds 64-bit range")


def _len_head(out: bytearray, n: int, codes: tuple[int, int, int]) -> None:
    if n <= 0xFF and codes[0]:
        out += struct.pack(">BB", codes[0], n)
    elif n <= 0xFFFF:
        out += struct.pack(">BH", codes[1], n)
    else:
        out += struct.pack(">BI", codes[2], n)


def _write(out: bytearray, obj: Any, depth: int) -> None:
    kind = type(obj)
    enum = sys.modules.get("enum")
    is_enum = enum is not None and isinstance(obj, enum.Enum)
    if obj is None:
        out.append(0xC0)
    elif obj is True or obj is False:
        out.append(0xC3 if obj else 0xC2)
    elif isinstance(obj, int) and not is_enum:
        _write_int(out, int(obj))
    elif kind is float:
        out += struct.pack(">Bd", 0xCB, obj)
    elif isinstance(obj, str) and not is_enum:
        raw = str.__str__(obj).encode("utf-8", "replace")
        if len(raw) < 32:
            out.append(0xA0 | len(raw))
        else:
            _len_head(out, len(raw), (0xD9, 0xDA, 0xDB))
        out += raw
    elif kind in (bytes, bytearray, memoryview):
        if kind is memoryview and not obj.c_contiguous:
            raise TypeError("Failed to get buffer from memoryview")
        raw = bytes(obj)
        _len_head(out, len(raw), (0xC4, 0xC5, 0xC6))
        out += raw
    elif kind is tuple or (isinstance(obj, list) and not is_enum):
        if depth >= ENCODE_DEPTH:
            raise TypeError("Recursion limit reached")
        if len(obj) < 16:
            out.append(0x90 | len(obj))
        else:
            _len_head(out, len(obj), (0, 0xDC, 0xDD))
        for item in obj:
            _write(out, item, depth + 1)
    elif isinstance(obj, dict) and not is_enum:
        if depth >= ENCODE_DEPTH:
            raise TypeError("Recursion limit reached")
        if len(obj) < 16:
            out.append(0x80 | len(obj))
        else:
            _len_head(out, len(obj), (0, 0xDE, 0xDF))
        for key, value in obj.items():
            _write_key(out, key, depth)
            _write(out, value, depth + 1)
    else:
        _write_reduced(out, obj, depth)


def _write_ext(out: bytearray, code: int, data: bytes) -> None:
    if len(data) in (1, 2, 4, 8, 16):
        out.append(0xD4 + (1, 2, 4, 8, 16).index(len(data)))
    else:
        _len_head(out, len(data), (0xC7, 0xC8, 0xC9))
    out.append(code)
    out += data


def _write_reduced(out: bytearray, obj: Any, depth: int) -> None:
    try:
        reduced = reduce_value(obj)
        if not isinstance(reduced, str):
            data = pack(reduced[1])
    except Exception as error:
        raise TypeError(f"Type is not msgpack serializable: {type(obj).__name__}") from error
    if isinstance(reduced, str):
        _write(out, reduced, depth)
    else:
        _write_ext(out, reduced[0], data)


def _write_key(out: bytearray, key: Any, depth: int) -> None:
    kind = type(key)
    enum = sys.modules.get("enum")
    if enum is not None and isinstance(key, enum.Enum):
        return _write_key(out, key.value, depth)
    if isinstance(key, str):
        raw = str.__str__(key)
        try:
            raw.encode()
        except UnicodeEncodeError:
            raise TypeError("string contains surrogates") from None
        return _write(out, raw, depth)
    if key is None or isinstance(key, int) or kind in (float, bytes, memoryview):
        return _write(out, key, depth)
    if kind is tuple:
        if len(key) < 16:
            out.append(0x90 | len(key))
        else:
            _len_head(out, len(key), (0, 0xDC, 0xDD))
        for item in key:
            _write_key(out, item, depth)
        return None
    datetime = sys.modules.get("datetime")
    if datetime is not None and kind in (datetime.datetime, datetime.date, datetime.time):
        if kind is datetime.time and key.tzinfo is not None:
            raise TypeError("datetime.time must not have tzinfo set")
        return _write(out, key.isoformat(), depth)
    uuid = sys.modules.get("uuid")
    if uuid is not None and kind is uuid.UUID:
        return _write(out, str(key), depth)
    raise TypeError("Dict key must a type serializable with OPT_NON_STR_KEYS")


def unpack(data: Any, hook: Callable[[int, bytes], Any]) -> Any:
    """Decode one object; `hook` makes a value of each extension.

    Raises:
        ValueError: if the bytes are no msgpack, or the hook fails.
    """
    if not isinstance(data, (bytes, bytearray, memoryview)):
        raise ValueError("Input must be bytes, bytearray, memoryview")
    return _Reader(bytes(data), hook).read(0)


class _Reader:
    def __init__(self, data: bytes, hook: Callable[[int, bytes], Any]) -> None:
        self.data = data
        self.at = 0
        self.hook = hook

    def take(self, n: int) -> bytes:
        if self.at + n > len(self.data):
            raise ValueError("unexpected end of file")
        self.at += n
        return self.data[self.at - n : self.at]

    def number(self, fmt: str) -> Any:
        return struct.unpack(">" + fmt, self.take(struct.calcsize(">" + fmt)))[0]

    def text(self, n: int) -> str:
        try:
            return self.take(n).decode()
        except UnicodeDecodeError:
            raise ValueError("invalid UTF-8 string") from None

    def items(self, n: int, depth: int, key: bool = False) -> list:
        if depth >= DECODE_DEPTH:
            raise ValueError("Recursion limit reached")
        if n > len(self.data):
            raise ValueError("unexpected end of file")
        return [self.read(depth + 1, key) for _ in range(n)]

    def map(self, n: int, depth: int, head: int, key: bool) -> dict:
        if key:
            raise ValueError(f"invalid type {head}")
        if depth >= DECODE_DEPTH:
            raise ValueError("Recursion limit reached")
        out = {}
        for _ in range(n):
            name = self.read(depth + 1, True)
            out[name] = self.read(depth + 1)
        return out

    def ext(self, n: int, head: int, key: bool) -> Any:
        if key:
            raise ValueError(f"invalid type {head}")
        code = self.number("b")
        data = self.take(n)
        try:
            return self.hook(code, data)
        except Exception as error:
            raise ValueError("ext_hook failed") from error

    def read(self, depth: int, key: bool = False) -> Any:
        head = self.take(1)[0]
        if head < 0x80:
            return head
        if head >= 0xE0:
            return head - 0x100
        if head < 0x90:
            return self.map(head & 0x0F, depth, head, key)
        if head < 0xA0:
            seq = self.items(head & 0x0F, depth, key)
            return tuple(seq) if key else seq
        if head < 0xC0:
            return self.text(head & 0x1F)
        if head in _CONSTANTS:
            return _CONSTANTS[head]
        if head in _NUMBERS:
            return self.number(_NUMBERS[head])
        if 0xD4 <= head <= 0xD8:
            return self.ext(1 << (head - 0xD4), head, key)
        if head not in _SIZED:
            raise ValueError("invalid type Reserved")
        family, fmt = _SIZED[head]
        n = self.number(fmt)
        if family == "bin":
            return self.take(n)
        if family == "str":
            return self.text(n)
        if family == "ext":
            return self.ext(n, head, key)
        if family == "map":
            return self.map(n, depth, head, key)
        seq = self.items(n, depth, key)
        return tuple(seq) if key else seq


_CONSTANTS = {0xC0: None, 0xC2: False, 0xC3: True}
_NUMBERS = dict(zip(range(0xCA, 0xD4), ("f", "d", "B", "H", "I", "Q", "b", "h", "i", "q")))
_SIZED = {
    0xC4: ("bin", "B"), 0xC5: ("bin", "H"), 0xC6: ("bin", "I"),
    0xC7: ("ext", "B"), 0xC8: ("ext", "H"), 0xC9: ("ext", "I"),
    0xD9: ("str", "B"), 0xDA: ("str", "H"), 0xDB: ("str", "I"),
    0xDC: ("seq", "H"), 0xDD: ("seq", "I"), 0xDE: ("map", "H"), 0xDF: ("map", "I"),
}
