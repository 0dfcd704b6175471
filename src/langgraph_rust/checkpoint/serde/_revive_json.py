"""Makes objects again from JSON checkpoints, the format before msgpack."""

from __future__ import annotations

from importlib import import_module
from inspect import isclass
from typing import Any

from langgraph_rust._internal._home import pickled_at_home, settle
from langgraph_rust.checkpoint.serde import _msgpack as _lg_msgpack
from langgraph_rust.checkpoint.serde._warn import find_logger


@pickled_at_home
class InvalidModuleError(Exception):
    """A class is not in the allowlist of JSON checkpoints."""

    def __init__(self, message: str):
        self.message = message


def is_envelope(value: dict[str, Any]) -> bool:
    """Whether the dict stands for an object that a serializer of ours wrote."""
    return (
        value.get("lc") == 2 and value.get("type") == "constructor" and value.get("id") is not None
    )


def is_safe(path: Any) -> bool:
    """Whether the class at this path needs no allowlist."""
    return len(path) >= 2 and (".".join(path[:-1]), path[-1]) in _lg_msgpack.SAFE_MSGPACK_TYPES


def check_allowed(path: Any, allowed: Any) -> None:
    """Raise `InvalidModuleError` unless the class at this path may be made."""
    needed = tuple(path)
    if is_safe(list(needed)) or allowed is True or (allowed and needed in allowed):
        return
    dotted = ".".join(needed)
    if not allowed:
        raise InvalidModuleError(
            f"Refused to deserialize JSON constructor: {dotted}. "
            "No allowed_json_modules configured.\n\n"
            "Unblock with ONE of:\n"
            f"  • JsonPlusSerializer(allowed_json_modules=[{needed!r}, ...])\n"
            "  • (DANGEROUS) JsonPlusSerializer(allowed_json_modules=True)\n\n"
            "Note: Prefix allowlists are intentionally unsupported; prefer exact symbols "
            "or plain-JSON representations revived without import-time side effects."
        )
    raise InvalidModuleError(
        f"Refused to deserialize JSON constructor: {dotted}. "
        "Symbol is not in the deserialization allowlist.\n\n"
        "Add exactly this symbol to unblock:\n"
        f"  JsonPlusSerializer(allowed_json_modules=[{needed!r}, ...])\n"
        "Or, as a last resort (DANGEROUS):\n"
        "  JsonPlusSerializer(allowed_json_modules=True)"
    )


def build(value: dict[str, Any]) -> Any:
    """Call the constructor that the envelope names; None if that fails, or makes an exception.

    An envelope's `method` is not looked at: a name from stored data must not choose
    which method of a class is called.
    """
    *module, name = value["id"]
    try:
        cls = getattr(import_module(".".join(module)), name)
        if isclass(cls) and issubclass(cls, BaseException):
            return None
        return cls(*(value.get("args") or ()), **(value.get("kwargs") or {}))
    except Exception as error:
        find_logger().warning(
            "Failed to revive lc:2 envelope %s (legacy_method_field=%s, error=%s); returning None",
            ".".join((*module, name)),
            "method" in value,
            type(error).__name__,
        )
        return None


def find_core_reviver() -> Any:
    """langchain-core's own reviver (of `lc: 1` dicts), or identity if it is not installed."""
    try:
        from langchain_core.load.load import Reviver
    except ImportError:
        return lambda value: value
    try:
        return Reviver(allowed_objects="core")
    except TypeError:  # before it took an allowlist
        return Reviver()


settle("langgraph.checkpoint.serde.jsonplus", InvalidModuleError)
