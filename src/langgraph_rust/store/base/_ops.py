"""The operations of a store. `BaseStore.batch` takes any mix of them."""

from __future__ import annotations

from typing import Any, List, Literal, Mapping, NamedTuple, Tuple, Union

from langgraph_rust._internal._home import pickled_at_home, settle
from langgraph_rust.store.base._items import Item, SearchItem

# A namespace in which "*" stands for any label.
NamespacePath = Tuple[Union[str, Literal["*"]], ...]

# Which end of a namespace is looked at.
NamespaceMatchType = Literal["prefix", "suffix"]


@pickled_at_home
class GetOp(NamedTuple):
    """Get one item."""

    namespace: tuple[str, ...]
    """Where it is."""
    key: str
    """Its name there."""
    refresh_ttl: bool = True
    """Whether the read makes it live longer, in a store where items expire."""


@pickled_at_home
class SearchOp(NamedTuple):
    """Find items of a namespace and those below it."""

    namespace_prefix: tuple[str, ...]
    """Where to look; `()` for everywhere."""
    filter: dict[str, Any] | None = None
    """Keys of the value and what they must equal, or `{"$gt": x}` with `$eq`, `$ne`, `$gt`, `$gte`,
    `$lt` or `$lte`; all must hold."""
    limit: int = 10
    """How many to return at most."""
    offset: int = 0
    """How many to skip."""
    query: str | None = None
    """What to rank them by, in natural language, in a store that has an index."""
    refresh_ttl: bool = True
    """Whether the read makes them live longer, in a store where items expire."""


@pickled_at_home
class MatchCondition(NamedTuple):
    """What a namespace must begin or end with."""

    match_type: NamespaceMatchType
    """Which end of it is looked at."""
    path: NamespacePath
    """The labels there; `"*"` stands for any."""


@pickled_at_home
class ListNamespacesOp(NamedTuple):
    """List the namespaces that hold something."""

    match_conditions: tuple[MatchCondition, ...] | None = None
    """What they must begin or end with; all must hold."""
    max_depth: int | None = None
    """How many labels to keep of each; what becomes equal is listed once."""
    limit: int = 100
    """How many to return at most."""
    offset: int = 0
    """How many to skip."""


@pickled_at_home
class PutOp(NamedTuple):
    """Store or delete one item."""

    namespace: tuple[str, ...]
    """Where to."""
    key: str
    """Its name there."""
    value: Mapping[str, Any] | None
    """What to store, with string keys and values that JSON can hold; None deletes the item."""
    index: Literal[False] | list[str] | None = None  # type: ignore[assignment]
    """Which parts a search by query sees: paths as in `IndexConfig.fields`; None for the store's
    own choice, False for none."""
    ttl: float | None = None
    """How many minutes the item lives after it was last used; None for ever."""


Op = Union[GetOp, SearchOp, PutOp, ListNamespacesOp]
Result = Union[Item, List[Item], List[SearchItem], List[Tuple[str, ...]], None]


settle("langgraph.store.base", GetOp, SearchOp, MatchCondition, ListNamespacesOp, PutOp)
