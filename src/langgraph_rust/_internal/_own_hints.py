"""What the annotations of a class say, their text compiled once.

Imported by ``_internal._serde``.
"""

from __future__ import annotations

import sys
from typing import Any, Dict, ForwardRef, List, Union

from typing_extensions import Literal, get_type_hints

from langgraph_rust._internal._annotations import compile_annotation

if sys.version_info >= (3, 10):
    from types import UnionType

    UNIONS = (Union, UnionType)
else:
    UNIONS = (Union,)

# From here on annotations are kept as functions, which need no compiling.
_KEPT_AS_TEXT = sys.version_info < (3, 14)


def find_hints(cls: Any) -> List[Any]:
    """The types of a class's annotations and of those of its bases; none if a name is not there.

    They are evaluated at each call, since names may stand for something else by then.
    """
    module = sys.modules.get(getattr(cls, "__module__", ""))
    if module is not None and _KEPT_AS_TEXT:
        try:
            return _evaluate_all(cls, module.__dict__)
        except NameError:
            if not getattr(cls, "__type_params__", ()):
                return []
        except Exception:  # what is out of the ordinary is for `typing` to judge
            pass
    try:
        names = dict(vars(cls)) if hasattr(cls, "__dict__") else None
        globalns = None if module is None else module.__dict__
        return list(get_type_hints(cls, globalns, names, include_extras=True).values())
    except Exception:  # names something that is not there at runtime
        return []


class _Unusual(Exception):
    """An annotation, or a class, of a shape that is not known here."""


def _evaluate_all(cls: Any, module: Dict[str, Any]) -> List[Any]:
    names = dict(cls.__dict__)
    if getattr(cls, "__no_type_check__", False):
        raise _Unusual
    hints = {}
    for base in reversed(cls.__mro__):
        own = base.__dict__.get("__annotations__")
        if own:
            for key, hint in own.items():
                if isinstance(hint, str):
                    hint = eval(compile_annotation(hint), module, names)
                elif isinstance(hint, ForwardRef):
                    home = hint.__forward_module__
                    scope = module if home is None else vars(sys.modules[home])
                    hint = eval(hint.__forward_code__, scope, names)
                if type(hint) is not type and not _is_settled(hint):
                    raise _Unusual
                hints[key] = type(None) if hint is None else hint
    return list(hints.values())


def _is_settled(hint: Any) -> bool:
    """Whether a value is a type as it stands, which holds no others by name only."""
    args = getattr(hint, "__args__", None)
    if args is None:
        return hint is None or hint is Any or isinstance(hint, type)
    if getattr(hint, "__origin__", None) is not Literal:
        for arg in args:
            if type(arg) is not type and (
                isinstance(arg, (str, ForwardRef))
                or (hasattr(arg, "__args__") and not _is_settled(arg))
            ):
                return False
    return True
