"""Tells the codec how instances of a class are written, so that it asks once and not each time.

The answers are exactly what `_reduce.reduce_value` and msgpack's own rules come to; where
that depends on the instance and not on its class alone, the answer is to ask each time.
"""

from __future__ import annotations

import sys
from typing import Any

from langgraph_rust.checkpoint.serde._ext import (
    EXT_CONSTRUCTOR_KW_ARGS,
    EXT_CONSTRUCTOR_POS_ARGS,
    EXT_CONSTRUCTOR_SINGLE_ARG,
    EXT_METHOD_SINGLE_ARG,
    EXT_PYDANTIC_V2,
)

# How the payload of an extension is made, or which form of msgpack's own is taken. The codec
# knows these numbers.
AS_STR, AS_INT, AS_LIST, AS_DICT = 1, 2, 3, 4
ITEMS = 5  # the items, as an array
TEXT = 6  # str()
ATTRIBUTE = 7  # one attribute
ISO_TIME = 8  # isoformat(), and the method that reads it
FIELDS = 9  # a map of attributes
SEND = 10  # node, arg, and the timeout if there is one
MODEL = 11  # a pydantic model's fields, if all values are plain

_NATIVE = ((str, AS_STR), (int, AS_INT), (list, AS_LIST), (dict, AS_DICT))

# Attributes that `reduce_value` asks for before anything else.
_ASKED_FIRST = ("model_dump", "get_secret_value", "dict", "_asdict")

# module -> class -> kind; these exact classes, not what is derived from them
_EXACT = {
    "builtins": {"set": ITEMS, "frozenset": ITEMS},
    "collections": {"deque": ITEMS},
    "decimal": {"Decimal": TEXT},
    "ipaddress": dict.fromkeys(
        (
            "IPv4Address",
            "IPv4Interface",
            "IPv4Network",
            "IPv6Address",
            "IPv6Interface",
            "IPv6Network",
        ),
        TEXT,
    ),
}


def describe(cls: type) -> tuple[int, int, str, str, Any] | None:
    """Return how instances of `cls` are written: kind, extension code, module, name, more.

    None means to ask `reduce_value` for each.
    """
    module, name = cls.__module__, cls.__name__
    enum = sys.modules.get("enum")
    is_enum = enum is not None and issubclass(cls, enum.Enum)
    if not is_enum:
        for base, kind in _NATIVE:
            if issubclass(cls, base):
                return kind, 0, module, name, None
    if _is(cls, "datetime", "datetime"):
        return ISO_TIME, EXT_METHOD_SINGLE_ARG, module, name, None
    if _is(cls, "uuid", "UUID"):
        return ATTRIBUTE, EXT_CONSTRUCTOR_SINGLE_ARG, module, name, "hex"
    exact = _EXACT.get(module, {}).get(name)
    if exact is not None and _is(cls, module, name):
        return exact, EXT_CONSTRUCTOR_SINGLE_ARG, module, name, None
    if hasattr(cls, "model_dump"):
        fields = _fields_of_model(cls)
        return None if fields is None else (MODEL, EXT_PYDANTIC_V2, module, name, fields)
    if cls.__getattribute__ is not object.__getattribute__ and not issubclass(cls, tuple):
        return None
    # Looked for in the classes alone: the class of enums has one, its members do not.
    if any("__getattr__" in base.__dict__ for base in cls.__mro__) or not isinstance(module, str):
        return None
    if hasattr(cls, "_asdict"):
        names = _fields_of_namedtuple(cls)
        if names is None:
            return None
        return FIELDS, EXT_CONSTRUCTOR_KW_ARGS, module, name, names
    if any(hasattr(cls, asked) for asked in _ASKED_FIRST):
        return None
    if is_enum:
        return ATTRIBUTE, EXT_CONSTRUCTOR_SINGLE_ARG, module, name, "value"
    return _describe_plain(cls, module, name)


def _describe_plain(cls: type, module: str, name: str) -> tuple[int, int, str, str, Any] | None:
    """Of a class that is nothing but a dataclass or a send."""
    fields = _fields_of_dataclass(cls)
    slots = cls.__dict__.get("__slots__", ())
    if {"node", "arg"} <= set(fields or slots):
        if cls.__hash__ is None:
            return None
        return SEND, EXT_CONSTRUCTOR_POS_ARGS, module, name, None
    # Other bases may make it something that `reduce_value` takes for something else.
    if fields is None or any(base.__module__ in _BASES_WITH_FORMS for base in cls.__mro__):
        return None
    if set(_ASKED_FIRST) & set(fields) or hasattr(cls, "node") or hasattr(cls, "arg"):
        return None
    return FIELDS, EXT_CONSTRUCTOR_KW_ARGS, module, name, fields


_BASES_WITH_FORMS = {
    "pathlib",
    "pathlib._local",
    "re",
    "uuid",
    "decimal",
    "collections",
    "ipaddress",
    "datetime",
    "zoneinfo",
}


def _is(cls: type, module: str, name: str) -> bool:
    return getattr(sys.modules.get(module), name, None) is cls


def _fields_of_dataclass(cls: type) -> tuple[str, ...] | None:
    if not hasattr(cls, "__dataclass_fields__"):
        return None
    from dataclasses import fields

    return tuple(field.name for field in fields(cls))


def _fields_of_namedtuple(cls: type) -> tuple[str, ...] | None:
    """Of one whose `_asdict` is the one that all have, and that is not stored some other way."""
    from collections import namedtuple

    from langgraph_rust.checkpoint.serde.types import _DeltaSnapshot

    asdict: Any = getattr(cls, "_asdict", None)
    usual: Any = getattr(namedtuple("usual", ""), "_asdict")  # noqa: B009
    if issubclass(cls, _DeltaSnapshot) or any(hasattr(cls, asked) for asked in _ASKED_FIRST[:3]):
        return None
    if getattr(asdict, "__code__", None) is not usual.__code__:
        return None
    return tuple(cls._fields)  # type: ignore[attr-defined]


def _fields_of_model(cls: type) -> Any:
    from langgraph_rust.checkpoint.serde._models import describe_fields

    return describe_fields(cls)
