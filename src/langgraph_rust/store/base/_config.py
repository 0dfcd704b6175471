"""How a store is set up."""

from __future__ import annotations

from typing import TYPE_CHECKING, List, TypedDict, Union

from langgraph_rust._internal._home import settle

if TYPE_CHECKING:
    from langchain_core.embeddings import Embeddings

    from langgraph_rust.store.base.embed import AEmbeddingsFunc, EmbeddingsFunc


class TTLConfig(TypedDict, total=False):
    """When items expire, in a store where they do."""

    refresh_on_read: bool
    """Whether a read makes an item live longer, if the operation does not say. Default True."""
    omit_expired: bool
    """Whether expired items are left out of results before they are swept. Default False."""
    default_ttl: Union[float, None]
    """Minutes that a new item lives after its last use, unless its put says; None for ever."""
    sweep_interval_minutes: Union[int, None]
    """Minutes between two sweeps of expired items; None for no sweeps."""


class IndexConfig(TypedDict, total=False):
    """How items are made findable by query."""

    dims: int
    """Length of the vectors."""
    embed: Union[Embeddings, EmbeddingsFunc, AEmbeddingsFunc, str]
    """What makes vectors of texts: langchain-core's `Embeddings`, a function of a list of texts,
    sync or async, or the name of a model as langchain's `init_embeddings` takes it."""
    fields: Union[List[str], None]
    """Which texts of a value get a vector each: paths such as `"a.b"`, `"rows[0]"`, `"rows[*].a"`.
    Default `["$"]`, the whole value."""


settle("langgraph.store.base", TTLConfig, IndexConfig)
