"""Tells the codec how instances of a class are written, so that it asks once and not each time.

The answers are exactly what `_reduce.reduce_value` and msgpack's own rules come to; where
that depends on the instance and not on its class alone, the answer is to ask each time.
"""

from __future__ import annotations

import sys
from typing import Any, NamedTuple

from langgraph_rust.checkpoint.serde._ext import (
    EXT_CONSTRUCTOR_KW_ARGS,
    EXT_CONSTRUCTOR_POS_ARGS,
    EXT_CONSTRUCTOR_SINGLE_ARG,
    EXT_PYDANTIC_V2,
)
from langgraph_rust.checkpoint.serde._reduce import BY_CLASS, BY_METHOD, Form

# How the payload of an extension is made, or which form of msgpack's own is taken. The codec
# knows these numbers.
AS_STR, AS_INT, AS_LIST, AS_DICT = 1, 2, 3, 4
ITEMS = 5  # the items, as an array
TEXT = 6  # str()
ATTRIBUTE = 7  # one attribute
CALLED = 8  # what a function makes of it
FIELDS = 9  # a map of attributes
SEND = 10  # node, arg, and the timeout if there is one
MODEL = 11  # a pydantic model's fields, if the dump only copies them
RESULT = 12  # what a method gives


class Kind(NamedTuple):
    """How instances of a class are written; the codec reads it by place.

    `needs` is what the kind needs, `more` follows the payload, `atomic` tells that the dump of a
    pydantic model leaves such a value as it is.
    """

    number: int
    code: int = 0
    path: tuple[str, ...] = ()
    needs: Any = None
    more: tuple[str, ...] = ()
    atomic: bool = False


_NATIVE = ((str, AS_STR), (int, AS_INT), (list, AS_LIST), (dict, AS_DICT))

# Payloads that the codec makes without a function of ours.
_FASTER = {
    "UUID": (ATTRIBUTE, "hex"),
    "datetime": (RESULT, "isoformat"),
    "timezone": (RESULT, "__getinitargs__"),
    "Decimal": (TEXT, None),
    "set": (ITEMS, None),
    "frozenset": (ITEMS, None),
    "deque": (ITEMS, None),
}

# Not copied by a dump.
_CONTAINERS = ("set", "frozenset", "deque")


def describe(cls: type) -> Kind | None:
    """Return how instances of `cls` are written; None means to ask `reduce_value` for each."""
    path = (cls.__module__, cls.__name__)
    enum = sys.modules.get("enum")
    is_enum = enum is not None and issubclass(cls, enum.Enum)
    if not is_enum:
        for base, number in _NATIVE:
            if issubclass(cls, base):
                return Kind(number)
    form = _find_form(cls)
    if form is not None:
        number, needs = _FASTER.get(cls.__name__, (CALLED, form.payload))
        atomic = cls.__name__ not in _CONTAINERS
        return Kind(number, form.code, form.path or path, needs, form.more, atomic)
    if hasattr(cls, "model_dump"):
        fields = _fields_of_model(cls)
        if fields is None:
            return None
        return Kind(MODEL, EXT_PYDANTIC_V2, path, fields, ("model_validate_json",))
    if not all(isinstance(name, str) for name in path) or _looks_up_names(cls):
        return None
    if hasattr(cls, "_asdict"):
        names = _fields_of_namedtuple(cls)
        return None if names is None else Kind(FIELDS, EXT_CONSTRUCTOR_KW_ARGS, path, names)
    if any(hasattr(cls, method) for method, *_ in BY_METHOD):
        return None
    if is_enum:
        return Kind(ATTRIBUTE, EXT_CONSTRUCTOR_SINGLE_ARG, path, "value", atomic=True)
    return _describe_plain(cls, path)


def _find_form(cls: type) -> Form | None:
    """The form of a class of the standard library; one derived from it may behave otherwise."""
    for form in BY_CLASS:
        if cls in form.classes() or form.module == "pathlib" and _is_path(cls):
            # A member of an enum is of a class derived from it.
            return form
    return None


def _is_path(cls: type) -> bool:
    pathlib = sys.modules.get("pathlib")
    names = ("PosixPath", "WindowsPath")
    return any(cls is getattr(pathlib, name, None) for name in names)


def _looks_up_names(cls: type) -> bool:
    """Whether instances may have attributes that their class does not show."""
    # Looked for in the classes alone: the class of enums has one, its members do not.
    return any(
        name in base.__dict__
        for base in cls.__mro__
        if base.__module__ != "builtins"
        for name in ("__getattr__", "__getattribute__")
    )


def _describe_plain(cls: type, path: tuple[str, ...]) -> Kind | None:
    """Of a class that is nothing but a dataclass or a send."""
    fields = _fields_of_dataclass(cls)
    slots = cls.__dict__.get("__slots__", ())
    if {"node", "arg"} <= set(fields or slots):
        return None if cls.__hash__ is None else Kind(SEND, EXT_CONSTRUCTOR_POS_ARGS, path)
    # Other bases may make it something that `reduce_value` takes for something else.
    if fields is None or any(issubclass(cls, form.classes()) for form in BY_CLASS):
        return None
    asked = {method for method, *_ in BY_METHOD}
    if asked & set(fields) or hasattr(cls, "node") or hasattr(cls, "arg"):
        return None
    return Kind(FIELDS, EXT_CONSTRUCTOR_KW_ARGS, path, fields)


def _fields_of_dataclass(cls: type) -> tuple[str, ...] | None:
    if not hasattr(cls, "__dataclass_fields__"):
        return None
    from dataclasses import fields

    return tuple(field.name for field in fields(cls))


def _fields_of_namedtuple(cls: Any) -> tuple[str, ...] | None:
    """Of one whose `_asdict` is the one that all have, and that is not stored some other way."""
    from collections import namedtuple

    from langgraph_rust.checkpoint.serde.types import _DeltaSnapshot

    usual: Any = namedtuple("usual", "")
    if issubclass(cls, _DeltaSnapshot) or any(hasattr(cls, method) for method, *_ in BY_METHOD[:3]):
        return None
    if getattr(cls._asdict, "__code__", None) is not usual._asdict.__code__:
        return None
    return tuple(cls._fields)


def _fields_of_model(cls: type) -> Any:
    from langgraph_rust.checkpoint.serde._models import describe_fields

    return describe_fields(cls)
