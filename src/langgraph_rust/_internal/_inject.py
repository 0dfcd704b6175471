"""Which arguments a node's function asks for beside its input."""

from __future__ import annotations

from types import FunctionType, MethodType
from typing import Any, Callable, Dict, Optional, Tuple, Union

from langgraph_rust._internal._constants import (
    CONF,
    CONFIG_KEY_NODE_ERROR,
    CONFIG_KEY_RUNTIME,
)
from langgraph_rust._internal._later import inspect
from langgraph_rust._internal._newer_typing import get_args, get_origin

_CONFIG = (("langchain_core.runnables.config", "RunnableConfig"),)
_STORE = (("langgraph.store.base", "BaseStore"),)
_NODE_ERROR = (("langgraph.errors", "NodeError"),)


def _no_writer(_: Any) -> None:
    """Where chunks go when no run listens."""


def _is_class(annotation: Any, home: str, name: str) -> bool:
    # By name, since importing the class only to compare with it would load its whole package.
    return (
        getattr(annotation, "__name__", None) == name
        and getattr(annotation, "__module__", None) == home
    )


def _optional_of(annotation: Any) -> Any:
    """Return X of `Optional[X]` and `X | None`, else None."""
    origin = get_origin(annotation)
    if origin is not Union and getattr(origin, "__name__", "") != "UnionType":
        return None
    members = get_args(annotation)
    plain = [member for member in members if member is not type(None)]
    return plain[0] if len(members) == 2 and len(plain) == 1 else None


def _is_writer(annotation: Any) -> bool:
    if annotation is inspect.Parameter.empty or annotation == "StreamWriter":
        return True
    from langgraph_rust.types import StreamWriter

    return annotation == StreamWriter or (
        get_origin(annotation) is get_origin(StreamWriter)
        and get_args(annotation) == get_args(StreamWriter)
    )


def _accept_config(annotation: Any) -> Optional[Tuple[str, Any]]:
    home, name = _CONFIG[0]
    if (
        annotation is inspect.Parameter.empty
        or annotation in (name, f"Optional[{name}]")
        or _is_class(annotation, home, name)
        or _is_class(_optional_of(annotation), home, name)
    ):
        return "N/A", inspect.Parameter.empty
    import warnings

    warnings.warn(
        f"The 'config' parameter should be typed as 'RunnableConfig' or "
        f"'RunnableConfig | None', not '{annotation}'. ",
        UserWarning,
        stacklevel=6,
    )
    return None


def _accept_writer(annotation: Any) -> Optional[Tuple[str, Any]]:
    return ("stream_writer", _no_writer) if _is_writer(annotation) else None


def _accept_store(annotation: Any) -> Optional[Tuple[str, Any]]:
    home, name = _STORE[0]
    if (
        annotation is inspect.Parameter.empty
        or annotation == name
        or _is_class(annotation, home, name)
    ):
        return "store", inspect.Parameter.empty
    if annotation == f"Optional[{name}]" or _is_class(_optional_of(annotation), home, name):
        return "store", None
    return None


def _accept_error(annotation: Any) -> Optional[Tuple[str, Any]]:
    home, name = _NODE_ERROR[0]
    if annotation == name or _is_class(annotation, home, name):
        return "N/A", None
    return None


_ACCEPT: Dict[str, Callable[[Any], Optional[Tuple[str, Any]]]] = {
    "config": _accept_config,
    "writer": _accept_writer,
    "store": _accept_store,
    "previous": lambda _: ("previous", inspect.Parameter.empty),
    "runtime": lambda _: ("N/A", inspect.Parameter.empty),
    "error": _accept_error,
}


def accepted_arguments(func: Callable[..., Any]) -> Dict[str, Tuple[str, Any]]:
    """Return what to inject into calls of `func`.

    An argument is injected if its name is one of ours and its annotation is missing or names
    the expected type, directly, as a string or as Optional.

    Args:
        func: The function that will be called.

    Returns:
        For each argument the attribute of the runtime that holds its value ("N/A" if it comes
        from elsewhere) and its default (`inspect.Parameter.empty` if it must be there).
    """
    accepted = {}
    annotations = _plain_annotations(func)
    if annotations is None:
        annotations = {
            parameter.name: parameter.annotation
            for parameter in inspect.signature(func).parameters.values()
            if parameter.kind in (parameter.POSITIONAL_OR_KEYWORD, parameter.KEYWORD_ONLY)
        }
    for name, accept in _ACCEPT.items():
        if name in annotations:
            found = accept(annotations[name])
            if found is not None:
                accepted[name] = found
    return accepted


def _plain_annotations(func: Any) -> Optional[Dict[str, Any]]:
    """Read the annotations of a plain function's injectable parameters off its code.

    A signature tells the same of any callable, at ten times the cost. None if `func` is not a
    plain function or a method made of one.
    """
    is_bound = type(func) is MethodType
    if is_bound:
        func = func.__func__
    if type(func) is not FunctionType or func.__dict__:  # a wrapper, or a signature of its own
        return None
    code = func.__code__
    first = max(code.co_posonlyargcount, int(is_bound))
    names = code.co_varnames[first : code.co_argcount + code.co_kwonlyargcount]
    if _ACCEPT.keys().isdisjoint(names):
        return {}
    given = func.__annotations__
    return {name: given.get(name, inspect.Parameter.empty) for name in names}


def inject(
    accepted: Dict[str, Tuple[str, Any]],
    kwargs: Dict[str, Any],
    config: Dict[str, Any],
    name: Optional[str],
) -> None:
    """Add the accepted arguments that `kwargs` lacks, from a config and its runtime.

    Raises:
        ValueError: If a value without default is missing; says which, and for which `name`.
    """
    configurable = config.get(CONF) or {}
    runtime = configurable.get(CONFIG_KEY_RUNTIME)
    for keyword, (attribute, default) in accepted.items():
        if keyword in kwargs:
            continue
        if keyword == "config":
            value = config
        elif keyword == "error":
            value = configurable.get(CONFIG_KEY_NODE_ERROR, default)
        elif not runtime:
            value = default
        elif keyword == "runtime":
            value = runtime
        else:
            value = getattr(runtime, attribute, default)
        if value is inspect.Parameter.empty:
            raise ValueError(f"Missing required config key '{attribute}' for '{name}'.")
        kwargs[keyword] = value
