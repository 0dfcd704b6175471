"""Takes an object that msgpack has no form for apart: an extension code and plain parts.

The codec asks here for what it does not know by itself. The order of the questions is part
of the format: an object that answers two of them is written in the form of the first.
"""

from __future__ import annotations

import sys
from typing import Any, Callable

from langgraph_rust.checkpoint.serde._ext import (
    EXT_CONSTRUCTOR_KW_ARGS,
    EXT_CONSTRUCTOR_POS_ARGS,
    EXT_CONSTRUCTOR_SINGLE_ARG,
    EXT_DELTA_SNAPSHOT,
    EXT_METHOD_SINGLE_ARG,
    EXT_NUMPY_ARRAY,
    EXT_PYDANTIC_V1,
    EXT_PYDANTIC_V2,
)
from langgraph_rust.checkpoint.serde.types import SendProtocol, _DeltaSnapshot


def reduce_value(obj: Any) -> Any:
    """Return `(code, parts)` for an extension, or a string to write in the object's place.

    Raises:
        TypeError: if no form is known for the object.
    """
    if isinstance(obj, _DeltaSnapshot):
        return EXT_DELTA_SNAPSHOT, obj.value
    for name, code, more in _BY_METHOD:
        method = getattr(obj, name, None)
        if callable(method):
            return code, _path(obj) + (method(),) + more
    for module, names, code, parts in _BY_CLASS:
        if _is_instance(obj, module, names):
            return code, parts(obj)
    if isinstance(obj, SendProtocol):
        return EXT_CONSTRUCTOR_POS_ARGS, _path(obj) + (_send_args(obj),)
    if hasattr(obj, "__dataclass_fields__"):
        return EXT_CONSTRUCTOR_KW_ARGS, _path(obj) + (_fields(obj),)
    if _is_instance(obj, "numpy", ("ndarray",)):
        return EXT_NUMPY_ARRAY, _array_parts(obj)
    if isinstance(obj, BaseException):
        return repr(obj)
    raise TypeError(f"Object of type {obj.__class__.__name__} is not serializable")


def _path(obj: Any) -> tuple[Any, ...]:
    cls = obj.__class__
    return cls.__module__, cls.__name__


def _is_instance(obj: Any, module: str, names: tuple[str, ...]) -> bool:
    """Whether `obj` is of one of these classes; a module not loaded has no instances."""
    loaded = sys.modules.get(module)
    return loaded is not None and isinstance(obj, tuple(getattr(loaded, name) for name in names))


def _with_path(payload: Callable[[Any], Any]) -> Callable[[Any], tuple[Any, ...]]:
    return lambda obj: _path(obj) + (payload(obj),)


def _time_kwargs(obj: Any) -> dict[str, Any]:
    names = ("hour", "minute", "second", "microsecond", "tzinfo", "fold")
    return {name: getattr(obj, name) for name in names}


def _send_args(obj: Any) -> tuple[Any, ...]:
    timeout = getattr(obj, "timeout", None)
    return (obj.node, obj.arg) if timeout is None else (obj.node, obj.arg, timeout)


def _fields(obj: Any) -> dict[str, Any]:
    from dataclasses import fields

    return {field.name: getattr(obj, field.name) for field in fields(obj)}


def _array_parts(array: Any) -> tuple[Any, ...]:
    flags = array.flags
    order = "F" if flags.f_contiguous and not flags.c_contiguous else "C"
    content = memoryview(array) if flags.c_contiguous else array.tobytes(order="A")
    return array.dtype.str, array.shape, order, content


# (method, code, what follows the payload)
_BY_METHOD: tuple[tuple[str, int, tuple[str, ...]], ...] = (
    ("model_dump", EXT_PYDANTIC_V2, ("model_validate_json",)),
    ("get_secret_value", EXT_CONSTRUCTOR_SINGLE_ARG, ()),
    ("dict", EXT_PYDANTIC_V1, ()),
    ("_asdict", EXT_CONSTRUCTOR_KW_ARGS, ()),
)

_text = _with_path(str)

# (module, classes, code, parts)
_BY_CLASS: tuple[tuple[str, tuple[str, ...], int, Callable[[Any], tuple[Any, ...]]], ...] = (
    ("pathlib", ("Path",), EXT_CONSTRUCTOR_POS_ARGS, _with_path(lambda path: path.parts)),
    (
        "re",
        ("Pattern",),
        EXT_CONSTRUCTOR_POS_ARGS,
        lambda obj: ("re", "compile", (obj.pattern, obj.flags)),
    ),
    ("uuid", ("UUID",), EXT_CONSTRUCTOR_SINGLE_ARG, _with_path(lambda uuid: uuid.hex)),
    ("decimal", ("Decimal",), EXT_CONSTRUCTOR_SINGLE_ARG, _text),
    ("builtins", ("set", "frozenset"), EXT_CONSTRUCTOR_SINGLE_ARG, _with_path(tuple)),
    ("collections", ("deque",), EXT_CONSTRUCTOR_SINGLE_ARG, _with_path(tuple)),
    (
        "ipaddress",
        ("IPv4Address", "IPv4Interface", "IPv4Network"),
        EXT_CONSTRUCTOR_SINGLE_ARG,
        _text,
    ),
    (
        "ipaddress",
        ("IPv6Address", "IPv6Interface", "IPv6Network"),
        EXT_CONSTRUCTOR_SINGLE_ARG,
        _text,
    ),
    (
        "datetime",
        ("datetime",),
        EXT_METHOD_SINGLE_ARG,
        lambda obj: _path(obj) + (obj.isoformat(), "fromisoformat"),
    ),
    (
        "datetime",
        ("timedelta",),
        EXT_CONSTRUCTOR_POS_ARGS,
        _with_path(lambda delta: (delta.days, delta.seconds, delta.microseconds)),
    ),
    (
        "datetime",
        ("date",),
        EXT_CONSTRUCTOR_POS_ARGS,
        _with_path(lambda day: (day.year, day.month, day.day)),
    ),
    ("datetime", ("time",), EXT_CONSTRUCTOR_KW_ARGS, _with_path(_time_kwargs)),
    (
        "datetime",
        ("timezone",),
        EXT_CONSTRUCTOR_POS_ARGS,
        _with_path(lambda zone: zone.__getinitargs__()),
    ),
    ("zoneinfo", ("ZoneInfo",), EXT_CONSTRUCTOR_SINGLE_ARG, _with_path(lambda zone: zone.key)),
    ("enum", ("Enum",), EXT_CONSTRUCTOR_SINGLE_ARG, _with_path(lambda member: member.value)),
)
