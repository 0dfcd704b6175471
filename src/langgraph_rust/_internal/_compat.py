"""What newer Pythons have and the older ones need, and the upkeep of LangGraph's class names.

Imported by every module that defines a public class.
"""

from __future__ import annotations

import sys
from importlib import import_module
from types import FunctionType
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from dataclasses import dataclass
    from typing import Any, Callable, Dict, Type
elif sys.version_info >= (3, 11):
    from dataclasses import dataclass
else:
    import dataclasses

    def dataclass(*, kw_only=False, slots=False, weakref_slot=False, **options):
        """Like the newest ``dataclasses.dataclass``, with what this Python lacks left out.

        Before 3.10 fields stay in ``__dict__``, and `kw_only` is a constructor of our own, with
        which a field that has no default may follow one that has.
        """
        if sys.version_info >= (3, 10):
            return dataclasses.dataclass(kw_only=kw_only, slots=slots, **options)
        if not kw_only:
            return dataclasses.dataclass(**options)

        def decorate(cls):
            made = dataclasses.dataclass(**dict(options, init=False))(cls)
            made.__init__ = _keyword_init(made)
            return made

        return decorate

    def _keyword_init(cls):
        fields = dataclasses.fields(cls)
        names = frozenset(field.name for field in fields if field.init)

        def __init__(self, **values):
            for name in values:
                if name not in names:
                    raise TypeError(f"__init__() got an unexpected keyword argument '{name}'")
            for field in fields:
                object.__setattr__(self, field.name, _initial_value(field, values))
            after = getattr(self, "__post_init__", None)
            if after is not None:
                after()

        __init__.__qualname__ = f"{cls.__qualname__}.__init__"
        return __init__

    def _initial_value(field, values):
        if field.name in values:
            return values[field.name]
        if field.default is not dataclasses.MISSING:
            return field.default
        if field.default_factory is not dataclasses.MISSING:
            return field.default_factory()
        raise TypeError(f"__init__() missing a required keyword-only argument: '{field.name}'")


OURS = __name__.partition(".")[0]
THEIRS = "langgraph"


def name_as_upstream(namespace: Dict[str, Any], module: str = "") -> None:
    """Give the classes and functions that a module defines the module name LangGraph has them under.

    Checkpoints and pickles name classes, so the name is part of their format. Instances stay
    picklable where that name leads elsewhere or nowhere: they are then pickled by ours.

    Args:
        namespace: The ``globals()`` of the module, at its end.
        module: LangGraph's name of it below ``langgraph``, where that differs.
    """
    ours: str = namespace["__name__"]
    theirs = f"{THEIRS}.{module}" if module else THEIRS + ours[len(OURS) :]
    for member in list(namespace.values()):
        if getattr(member, "__module__", None) != ours:
            continue
        if isinstance(member, type):
            member.__module__ = theirs
            _make_portable(member, ours)
        elif isinstance(member, FunctionType):
            member.__module__ = theirs


def _make_portable(cls: Type[Any], home: str) -> None:
    plain: Callable[[Any, int], Any] = cls.__reduce_ex__  # type: ignore[assignment]

    def __reduce_ex__(self: Any, protocol: int) -> Any:
        if type(self) is not cls or _is_found_by_name(cls):
            return plain(self, protocol)
        call, args, *rest = plain(self, max(2, int(protocol)))
        if call is cls:
            return (_call_by_name, (home, cls.__qualname__) + tuple(args), *rest)
        return (_new_by_name, (home, cls.__qualname__) + tuple(args[1:]), *rest)

    try:
        cls.__reduce_ex__ = __reduce_ex__  # type: ignore[method-assign, assignment]
    except TypeError:  # a TypedDict: no instance is ever of it
        pass


def _is_found_by_name(cls: Type[Any]) -> bool:
    module = sys.modules.get(cls.__module__)
    if module is None and any(
        type(finder).__module__ == OURS + "._place" for finder in sys.meta_path
    ):
        module = import_module(cls.__module__)
    return getattr(module, cls.__qualname__, None) is cls


def _call_by_name(home: str, name: str, *args: Any) -> Any:
    return getattr(import_module(home), name)(*args)


def _new_by_name(home: str, name: str, *args: Any) -> Any:
    cls = getattr(import_module(home), name)
    return cls.__new__(cls, *args)
