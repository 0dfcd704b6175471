"""Names that `typing` has on newer Pythons, from where they cost least to import.

On Python 3.11 and later that is not typing_extensions, which takes as long as `typing` itself.
There, a type variable's default and a deprecation's mark, which `typing` and `warnings` have from
3.13 on, are attributes that are set by hand.

Imported by the modules that ``graph`` loads.
"""

from __future__ import annotations

import sys
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING or sys.version_info < (3, 11):
    from typing_extensions import Annotated as Annotated
    from typing_extensions import Literal as Literal
    from typing_extensions import NotRequired as NotRequired
    from typing_extensions import Protocol as Protocol
    from typing_extensions import Required as Required
    from typing_extensions import TypeGuard as TypeGuard
    from typing_extensions import TypeVar as TypeVar
    from typing_extensions import dataclass_transform as dataclass_transform
    from typing_extensions import deprecated as deprecated
    from typing_extensions import get_args as get_args
    from typing_extensions import get_origin as get_origin
else:
    from typing import Annotated as Annotated
    from typing import Literal as Literal
    from typing import NotRequired as NotRequired
    from typing import Protocol as Protocol
    from typing import Required as Required
    from typing import TypeGuard as TypeGuard
    from typing import TypeVar as TypeVar
    from typing import dataclass_transform as dataclass_transform
    from typing import get_args as get_args
    from typing import get_origin as get_origin

    if sys.version_info >= (3, 13):
        from warnings import deprecated
    else:
        _PlainTypeVar = TypeVar
        _NOT_GIVEN = object()

        def TypeVar(name, *constraints, default=_NOT_GIVEN, **options):
            """A type variable that may have a default."""
            variable = _PlainTypeVar(name, *constraints, **options)
            # The caller's, as `typing` sets it, and as type variables are pickled by.
            variable.__module__ = sys._getframe(1).f_globals["__name__"]
            if default is not _NOT_GIVEN:
                variable.__default__ = default
                variable.has_default = lambda: True
            return variable

        def deprecated(message, *, category):
            """Mark a function or class as deprecated; without a category, nothing warns."""
            assert category is None, category

            def mark(thing):
                thing.__deprecated__ = message
                return thing

            return mark


def fill_parameters(cls: Any, given: Any) -> Any:
    """What a generic class is subscripted with, with the defaults of what is not given.

    `typing` knows no defaults before Python 3.13, and typing_extensions teaches it some by
    patching it; a program may load it after us, or never.

    Args:
        cls: A generic class.
        given: What stands between the brackets.

    Returns:
        The same, made longer if it is shorter than the class's parameters and these have
        defaults.
    """
    values = given if isinstance(given, tuple) else (given,)
    variables = cls.__parameters__
    for variable in variables[len(values) :]:
        if not getattr(variable, "has_default", _never)():
            return given
        default = variable.__default__
        if default in variables[: len(values)]:
            default = values[variables.index(default)]
        values += (default,)
    return values


def _never() -> bool:
    return False
