"""Which types a checkpoint may name: the safe ones, and whether others are let through."""

from __future__ import annotations

import os
from typing import FrozenSet, Iterable, Tuple, Union, cast

STRICT_MSGPACK_ENABLED = os.getenv("LANGGRAPH_STRICT_MSGPACK", "false").lower() in (
    "1",
    "true",
    "yes",
)

# Stands for "not given": None and True both mean something as an allowlist.
_SENTINEL = cast(None, object())


def _members(module: str, *names: str) -> set[tuple[str, ...]]:
    return {(module, name) for name in names}


def _messages(module: str, *names: str) -> set[tuple[str, ...]]:
    module = f"langchain_core.messages.{module}"
    return {(module, name + part) for name in names for part in ("", "Chunk")}


# pathlib's classes live in pathlib._local on 3.13.
_PATHS = ("Path", "PosixPath", "WindowsPath")

SAFE_MSGPACK_TYPES: FrozenSet[Tuple[str, ...]] = frozenset(
    _members("datetime", "datetime", "date", "time", "timedelta", "timezone")
    | _members("uuid", "UUID")
    | _members("decimal", "Decimal")
    | _members("builtins", "set", "frozenset")
    | _members("collections", "deque")
    | _members("ipaddress", "IPv4Address", "IPv4Interface", "IPv4Network")
    | _members("ipaddress", "IPv6Address", "IPv6Interface", "IPv6Network")
    | _members("pathlib", *_PATHS)
    | _members("pathlib._local", *_PATHS)
    | _members("zoneinfo", "ZoneInfo")
    | _members("re", "compile")
    | _messages("base", "BaseMessage")
    | _messages("human", "HumanMessage")
    | _messages("ai", "AIMessage")
    | _messages("system", "SystemMessage")
    | _messages("chat", "ChatMessage")
    | _messages("tool", "ToolMessage")
    | _messages("function", "FunctionMessage")
    | _members("langchain_core.messages.modifier", "RemoveMessage")
    | _members("langchain_core.documents.base", "Document")
    | _members("langgraph.types", "Send", "TimeoutPolicy", "Interrupt", "Command")
    | _members("langgraph.types", "StateSnapshot", "PregelTask", "Overwrite")
    | _members("langgraph.store.base", "Item", "GetOp")
)

# The methods that may be called on load: (module, class, method).
SAFE_MSGPACK_METHODS: FrozenSet[Tuple[str, str, str]] = frozenset(
    {("datetime", "datetime", "fromisoformat")}
)


AllowedMsgpackModules = Iterable[Union[Tuple[str, ...], type]]
