"""The classes that a graph's checkpoints may contain, as its schemas tell.

Imported by ``graph``, ``pregel`` and LangGraph's tests.
"""

from __future__ import annotations

import dataclasses
import sys
from collections import deque
from enum import Enum
from typing import TYPE_CHECKING, Any, Dict, List, Optional, Set, Tuple, Type, Union

from typing_extensions import (
    Annotated,
    Literal,
    NotRequired,
    Required,
    get_args,
    get_origin,
    get_type_hints,
    is_typeddict,
)

from langgraph_rust._internal._elsewhere import find_elsewhere
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

if sys.version_info >= (3, 10):
    from types import UnionType

    _UNIONS: Tuple[Any, ...] = (Union, UnionType)
else:
    _UNIONS = (Union,)


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
    seen: Set[Any] = set()
    while pending:
        typ = pending.pop()
        mark = _mark(typ)
        if mark not in seen:
            seen.add(mark)
            pending.extend(_look_into(typ, found))
    return found


def _mark(typ: Any) -> Any:
    try:
        hash(typ)
    except TypeError:  # an Annotated whose metadata has no hash
        return id(typ)
    return typ


def _look_into(typ: Any, found: Set[Tuple[str, ...]]) -> Iterable[Any]:
    """Note a type that is saved by name, and return the types it is made of."""
    if typ is Any or typ is None:
        return ()
    origin, args = get_origin(typ), get_args(typ)
    if origin in _UNIONS or origin in (list, set, tuple, dict, deque, frozenset):
        return args
    if origin in (Annotated, Required, NotRequired):
        return args[:1]
    if origin is Literal:
        return ()
    if hasattr(typ, "__supertype__"):  # a NewType
        return (typ.__supertype__,)
    if is_typeddict(typ):
        return _hints(typ)
    if _is_model(typ):
        found.add((typ.__module__, typ.__name__))
        return _hints(typ) or _model_types(typ)
    if dataclasses.is_dataclass(typ):
        name = getattr(typ, "__name__", None)
        if name:
            found.add((typ.__module__, name))
        return _hints(typ) or [field.type for field in dataclasses.fields(typ)]
    if _is_class(typ) and issubclass(typ, Enum):
        found.add((typ.__module__, typ.__name__))
    return ()


def _hints(typ: Any) -> List[Any]:
    module = sys.modules.get(getattr(typ, "__module__", ""))
    try:
        hints = get_type_hints(
            typ,
            globalns=None if module is None else module.__dict__,
            localns=dict(vars(typ)) if hasattr(typ, "__dict__") else None,
            include_extras=True,
        )
    except Exception:  # names something that is not there at runtime
        return []
    return list(hints.values())


def _is_model(typ: Any) -> bool:
    # Only a pydantic that is loaded can have models.
    bases = [getattr(sys.modules.get(n), "BaseModel", None) for n in ("pydantic", "pydantic.v1")]
    return _is_class(typ) and issubclass(typ, tuple(b for b in bases if b is not None))


def _is_class(typ: Any) -> bool:
    # By its own type: on Python 3.9 and 3.10 `list[int]` is an instance of `type` as well.
    return issubclass(type(typ), type)


def _model_types(typ: Any) -> List[Any]:
    if hasattr(typ, "model_fields"):
        types = [getattr(field, "annotation", None) for field in typ.model_fields.values()]
    else:
        fields = getattr(typ, "__fields__", {})
        types = [getattr(field, "outer_type_", None) for field in fields.values()]
    return [type_ for type_ in types if type_ is not None]


__getattr__ = find_elsewhere(__name__, {"langgraph_rust.checkpoint.base": "BaseCheckpointSaver"})
