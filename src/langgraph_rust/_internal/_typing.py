"""What a state may be, to a type checker, and the sentinel for «nothing there».

Imported by the whole package; LangGraph's tests import ``MISSING``.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, ClassVar, Dict, FrozenSet, Tuple, Union

if TYPE_CHECKING:
    from dataclasses import Field
    from typing import Protocol, TypedDict

    from pydantic import BaseModel
else:
    # Only type checkers look into the classes below, and these bases take long to derive from.
    Protocol = object
    TypedDict = dict


class TypedDictLikeV1(Protocol):
    """A TypedDict, as the type checkers see it that take its key sets for class variables."""

    __required_keys__: ClassVar[FrozenSet[str]]
    __optional_keys__: ClassVar[FrozenSet[str]]


class TypedDictLikeV2(Protocol):
    """A TypedDict, as the other type checkers see it."""

    __required_keys__: FrozenSet[str]
    __optional_keys__: FrozenSet[str]


class DataclassLike(Protocol):
    """A dataclass."""

    __dataclass_fields__: ClassVar[Dict[str, Field[Any]]]


# pydantic is named, not imported: a graph without models must not load it.
if TYPE_CHECKING:
    StateLike = Union[TypedDictLikeV1, TypedDictLikeV2, DataclassLike, BaseModel]
else:
    StateLike = Union[TypedDictLikeV1, TypedDictLikeV2, DataclassLike]


class DeprecatedKwargs(TypedDict):
    """Keyword arguments that are taken no more; empty, so that a type checker warns of each."""


MISSING = object()
EMPTY_SEQ: Tuple[str, ...] = ()
