"""Gives our classes and functions the module name that their users know them by.

A checkpoint or a pickle names a class by its public path (`langgraph.types.Send`), so that path is
part of the format, while the class itself lives in this package. `settle` sets the name;
`pickled_at_home` keeps instances picklable where the public path leads to nothing, or to
another distribution's class of the same name.
"""

from __future__ import annotations

import sys
from typing import Any, TypeVar

C = TypeVar("C", bound=Any)

PUBLIC_ROOT = "langgraph."
OWN_ROOT = "langgraph_rust."


# Before 3.10 `get_type_hints` wants the module that a class names to be imported, which the public
# one may not be. Graphs read the hints of state schemas, and nothing ever names these.
_STAY = () if sys.version_info >= (3, 10) else ("_TypedDictMeta", "ModelMetaclass")


def settle(home: str, *members: Any) -> None:
    """Set `__module__` of every member to `home`, its public module."""
    for member in members:
        if type(member).__name__ not in _STAY:
            member.__module__ = home


def leads_home(cls: type) -> bool:
    """Whether importing the public path of `cls` gives `cls` itself."""
    module = sys.modules.get(cls.__module__)
    if module is None and any(type(f).__module__ == OWN_ROOT + "_place" for f in sys.meta_path):
        from importlib import import_module

        module = import_module(cls.__module__)
    return _follow(module, cls.__qualname__) is cls


def _follow(module: Any, path: str) -> Any:
    """The member that a dotted path leads to, or None."""
    for name in path.split("."):
        module = getattr(module, name, None)
    return module


def find_own(module: str, name: str) -> Any:
    """Our member `name`, or dotted path of names, of the public module `module`."""
    from importlib import import_module

    return _follow(import_module(OWN_ROOT + module[len(PUBLIC_ROOT) :]), name)


def rebuild(module: str, name: str, by_new: bool, args: tuple) -> Any:
    """Make an instance again from what `pickled_at_home` wrote."""
    cls = find_own(module, name)
    return cls.__new__(cls, *args) if by_new else cls(*args)


def pickled_at_home(cls: C) -> C:
    """Class decorator: instances pickle by the public path if that leads to `cls`, else by ours."""
    reduce_plainly = cls.__reduce_ex__

    def __reduce_ex__(self: Any, protocol: Any) -> Any:
        plain = reduce_plainly(self, max(protocol, 2))
        kind = type(self)
        if leads_home(kind) or not kind.__module__.startswith(PUBLIC_ROOT):
            return plain
        make, args = plain[0], plain[1]
        by_new = getattr(make, "__name__", "") == "__newobj__" and args[0] is kind
        if not by_new and make is not kind:
            return plain
        args = args[1:] if by_new else args
        return (rebuild, (kind.__module__, kind.__qualname__, by_new, args)) + tuple(plain[2:])

    cls.__reduce_ex__ = __reduce_ex__
    return cls
