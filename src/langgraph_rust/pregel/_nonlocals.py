"""What a function reaches beyond its own scope, read from its code."""

from __future__ import annotations

from types import CodeType, FunctionType
from typing import Any, Callable, Iterator

_LEAVES = frozenset(
    (
        int,
        float,
        complex,
        bool,
        str,
        bytes,
        bytearray,
        list,
        tuple,
        dict,
        set,
        frozenset,
        type(None),
    )
)
"""Exact types that lead to no graph. Containers are among them: the search does not open one."""


def get_function_nonlocals(func: Callable) -> list[Any]:
    """Return the values that `func` reaches from outside its own scope.

    These are all values it captures, the globals it names, and whatever lies on an attribute path
    that starts at one of them. It errs on the side of more: to overlook a graph loses its
    checkpoints, to list one too many costs nothing.
    """
    func = getattr(func, "__func__", func)
    wrapped = getattr(func, "__wrapped__", None)
    if callable(wrapped):
        func = getattr(wrapped, "__func__", wrapped)
    if not isinstance(func, FunctionType):
        return []
    code = func.__code__
    captured = dict(_captured(func))
    named = {name: func.__globals__[name] for name in code.co_names if name in func.__globals__}
    found = list(captured.values())
    if not all(type(value) in _LEAVES for value in (*found, *named.values())):
        for inner in _with_inner(code):
            found.extend(_loaded(inner, captured, named))
    return found


def _captured(func: FunctionType) -> Iterator[tuple[str, Any]]:
    for name, cell in zip(func.__code__.co_freevars, func.__closure__ or ()):
        try:
            yield name, cell.cell_contents
        except ValueError:
            pass  # the name is not bound yet, as in a function that calls itself


def _with_inner(code: CodeType) -> Iterator[CodeType]:
    """Yield `code` and the code of what is defined in it: functions, lambdas, comprehensions."""
    waiting = [code]
    for each in waiting:
        waiting.extend(const for const in each.co_consts if isinstance(const, CodeType))
        yield each


def _loaded(code: CodeType, captured: dict[str, Any], named: dict[str, Any]) -> Iterator[Any]:
    """Yield each value that `code` loads by name, and each along the attributes it then loads."""
    from dis import get_instructions

    value: Any = None
    for step in get_instructions(code):
        if step.opname == "LOAD_GLOBAL":
            value = named.get(step.argval)
        elif step.opname == "LOAD_DEREF":
            value = captured.get(step.argval)
        elif step.opname in ("LOAD_ATTR", "LOAD_METHOD"):
            value = getattr(value, step.argval, None)
        else:
            value = None  # the path ends here: in `a, b.c` the attribute is not of `a`
        if value is not None:
            yield value
