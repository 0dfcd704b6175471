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
    for name, code, more in BY_METHOD:
        method = getattr(obj, name, None)
        if callable(method):
            return code, _path(obj) + (method(),) + more
    for form in BY_CLASS:
        if form.fits(obj):
            return form.code, (form.path or _path(obj)) + (form.payload(obj),) + form.more
    # The protocol asks the same again, and more, but slowly.
    if hasattr(obj, "node") and hasattr(obj, "arg") and isinstance(obj, SendProtocol):
        return EXT_CONSTRUCTOR_POS_ARGS, _path(obj) + (_send_args(obj),)
    if hasattr(obj, "__dataclass_fields__"):
        return EXT_CONSTRUCTOR_KW_ARGS, _path(obj) + (_fields(obj),)
    if _ARRAYS.fits(obj):
        return EXT_NUMPY_ARRAY, _ARRAYS.payload(obj)
    if isinstance(obj, BaseException):
        return repr(obj)
    raise TypeError(f"Object of type {obj.__class__.__name__} is not serializable")


class Form:
    """How instances of some classes of a module are taken apart.

    Args:
        module: The module. One that is not loaded has no instances, and is not loaded for it.
        names: The classes.
        code: The extension.
        payload: What follows the path of the class, made of an instance.
        path: The path, if it is not that of the class.
        more: What follows the payload.
    """

    __slots__ = ("module", "names", "code", "payload", "path", "more", "_classes")

    def __init__(
        self,
        module: str,
        names: str,
        code: int,
        payload: Callable[[Any], Any],
        path: tuple[Any, ...] = (),
        more: tuple[Any, ...] = (),
    ) -> None:
        self.module = module
        self.names = names.split()
        self.code = code
        self.payload = payload
        self.path = path
        self.more = more
        self._classes: tuple[type, ...] = ()

    def classes(self) -> tuple[type, ...]:
        """The classes, as far as their module is loaded."""
        if not self._classes:
            loaded = sys.modules.get(self.module)
            found = tuple(getattr(loaded, name, None) for name in self.names)
            if None in found:
                return ()
            self._classes = found  # type: ignore[assignment]
        return self._classes

    def fits(self, obj: Any) -> bool:
        """Whether `obj` is an instance of one of the classes."""
        return isinstance(obj, self._classes or self.classes())


def _path(obj: Any) -> tuple[Any, ...]:
    cls = obj.__class__
    return cls.__module__, cls.__name__


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
BY_METHOD: tuple[tuple[str, int, tuple[str, ...]], ...] = (
    ("model_dump", EXT_PYDANTIC_V2, ("model_validate_json",)),
    ("get_secret_value", EXT_CONSTRUCTOR_SINGLE_ARG, ()),
    ("dict", EXT_PYDANTIC_V1, ()),
    ("_asdict", EXT_CONSTRUCTOR_KW_ARGS, ()),
)

_ONE, _ROW, _MAP = EXT_CONSTRUCTOR_SINGLE_ARG, EXT_CONSTRUCTOR_POS_ARGS, EXT_CONSTRUCTOR_KW_ARGS

BY_CLASS = (
    Form("pathlib", "Path", _ROW, lambda path: path.parts),
    Form("re", "Pattern", _ROW, lambda regex: (regex.pattern, regex.flags), ("re", "compile")),
    Form("uuid", "UUID", _ONE, lambda uuid: uuid.hex),
    Form("decimal", "Decimal", _ONE, str),
    Form("builtins", "set frozenset", _ONE, tuple),
    Form("collections", "deque", _ONE, tuple),
    Form("ipaddress", "IPv4Address IPv4Interface IPv4Network", _ONE, str),
    Form("ipaddress", "IPv6Address IPv6Interface IPv6Network", _ONE, str),
    Form(
        "datetime",
        "datetime",
        EXT_METHOD_SINGLE_ARG,
        lambda moment: moment.isoformat(),
        more=("fromisoformat",),
    ),
    Form(
        "datetime",
        "timedelta",
        _ROW,
        lambda delta: (delta.days, delta.seconds, delta.microseconds),
    ),
    Form("datetime", "date", _ROW, lambda day: (day.year, day.month, day.day)),
    Form("datetime", "time", _MAP, _time_kwargs),
    Form("datetime", "timezone", _ROW, lambda zone: zone.__getinitargs__()),
    Form("zoneinfo", "ZoneInfo", _ONE, lambda zone: zone.key),
    Form("enum", "Enum", _ONE, lambda member: member.value),
)

_ARRAYS = Form("numpy", "ndarray", EXT_NUMPY_ARRAY, _array_parts)
