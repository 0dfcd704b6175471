"""Warnings about types in stored data: one a type, as long as the process lives."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from logging import Logger

# Types may be made on the fly: past this number nothing is remembered, and nothing is said.
_MAX_WARNED_TYPES = 1000

_warned_unregistered_types: set[tuple[str, str]] = set()
_warned_blocked_types: set[tuple[str, str]] = set()
_warned_unreconstructable_types: set[tuple[str, str]] = set()


def find_logger() -> Logger:
    """The logger of the serializer, by the name that users filter on."""
    from logging import getLogger

    return getLogger("langgraph.checkpoint.serde.jsonplus")


def _warn_once(seen: set[tuple[str, str]], key: tuple[str, str], msg: str, *args: object) -> None:
    if key in seen or len(seen) >= _MAX_WARNED_TYPES:
        return
    seen.add(key)
    find_logger().warning(msg, *args)


def warn_unregistered(module: str, name: str) -> None:
    """Say that a type outside the allowlist was made all the same."""
    _warn_once(
        _warned_unregistered_types,
        (module, name),
        "Deserializing unregistered type %s.%s from checkpoint. "
        "This will be blocked in a future version. "
        "Set LANGGRAPH_STRICT_MSGPACK=true to block now, or add "
        "to allowed_msgpack_modules to allow explicitly: [(%r, %r)]",
        module,
        name,
        module,
        name,
    )


def warn_blocked(module: str, name: str) -> None:
    """Say that a type outside the allowlist was not made."""
    _warn_once(
        _warned_blocked_types,
        (module, name),
        "Blocked deserialization of %s.%s - not in allowed_msgpack_modules. "
        "Add to allowed_msgpack_modules to allow: [(%r, %r)]",
        module,
        name,
        module,
        name,
    )


def warn_method_blocked(module: str, name: str, method: str) -> None:
    """Say that a method was not called. Said each time."""
    find_logger().warning(
        "Blocked deserialization of method call %s.%s.%s - not in allowed methods set.",
        module,
        name,
        method,
    )


def warn_unreconstructable(module: object, name: object, error: str) -> None:
    """Say that an object could not be made again, and its parts stand in for it."""
    _warn_once(
        _warned_unreconstructable_types,
        (str(module), str(name)),
        "Could not reconstruct %s.%s from checkpoint (%s); returning its serialized data instead.",
        module,
        name,
        error,
    )
