"""Classes whose methods are spread over modules, one a concept."""

from __future__ import annotations

from importlib import import_module
from types import FunctionType
from typing import Any


class Late:
    """A method or property that stands in another module under its own name.

    The module is imported when somebody asks for it, and it takes its place in the class then.

    Args:
        module: The module.
    """

    __slots__ = ("_class", "_home", "_module", "_name")

    def __init__(self, module: str) -> None:
        self._module = module
        self._class: Any = None
        self._home = ""

    def __set_name__(self, owner: Any, name: str) -> None:
        self._name = name

    def belong(self, cls: Any, home: str) -> None:
        """Be a method of `cls`, in the module `home`, from now on: no earlier than it is made.

        Its making asks for all that its bases left abstract.
        """
        self._class, self._home = cls, home

    def __get__(self, instance: Any, owner: Any = None) -> Any:
        if self._class is None:
            return self
        member = getattr(import_module(self._module), self._name)
        _name_as_member(self._class, self._name, member, self._home)
        if vars(self._class).get(self._name) is self:
            setattr(self._class, self._name, member)
        return member.__get__(instance, owner)


def adopt(cls: Any, module: str) -> None:
    """Name the functions that `cls` takes from other modules as its own methods.

    They show and pickle as if they had been written in the class, which is in `module`.
    """
    for name, member in vars(cls).items():
        if isinstance(member, Late):
            member.belong(cls, module)
        else:
            _name_as_member(cls, name, member, module)


def _name_as_member(cls: Any, name: str, member: Any, module: str) -> None:
    function = member.fget if isinstance(member, property) else member
    if isinstance(function, FunctionType) and "." not in function.__qualname__:
        function.__qualname__ = f"{cls.__qualname__}.{name}"
        function.__module__ = module
        function.__annotations__.pop("self", None)
