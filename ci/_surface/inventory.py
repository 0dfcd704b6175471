"""Write down the public surface of `langgraph` as it is importable here: one line a name.

usage: python inventory.py < NAMES

NAMES are lines: `module:` for a module, to be read whole, and `module:name` for a name to look
for in it even if the module does not show it before it is asked for.

A line is `module:name`, two spaces, and what the name is:

    langgraph.types:Send  listed class (node, arg, *, timeout=None)
    langgraph.types:Send.node  attribute
    langgraph.graph:START  listed str '__start__'
    langgraph.graph:StateGraph  listed = langgraph.graph.state:StateGraph

* `listed`: it is in the module's `__all__`.
* `=`: it is defined elsewhere and described there, or is not LangGraph's at all.
* A class tells its arguments, then its public ancestors; its members have lines of their own,
  unless an ancestor's line says the same. Where a member is defined does not matter.
* Signatures have names, kinds and defaults of parameters, and no annotations: those are spelt
  differently for older Pythons, and type checkers judge them better.

Left out are modules (by the caller) and names that begin with an underscore, and what passes
through a module from outside LangGraph without being in its `__all__`.
"""

from __future__ import annotations

import enum
import importlib
import inspect
import sys
import typing
import warnings
from typing import Any, Dict, Iterable, List

DUNDERS = ("__aenter__", "__call__", "__enter__", "__getitem__", "__iter__", "__or__")
# Whose methods count as those of a class: LangGraph's graphs are runnables to their users.
OWNERS = ("langgraph", "langchain_core.runnables")
LONGEST = 80
_PLAIN = (type(None), bool, int, float, str, bytes)


class Inventory:
    """The lines of some modules, collected name by name."""

    def __init__(self) -> None:
        self.lines: Dict[str, str] = {}

    def add_module(self, name: str, asked: Iterable[str] = ()) -> None:
        """Describe the names of a module, and those asked for that it has."""
        try:
            module = importlib.import_module(name)
        except Exception as error:
            self.lines[name + ":"] = f"cannot be imported: {type(error).__name__}"
            return
        exported = set(getattr(module, "__all__", ()))
        self.lines[name + ":"] = "module with __all__" if exported else "module"
        for key in sorted(exported.union(vars(module), asked)):
            if key.startswith("_") and key not in exported:
                continue
            value = getattr(module, key, _MISSING)
            if value is not _MISSING and (key in exported or key in asked or _counts(value)):
                mark = "listed " if key in exported else ""
                self.lines[f"{name}:{key}"] = mark + self._describe(f"{name}:{key}", value)

    def _describe(self, place: str, value: Any) -> str:
        if not isinstance(value, type) and not inspect.isroutine(value):
            return _value_text(value)
        home = _home(value)
        if home != place:
            return "= " + home
        if not isinstance(value, type):
            return _routine_text("function", value)
        self._add_members(home, value)
        shown = [_home(ancestor) for ancestor in _public_ancestors(value)]
        return _class_text(value) + (" is " + ", ".join(shown) if shown else "")

    def _add_members(self, home: str, value: type) -> None:
        ancestors = _public_ancestors(value)
        for member, text in sorted(_members(value).items()):
            known = any(_members(ancestor).get(member) == text for ancestor in ancestors)
            if not known:
                self.lines[f"{home}.{member}"] = text


_MISSING = type("missing", (), {})()


def _counts(value: Any) -> bool:
    if inspect.ismodule(value):
        return False
    if isinstance(value, type) or inspect.isroutine(value):
        return _home(value).startswith("langgraph.")
    outside = ("typing", "typing_extensions", "__future__", "logging")
    passes = type(value).__module__ in outside or value is typing.TYPE_CHECKING
    return _is_alias(value) or not passes


def _is_alias(value: Any) -> bool:
    # With arguments: `typing.Callable` alone is only an import.
    return typing.get_origin(value) is not None and bool(typing.get_args(value))


def _home(value: Any) -> str:
    return f"{getattr(value, '__module__', None)}:{value.__qualname__}"


