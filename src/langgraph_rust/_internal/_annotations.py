"""What annotations say that are plain, without asking `typing`, which compiles each text anew.

Imported by ``graph`` and ``_internal._own_hints``.
"""

from __future__ import annotations

import sys
from functools import lru_cache
from types import CodeType, FunctionType
from typing import Any, Dict, Optional


@lru_cache(maxsize=1024)
def compile_annotation(text: str) -> CodeType:
    """Compile the text of an annotation, to be evaluated."""
    return compile(text, "<annotation>", "eval")


def is_class(hint: Any) -> bool:
    """Whether a type is a class. On Python 3.9 and 3.10 `list[int]` only seems to be one."""
    return issubclass(type(hint), type)


def _has_type_params(func: Any) -> bool:
    return bool(getattr(func, "__type_params__", ()))


def plain_hints(func: Any) -> Optional[Dict[str, Any]]:
    """Return what `typing.get_type_hints` does, for a function all whose hints are classes.

    None for anything else, and where defaults of None would make hints optional.

    Raises:
        NameError: an annotation has a name that cannot be found.
    """
    if type(func) is not FunctionType or func.__dict__ or _has_type_params(func):
        return None
    if sys.version_info < (3, 11) and (func.__defaults__ or func.__kwdefaults__):
        return None
    hints = {}
    names = func.__globals__
    for key, hint in func.__annotations__.items():
        if isinstance(hint, str):
            try:
                hint = eval(compile_annotation(hint), names)
            except SyntaxError:
                return None
        if hint is None:
            hint = type(None)
        elif not is_class(hint):
            return None
        hints[key] = hint
    return hints
