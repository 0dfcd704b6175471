"""Pydantic models made from a graph's fields. Loads pydantic when one is asked for.

Imported by ``graph``, ``pregel`` and LangGraph's tests.
"""

from __future__ import annotations

import sys
import typing
import warnings
from functools import lru_cache
from typing import TYPE_CHECKING, Any, Dict, Optional, Tuple, Type

import typing_extensions

if TYPE_CHECKING:
    from pydantic import BaseModel

NO_DEFAULT = object()


def get_fields(model: Any) -> Dict[str, Any]:
    """The fields of a model, or of a model's class, by name.

    Raises:
        TypeError: If it is neither.
    """
    for attribute in ("model_fields", "__fields__"):
        if hasattr(model, attribute):
            return getattr(model, attribute)
    raise TypeError(f"Expected a Pydantic model. Got {type(model)}")


def create_model(
    model_name: str,
    *,
    field_definitions: Optional[Dict[str, Any]] = None,
    root: Optional[Any] = None,
) -> Type[BaseModel]:
    """A model class; the same one each time for the same arguments.

    Args:
        model_name: Its name, and the title of its JSON schema.
        field_definitions: (type, default) by field, ``...`` for no default.
        root: In their place, the type of all of it, or a pair of type and default.

    Raises:
        NotImplementedError: If there are both, or a field that must be renamed is a pydantic
            ``Field``.
    """
    fields = field_definitions or {}
    if root:
        if fields:
            raise NotImplementedError(
                "When specifying __root__ no other "
                f"fields should be provided. Got {field_definitions}"
            )
        type_, default = root if isinstance(root, tuple) else (root, NO_DEFAULT)
        return _make(_root_model, model_name, type_, default)
    with warnings.catch_warnings():
        if any(name.startswith("model") for name in fields):
            # Such a name may clash with what pydantic itself has under `model_`.
            warnings.simplefilter("ignore")
        return _make(_field_model, model_name, tuple(fields.items()))


def _make(cached: Any, *args: Any) -> Any:
    try:
        hash(args)
    except TypeError:
        return cached.__wrapped__(*args)
    return cached(*args)


@lru_cache(maxsize=256)
def _field_model(name: str, fields: Tuple[Tuple[str, Any], ...]) -> Type[BaseModel]:
    import pydantic

    config = pydantic.ConfigDict(arbitrary_types_allowed=True, frozen=True, protected_namespaces=())
    reserved = _reserved_names()
    renamed: Dict[str, Any] = {}
    for key, definition in fields:
        if key.startswith("_") or key in reserved:
            renamed[f"private_{key}"] = _as_alias(key, definition)
        else:
            renamed[key] = definition
    return pydantic.create_model(name, __config__=config, **renamed)


@lru_cache(maxsize=1)
def _reserved_names() -> typing.FrozenSet[str]:
    """What a field cannot be called: the public attributes of a model."""
    from pydantic import BaseModel

    return frozenset(name for name in dir(BaseModel) if not name.startswith("_"))


def _as_alias(key: str, definition: Any) -> Tuple[Any, Any]:
    """The definition of a field that bears another name and is still called `key` outside."""
    from pydantic import Field
    from pydantic.fields import FieldInfo

    if isinstance(definition, FieldInfo):
        raise NotImplementedError(
            f"Remapping for fields starting with '_' or fields with a name "
            f"matching a reserved name {set(_reserved_names())} is not supported if "
            f" the field is a pydantic Field instance. Got {key}."
        )
    type_, default = definition
    title = key.lstrip("_").replace("_", " ").title()
    return type_, Field(default=default, alias=key, serialization_alias=key, title=title)


@lru_cache(maxsize=256)
def _root_model(name: str, type_: Any, default: Any) -> Type[BaseModel]:
    from pydantic import ConfigDict

    members: Dict[str, Any] = {
        "__module__": __name__,
        "__annotations__": {"root": type_},
        "model_config": ConfigDict(arbitrary_types_allowed=True),
    }
    if default is not NO_DEFAULT:
        members["root"] = default
    return type(name, (_titled_root(),), members)


@lru_cache(maxsize=1)
def _titled_root() -> Any:
    from pydantic import RootModel

    class TitledRoot(RootModel):
        """A root model whose schema has its own name for a title, not that of its type."""

        @classmethod
        def model_json_schema(cls, *args: Any, **kwargs: Any) -> Dict[str, Any]:
            return {**super().model_json_schema(*args, **kwargs), "title": cls.__name__}

    return TitledRoot


def is_supported_by_pydantic(type_: Any) -> bool:
    """Whether a type has fields that pydantic can check: a dataclass, a model or a TypedDict."""
    if hasattr(type_, "__dataclass_fields__"):
        return True
    pydantic = sys.modules.get("pydantic")
    # By its own type: on Python 3.9 and 3.10 `list[int]` is an instance of `type` as well.
    is_class = issubclass(type(type_), type)
    if pydantic is not None and is_class and issubclass(type_, pydantic.BaseModel):
        return True
    bases = getattr(type_, "__orig_bases__", ())
    if any(base is typing_extensions.TypedDict for base in bases):
        return True
    # Pydantic takes that of `typing` from 3.12 on.
    return sys.version_info >= (3, 12) and any(base is typing.TypedDict for base in bases)
