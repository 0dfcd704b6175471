"""Dataclasses that cost nothing to define.

`dataclasses.dataclass` compiles source text for every class, which takes longer than importing
all of the module around it. A record is written out instead: ``__slots__`` and an ``__init__``
whose parameters are its fields, in their order and with their defaults. To everyone who asks, it
is a dataclass: `dataclasses.fields`, `replace`, `asdict`, pattern matching and pydantic work, and
a dataclass may derive from it. It works so on Pythons without keyword-only dataclasses, too.

Named tuples whose annotations stay the texts that they are: `typing.NamedTuple` compiles each, and
the first text that a process compiles has the interpreter make its classes for syntax trees.

Imported by the modules of ``types``, by ``graph`` and ``pregel``, ``errors``, ``runtime`` and
``_scratchpad``.
"""

from __future__ import annotations

import sys
import typing
from _thread import get_ident
from collections import namedtuple
from typing import TYPE_CHECKING, Any

from langgraph_rust._internal._newer_typing import dataclass_transform

if TYPE_CHECKING:
    from typing import Callable, Dict, List, NamedTuple, Set, Tuple, Type, TypeVar

    T = TypeVar("T")


@dataclass_transform()
def record(*, frozen: bool = False, kw_only: bool = False) -> Callable[[Type[T]], Type[T]]:
    """Class decorator: the methods of a dataclass, over the parameters of ``__init__``.

    Args:
        frozen: Whether the fields cannot be set again; then it can be hashed.
        kw_only: Whether they are keyword-only.
    """

    def decorate(cls: Any) -> Any:
        code = cls.__init__.__code__
        names = code.co_varnames[1 : code.co_argcount + code.co_kwonlyargcount]
        for attribute in _MARKS:
            setattr(cls, attribute, _Mark(attribute, cls, names, frozen, kw_only))
        cls.__match_args__ = () if kw_only else names  # type: ignore[misc]
        cls.__replace__ = _replace
        if "__repr__" not in cls.__dict__:
            cls.__repr__ = _repr_of(names)
        cls.__eq__ = _eq_of(names)
        cls.__hash__ = _hash_of(names) if frozen else None
        if frozen:
            cls.__setattr__ = _refusal(cls, names, "assign to", "__setattr__")
            cls.__delattr__ = _refusal(cls, names, "delete", "__delattr__")
            if "__slots__" in cls.__dict__:
                # Slots of a frozen object cannot be set one by one when it is unpickled.
                cls.__getstate__ = _getstate_of(names)
                cls.__setstate__ = _setstate_of(names)
        return cls

    return decorate


_MARKS = ("__dataclass_fields__", "__dataclass_params__")


class _Mark:
    """An attribute that makes a class a dataclass, made by `dataclasses` when looked at."""

    def __init__(self, attribute: str, cls: Any, *definition: Any) -> None:
        self.attribute = attribute
        self.cls = cls
        self.definition = definition

    def __get__(self, instance: Any, owner: Any = None) -> Any:
        made = _as_dataclass(self.cls, *self.definition)
        for attribute in _MARKS:
            setattr(self.cls, attribute, getattr(made, attribute))
        return getattr(made, self.attribute)


def _as_dataclass(cls: Any, names: Tuple[str, ...], frozen: bool, kw_only: bool) -> Any:
    """A dataclass with the fields of a record."""
    from dataclasses import dataclass

    init = cls.__init__
    defaults = dict(zip(reversed(names), reversed(init.__defaults__ or ())))
    defaults.update(init.__kwdefaults__ or {})
    hints = _hints(cls)
    namespace = {
        # Where strings among the hints are to be looked up.
        "__module__": init.__module__,
        "__annotations__": {name: hints[name] for name in names},
        **defaults,
    }
    options: Any = {"kw_only": kw_only} if sys.version_info >= (3, 10) else {}
    # Without `init`, which minds a default before a field that has none.
    decorate = dataclass(init=False, repr=False, frozen=frozen, **options)
    return decorate(type(cls.__name__, (), namespace))


def _hints(cls: Any) -> Dict[str, Any]:
    hints: Dict[str, Any] = {}
    for base in reversed(cls.__mro__):
        if base is not object:
            hints.update(getattr(base, "__annotations__", {}))
    return hints


def _replace(self: Any, **changes: Any) -> Any:
    values = {name: getattr(self, name) for name in self.__dataclass_fields__}
    return type(self)(**dict(values, **changes))


def _repr_of(names: Tuple[str, ...]) -> Callable[[Any], str]:
    running: Set[Tuple[int, int]] = set()

    def __repr__(self: Any) -> str:
        key = id(self), get_ident()
        if key in running:
            return "..."
        running.add(key)
        try:
            fields = ", ".join([f"{name}={getattr(self, name)!r}" for name in names])
        finally:
            running.discard(key)
        return f"{type(self).__qualname__}({fields})"

    return __repr__


def _eq_of(names: Tuple[str, ...]) -> Callable[[Any, object], Any]:
    def __eq__(self: Any, other: object) -> Any:
        if other.__class__ is not self.__class__:
            return NotImplemented
        return [getattr(self, n) for n in names] == [getattr(other, n) for n in names]

    return __eq__


def _hash_of(names: Tuple[str, ...]) -> Callable[[Any], int]:
    def __hash__(self: Any) -> int:
        return hash(tuple([getattr(self, name) for name in names]))

    return __hash__


def _refusal(cls: Any, names: Tuple[str, ...], verb: str, method: str) -> Callable[..., None]:
    def refuse(self: Any, name: str, *value: Any) -> None:
        if type(self) is cls or name in names:
            from dataclasses import FrozenInstanceError

            raise FrozenInstanceError(f"cannot {verb} field {name!r}")
        getattr(super(cls, self), method)(name, *value)

    refuse.__name__ = method
    return refuse


def _getstate_of(names: Tuple[str, ...]) -> Callable[[Any], List[Any]]:
    def __getstate__(self: Any) -> List[Any]:
        return [getattr(self, name) for name in names]

    return __getstate__


def _setstate_of(names: Tuple[str, ...]) -> Callable[[Any, Any], None]:
    def __setstate__(self: Any, state: Any) -> None:
        for name, value in zip(names, state):
            object.__setattr__(self, name, value)

    return __setstate__


if not TYPE_CHECKING:

    class _TextHints(type):
        """Makes a class statement a named tuple, as `typing.NamedTuple` does."""

        def __new__(mcs, name: str, bases: Any, members: Any) -> Any:
            hints = members.pop("__annotations__", {})
            defaults = [members.pop(field) for field in hints if field in members]
            module = members.pop("__module__")
            cls = namedtuple(name, hints, defaults=defaults, module=module)
            cls.__annotations__ = cls.__new__.__annotations__ = hints
            cls.__orig_bases__ = (typing.NamedTuple,)
            for member, value in members.items():
                setattr(cls, member, value)
            return cls

    NamedTuple = type.__new__(_TextHints, "NamedTuple", (), {})
