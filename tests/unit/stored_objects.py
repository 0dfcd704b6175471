"""Objects of every kind that a checkpoint stores, by name; their bytes as LangGraph writes them
are in tests/vectors/stored_objects.json.

Made anew by a Python that has LangGraph installed:
    python tests/unit/stored_objects.py > tests/vectors/stored_objects.json
"""

from __future__ import annotations

import collections
import dataclasses
import datetime
import decimal
import enum
import ipaddress
import json
import pathlib
import re
import sys
import uuid
from typing import Any, NamedTuple

NOON = datetime.datetime(2024, 4, 19, 12, 4, 57, 51022)
PLUS_TWO = datetime.timezone(datetime.timedelta(hours=2), "plus two")


class Color(enum.Enum):
    RED = "red"


class Level(enum.IntEnum):
    HIGH = 3


class Word(str, enum.Enum):
    YES = "yes"


class Point(NamedTuple):
    x: int
    y: Any = None


@dataclasses.dataclass
class Node:
    value: Any
    next: Any = None


@dataclasses.dataclass(frozen=True)
class Packet:
    """Looks like a send."""

    node: str
    arg: Any


class Text(str):
    pass


class Rows(list):
    pass


def plain():
    """Of msgpack's own types."""
    edges = [0, 31, 32, 127, 128, 255, 256, 65535, 65536, 2**31, 2**32 - 1, 2**32, 2**63 - 1]
    return {
        "none": [None],
        "bools": [True, False],
        "ints": [n for edge in edges for n in (edge, -edge, -edge - 1)] + [2**64 - 1],
        "floats": [0.0, -0.0, 1.5, 1e300, float("inf")],
        "strings": ["", "a" * 31, "a" * 32, "a" * 255, "a" * 256, "a" * 65536, "é日😀\x00"],
        "surrogates": ["a\ud800b"],
        "bytes": [b"", b"a" * 255, b"a" * 256, bytearray(b"ab"), memoryview(b"abc")],
        "arrays": [[], [0] * 15, [0] * 16, [0] * 65536, (), (1, (2,))],
        "maps": [{}, dict.fromkeys(range(15)), dict.fromkeys(range(16)), {"a": {"b": [None]}}],
        "derived": [Text("x"), Rows([1]), collections.OrderedDict(b=1, a=2)],
        "keys": [{1: 1, None: 2, 2.5: 3, b"x": 4, (1, ("a", None)): 5, Text("t"): 6, -7: 8}],
        "keys written as text": [
            {
                NOON: 1,
                NOON.date(): 2,
                NOON.time(): 3,
                uuid.UUID(int=5): 4,
                Color.RED: 5,
                Level.HIGH: 6,
            }
        ],
    }


def standard():
    """Of the standard library, and what is derived from it."""
    return {
        "sets": [{1}, frozenset([2]), collections.deque([1, 2])],
        "ids": [uuid.UUID(int=7)],
        "numbers": [decimal.Decimal("1.10")],
        "addresses": [
            ipaddress.ip_address("1.2.3.4"),
            ipaddress.ip_interface("10.0.0.1/8"),
            ipaddress.ip_network("10.0.0.0/8"),
            ipaddress.ip_address("::1"),
            ipaddress.ip_interface("::1/64"),
            ipaddress.ip_network("::/64"),
        ],
        "times": [
            NOON,
            NOON.replace(tzinfo=datetime.timezone.utc),
            NOON.date(),
            NOON.time(),
            datetime.time(1, 2, 3, 4, PLUS_TWO, fold=1),
            datetime.timedelta(-1, 5, 7),
            datetime.timezone.utc,
            PLUS_TWO,
        ],
        "patterns": [re.compile("a.b", re.DOTALL), re.compile(b"x")],
        "paths": [pathlib.Path("/a", "b"), pathlib.Path("c")],
        "enums": [Color.RED, Level.HIGH, Word.YES],
        "tuples with names": [Point(1, [Point(2)])],
        "dataclasses": [Node(1, Node({"a": {1}})), Packet("next", {"a": 1})],
        "errors": [ValueError("wrong")],
    }


def langgraph(types, snapshot):
    """Of LangGraph itself."""
    return {
        "sends": [types.Send("node", {"a": 1}), types.Send("node", None, timeout=5)],
        "interrupts": [types.Interrupt(value="why", id="0" * 32)],
        "commands": [types.Command(update={"a": 1}, goto=[types.Send("b", 2)])],
        "overwrites": [types.Overwrite([1])],
        "snapshots": [snapshot([1, {2}])],
    }


def main() -> None:
    import stored_objects  # by its name: it is part of what is stored
    from langgraph import types
    from langgraph.checkpoint.serde.jsonplus import _msgpack_enc
    from langgraph.checkpoint.serde.types import _DeltaSnapshot

    groups = {
        "plain": stored_objects.plain(),
        "standard": stored_objects.standard(),
        "langgraph": stored_objects.langgraph(types, _DeltaSnapshot),
    }
    stored = {
        group: {
            name: [pack_short(_msgpack_enc(obj)) for obj in objects]
            for name, objects in kinds.items()
        }
        for group, kinds in groups.items()
    }
    json.dump(stored, sys.stdout, indent=1)
    print()


def pack_short(data: bytes) -> str:
    """Hexadecimal; long bytes by their length, their first ones and their digest."""
    import hashlib

    if len(data) <= 1000:
        return data.hex()
    return f"{len(data)}:{data[:16].hex()}:{hashlib.sha256(data).hexdigest()}"


if __name__ == "__main__":
    main()
