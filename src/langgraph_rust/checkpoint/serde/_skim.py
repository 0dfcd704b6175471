"""Finds where msgpack bytes stop making sense. Slow, and only for telling what is damaged."""

from __future__ import annotations

from typing import Any, List, Tuple

# How many bytes announce a length, by the first byte; and of what the length is.
_SIZED = {
    **{0xC4 + place: ("bin", 1 << place) for place in range(3)},
    **{0xC7 + place: ("ext", 1 << place) for place in range(3)},
    **{0xD9 + place: ("str", 1 << place) for place in range(3)},
    0xDC: ("list", 2),
    0xDD: ("list", 4),
    0xDE: ("map", 2),
    0xDF: ("map", 4),
}
# Values of a fixed size: nil, booleans, floats, integers, and small extensions with their code.
_FIXED = {0xC0: 0, 0xC2: 0, 0xC3: 0, 0xCA: 4, 0xCB: 8}
_FIXED.update((0xCC + place, 1 << place) for place in range(4))
_FIXED.update((0xD0 + place, 1 << place) for place in range(4))
_FIXED.update((0xD4 + place, 1 + (1 << place)) for place in range(5))


class _Broken(Exception):
    pass


def path_of_break(content: bytes) -> List[Any]:
    """Return the keys and places on the way to the value at which decoding fails."""
    path: List[Any] = []
    try:
        _skip(content, 0, path)
    except (_Broken, RecursionError):
        pass
    return path


def _skip(content: bytes, start: int, path: List[Any]) -> int:
    """Return the end of the value at `start`; on failure, `path` leads there."""
    kind, length, at = _head(content, start)
    if kind == "map":
        for _ in range(length):
            # A key that is no plain text is named by its place.
            begin, at = at, _skip(content, at, path)
            path.append(_text(content, begin, at))
            at = _skip(content, at, path)
            path.pop()
        return at
    if kind == "list":
        for place in range(length):
            path.append(place)
            at = _skip(content, at, path)
            path.pop()
        return at
    end = at + length
    if end > len(content):
        raise _Broken
    if kind == "str":
        try:
            content[at:end].decode()
        except UnicodeDecodeError as error:
            raise _Broken from error
    return end


def _head(content: bytes, start: int) -> Tuple[str, int, int]:
    """Return form, length and place of what follows the first byte."""
    if start >= len(content):
        raise _Broken
    first, at = content[start], start + 1
    if first <= 0x7F or first >= 0xE0:
        return "fixed", 0, at
    if first <= 0x8F:
        return "map", first & 0x0F, at
    if first <= 0x9F:
        return "list", first & 0x0F, at
    if first <= 0xBF:
        return "str", first & 0x1F, at
    if first in _FIXED:
        return "fixed", _FIXED[first], at
    if first not in _SIZED:
        raise _Broken
    kind, size = _SIZED[first]
    end = at + size
    length = int.from_bytes(content[at:end], "big")
    if end > len(content):
        raise _Broken
    # The length of an extension leaves out its code.
    return kind, length + (kind == "ext"), end


def _text(content: bytes, start: int, end: int) -> Any:
    kind, length, at = _head(content, start)
    return content[at:end].decode() if kind == "str" else start
