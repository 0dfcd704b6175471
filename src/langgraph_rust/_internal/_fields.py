"""What the annotations of a schema say: defaults, requiredness, keys.

Imported by ``graph.state``, ``types`` and LangGraph's tests.
"""

from __future__ import annotations

import sys
from typing import TYPE_CHECKING, Any, Iterator, List, Optional, Sequence, Tuple, Union

from langgraph_rust._internal._later import typing_extensions
from langgraph_rust._internal._newer_typing import Annotated, NotRequired, Required, get_origin
from langgraph_rust._internal._typing import MISSING

if TYPE_CHECKING:
    from typing import Dict, FrozenSet, Type
    from weakref import WeakKeyDictionary

if sys.version_info >= (3, 10):
    from types import UnionType as _UnionType
else:
    _UnionType = None

_NO_KEYS: FrozenSet[str] = frozenset()


def _is_optional_type(type_: Any) -> bool:
    """Whether None is among the values of a type."""
    if _UnionType is not None and isinstance(type_, _UnionType):
        return _has_none(type_.__args__)
    if hasattr(type_, "__origin__") and hasattr(type_, "__args__"):
        origin = get_origin(type_)
        if origin is Union:
            return _has_none(type_.__args__)
        if origin is Annotated:
            return _is_optional_type(type_.__args__[0])
        return origin is None or origin is Optional
    bound = getattr(type_, "__bound__", None)
    if bound is not None:
        return _is_optional_type(bound)
    return type_ is None


def _has_none(args: Sequence[Any]) -> bool:
    return any(arg is type(None) or _is_optional_type(arg) for arg in args)


def _is_required_type(type_: Any) -> Optional[bool]:
    """True for Required, False for NotRequired, None where neither is said."""
    origin = get_origin(type_)
    if origin is Required:
        return True
    if origin is NotRequired:
        return False
    if origin is Annotated or getattr(origin, "__args__", None):
        return _is_required_type(type_.__args__[0])
    return None


def _is_readonly_type(type_: Any) -> bool:
    """Whether a type is marked ReadOnly."""
    origin = get_origin(type_)
    if origin is Annotated:
        return _is_readonly_type(type_.__args__[0])
    return origin is typing_extensions.ReadOnly


def get_field_default(name: str, type_: Any, schema: Type[Any]) -> Any:
    """The default of a field: its own, or None if it may be left out, or ``...`` if it has none.

    What the schema says of the key wins over the type: Required and NotRequired, then
    ``total=False``, then the default of a dataclass field, then whether the type admits None.
    """
    required = _is_required_type(type_)
    if name in getattr(schema, "__optional_keys__", _NO_KEYS):
        # Old Pythons put a Required key of a partial TypedDict here as well.
        return ... if required else None
    if required is not None:
        return ... if required else None
    field = getattr(schema, "__dataclass_fields__", {}).get(name)
    if field is not None:
        from dataclasses import MISSING as NO_DEFAULT

        if field.default is not NO_DEFAULT and field.default is not ...:
            return field.default
        if field.default_factory is not NO_DEFAULT:
            return field.default_factory()
    return None if _is_optional_type(type_) else ...


def get_enhanced_type_hints(
    type: Type[Any],
) -> Iterator[Tuple[str, Any, Any, Optional[str]]]:
    """Name, type, default and description of every field of a schema; what is not given is None."""
    models = _model_fields(type)
    own = getattr(type, "__dict__", {})
    for name, hint in typing_extensions.get_type_hints(type).items():
        default = description = None
        field = models.get(name)
        if field is not None:
            description = getattr(field, "description", None)
            default = getattr(field, "default", None)
            if default.__class__.__name__ == "PydanticUndefinedType":
                default = None
        if name in own:
            default = own[name]
        yield name, hint, default, description


def _model_fields(type: Type[Any]) -> Dict[str, Any]:
    try:
        return dict(getattr(type, "model_fields", None) or {})
    except (AttributeError, KeyError, TypeError):
        return {}


def get_update_as_tuples(input: Any, keys: Sequence[str]) -> List[Tuple[str, Any]]:
    """The (key, value) pairs that an object with attributes gives as an update of the state.

    Of a pydantic model, a None counts only where it was set, or is not the default anyway.
    """
    given, defaults = _given_fields(input)
    pairs = []
    for key in keys:
        value = getattr(input, key, MISSING)
        if value is MISSING:
            continue
        if value is None and defaults.get(key, MISSING) is None and key not in given:
            continue
        pairs.append((key, value))
    return pairs


def _given_fields(input: Any) -> Tuple[Any, Dict[str, Any]]:
    pydantic = sys.modules.get("pydantic")
    if pydantic is None or not isinstance(input, pydantic.BaseModel):
        return _NO_KEYS, {}
    cls = type(input)
    if hasattr(cls, "model_fields"):
        return input.model_fields_set, {k: v.default for k, v in cls.model_fields.items()}
    return input.__fields_set__, {k: v.default for k, v in cls.__fields__.items()}


# Class to names; made when first asked, for what it is made of takes long to import.
_annotated_keys: Optional[WeakKeyDictionary[type, Tuple[str, ...]]] = None


def get_cached_annotated_keys(obj: Type[Any]) -> Tuple[str, ...]:
    """The annotated names of a class and of its bases, the bases' first.

    Raises:
        TypeError: If it is not a class.
    """
    if not isinstance(obj, type):
        raise TypeError(f"Expected a type, got {type(obj)}. ")
    global _annotated_keys
    if _annotated_keys is None:
        from weakref import WeakKeyDictionary

        _annotated_keys = WeakKeyDictionary()
    known = _annotated_keys.get(obj)
    if known is not None:
        return known
    keys: List[str] = []
    for base in reversed(obj.__mro__):
        # From 3.14 on annotations are computed when asked for.
        names = base.__dict__.get("__annotations__")
        if names is None:
            names = getattr(base, "__annotations__", None)
        if isinstance(names, dict):
            keys.extend(names)
    return _annotated_keys.setdefault(obj, tuple(keys))
