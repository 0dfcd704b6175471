"""The classes that a graph's checkpoints may contain, as its schemas tell.

Imported by ``graph``, ``pregel`` and LangGraph's tests.
"""

from __future__ import annotations

import dataclasses
import sys
from collections import deque
from enum import Enum
from typing import TYPE_CHECKING, Any, Dict, List, Optional, Set, Tuple, Type

from typing_extensions import Annotated, NotRequired, Required, get_args, get_origin, is_typeddict

from langgraph_rust._internal._elsewhere import find_elsewhere
from langgraph_rust._internal._own_hints import UNIONS, find_hints
from langgraph_rust.checkpoint.serde._msgpack import SAFE_MSGPACK_TYPES, STRICT_MSGPACK_ENABLED

if TYPE_CHECKING:
    from typing import Iterable

__all__ = (
    "STRICT_MSGPACK_ENABLED",
    "apply_checkpointer_allowlist",
    "build_serde_allowlist",
    "collect_allowlist_from_schemas",
    "curated_core_allowlist",
)

_OF_THEIR_ARGUMENTS = (*UNIONS, list, set, tuple, dict, deque, frozenset)
_OF_THE_FIRST = (Annotated, Required, NotRequired)


def apply_checkpointer_allowlist(
    checkpointer: Any, allowlist: Optional[Set[Tuple[str, ...]]]
) -> Any:
    """A checkpointer that revives these classes too; other values are returned as they are."""
    if not checkpointer or checkpointer is True or allowlist is None:
        return checkpointer
    return checkpointer.with_allowlist(allowlist)


def curated_core_allowlist() -> Set[Tuple[str, ...]]:
    """(module, name) of langchain-core's message classes."""
    return {
        entry for entry in SAFE_MSGPACK_TYPES if entry[0].startswith("langchain_core.messages.")
    }


def build_serde_allowlist(
    *,
    schemas: Optional[List[Type[Any]]] = None,
    channels: Optional[Dict[str, Any]] = None,
) -> Set[Tuple[str, ...]]:
    """(module, name) of all that a graph with these schemas and channels may save."""
    named = collect_allowlist_from_schemas(schemas=schemas, channels=channels)
    return curated_core_allowlist() | named


def collect_allowlist_from_schemas(
    *,
    schemas: Optional[List[Type[Any]]] = None,
    channels: Optional[Dict[str, Any]] = None,
) -> Set[Tuple[str, ...]]:
    """(module, name) of the models, dataclasses and enums that types speak of, at any depth.

    Args:
        schemas: Schemas of states; None among them is passed over.
        channels: Channels, whose types of values and updates are looked into.
    """
    pending: List[Any] = list(schemas or ())
    for channel in (channels or {}).values():
        pending += (getattr(channel, "ValueType", None), getattr(channel, "UpdateType", None))
    found: Set[Tuple[str, ...]] = set()
    seen: Dict[Any, Any] = {}  # with the types themselves, so that no id is given again
    while pending:
        typ = pending.pop()
        try:
            if typ in seen:
                continue
            seen[typ] = typ
        except TypeError:  # an Annotated whose metadata has no hash
            if id(typ) in seen:
                continue
            seen[id(typ)] = typ
        pending += _look_into(typ, found)
    return found


def _look_into(typ: Any, found: Set[Tuple[str, ...]]) -> Iterable[Any]:
    """Note a type that is saved by name, and return the types it is made of."""
    if type(typ) is type:  # neither a model, an enum nor a TypedDict: they have metaclasses
        return _fields(typ, found) if hasattr(typ, "__dataclass_fields__") else ()
    # By its own type: on Python 3.9 and 3.10 `list[int]` is an instance of `type` as well.
    if issubclass(type(typ), type):
        return _look_into_class(typ, found)
    if typ is Any or typ is None:
        return ()
    origin = get_origin(typ)
    if origin in _OF_THEIR_ARGUMENTS:
        return get_args(typ)
    if origin in _OF_THE_FIRST:
        return get_args(typ)[:1]
    if origin is None and hasattr(typ, "__supertype__"):  # a NewType
        return (typ.__supertype__,)
    return ()


def _look_into_class(cls: Any, found: Set[Tuple[str, ...]]) -> Iterable[Any]:
    if is_typeddict(cls):
        return find_hints(cls)
    if _is_model(cls):
        found.add((cls.__module__, cls.__name__))
        return find_hints(cls) or _model_types(cls)
    if any("__dataclass_fields__" in base.__dict__ for base in cls.__mro__):
        return _fields(cls, found)
    if issubclass(cls, Enum):
        found.add((cls.__module__, cls.__name__))
    return ()


def _fields(cls: Any, found: Set[Tuple[str, ...]]) -> List[Any]:
    """Note a dataclass, and return the types of its fields."""
    found.add((cls.__module__, cls.__name__))
    return find_hints(cls) or [field.type for field in dataclasses.fields(cls)]


def _is_model(cls: Any) -> bool:
    # Only a pydantic that is loaded can have models.
    for name in ("pydantic", "pydantic.v1"):
        model = getattr(sys.modules.get(name), "BaseModel", None)
        if model is not None and model in cls.__mro__:
            return True
    return False


def _model_types(typ: Any) -> List[Any]:
    fields = getattr(typ, "model_fields", None)
    if fields is not None:
        types = [getattr(field, "annotation", None) for field in fields.values()]
    else:
        fields = getattr(typ, "__fields__", {})
        types = [getattr(field, "outer_type_", None) for field in fields.values()]
    return [type_ for type_ in types if type_ is not None]


__getattr__ = find_elsewhere(__name__, {"langgraph_rust.checkpoint.base": "BaseCheckpointSaver"})
