"""Classes whose methods are spread over modules, one a concept."""

from __future__ import annotations

from types import FunctionType
from typing import Any


def adopt(cls: Any, module: str) -> None:
    """Name the functions that `cls` takes from other modules as its own methods.

    They show and pickle as if they had been written in the class, which is in `module`.
    """
    for name, member in vars(cls).items():
        function = member.fget if isinstance(member, property) else member
        if isinstance(function, FunctionType) and "." not in function.__qualname__:
            function.__qualname__ = f"{cls.__qualname__}.{name}"
            function.__module__ = module
            function.__annotations__.pop("self", None)