def _public_ancestors(cls: type) -> List[type]:
    """Those that a user may name in `isinstance`: private classes come and go."""
    found = [
        base
        for base in cls.__mro__[1:]
        if base is not object
        and base.__module__.startswith(("langgraph.", "builtins"))
        and "._" not in _home(base)
    ]
    runnables = sys.modules.get("langchain_core.runnables.base")
    if runnables is not None and issubclass(cls, runnables.Runnable):
        found.append(runnables.Runnable)
    return sorted(found, key=_home)


def _members(cls: type) -> Dict[str, str]:
    found: Dict[str, str] = {}
    if _is_typed_dict(cls):
        return found
    for owner in reversed(cls.__mro__):
        if not owner.__module__.startswith(OWNERS):
            continue
        for name in (*getattr(owner, "__annotations__", ()), *vars(owner)):
            if name in DUNDERS or not name.startswith("_"):
                found[name] = _member_text(cls, name)
    return found


def _member_text(cls: type, name: str) -> str:
    raw = inspect.getattr_static(cls, name, None)
    value = getattr(cls, name, None)
    if isinstance(raw, enum.Enum):
        return f"member {raw.value!r}"
    if isinstance(raw, (staticmethod, classmethod)):
        return _routine_text(type(raw).__name__, value)
    if inspect.isroutine(value):
        return _routine_text("method", value)
    if raw is None and name in DUNDERS:
        return "absent"
    return "attribute"


def _class_text(cls: type) -> str:
    if issubclass(cls, enum.Enum):
        return "enum"
    if _is_typed_dict(cls):
        return " ".join(["dict", *sorted(f for f in cls.__annotations__ if f[0] != "_")])
    if getattr(cls, "_is_protocol", False):
        return "protocol"
    return "class " + _signature_text(cls)


def _is_typed_dict(cls: type) -> bool:
    return issubclass(cls, dict) and isinstance(getattr(cls, "__total__", None), bool)


def _routine_text(kind: str, value: Any) -> str:
    if inspect.isasyncgenfunction(value):
        kind = "async generator " + kind
    elif inspect.iscoroutinefunction(value):
        kind = "async " + kind
    if getattr(value, "__deprecated__", None) is not None:
        kind = "deprecated " + kind
    return f"{kind} {_signature_text(value)}"


def _signature_text(value: Any) -> str:
    try:
        signature = inspect.signature(value)
    except (TypeError, ValueError):
        return "(?)"
    empty = inspect.Parameter.empty
    bare = [
        parameter.replace(
            annotation=empty,
            default=empty if parameter.default is empty else _Shown(parameter.default),
        )
        for parameter in signature.parameters.values()
    ]
    return str(signature.replace(parameters=bare, return_annotation=empty))


class _Shown:
    """A default, printed alike by every Python."""

    def __init__(self, value: Any) -> None:
        self._value = value

    def __repr__(self) -> str:
        return _value_text(self._value, is_default=True)


def _value_text(value: Any, is_default: bool = False) -> str:
    if isinstance(value, enum.Enum):
        return f"{type(value).__name__}.{value.name}"
    if isinstance(value, type) or inspect.isroutine(value):
        return value.__qualname__
    if _is_alias(value):
        return "type alias"
    kind = type(value).__name__
    if not _is_plain(value):
        return f"<{kind}>"
    text = repr(value)
    if len(text) > LONGEST:
        text = f"of length {len(value)}"
    return text if is_default else f"{kind} {text}"


def _is_plain(value: Any) -> bool:
    if type(value) in (tuple, list):
        return all(map(_is_plain, value))
    return type(value) in _PLAIN or isinstance(value, (int, str))


def main() -> None:
    """Read the names from stdin and write the lines to stdout."""
    warnings.simplefilter("ignore")
    # First, so that who is a runnable is known from the start.
    importlib.import_module("langchain_core.runnables.base")
    modules: Dict[str, List[str]] = {}
    for line in sys.stdin:
        module, _, name = line.strip().partition(":")
        modules.setdefault(module, []).append(name)
    inventory = Inventory()
    for module, asked in modules.items():
        inventory.add_module(module, [name for name in asked if name])
    for key, text in sorted(inventory.lines.items()):
        print(f"{key}  {text}")


if __name__ == "__main__":
    main()
