"""What a store is, what it holds, and the operations on it."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from langgraph_rust.store.base._config import IndexConfig as IndexConfig
from langgraph_rust.store.base._config import TTLConfig as TTLConfig
from langgraph_rust.store.base._items import NOT_PROVIDED as NOT_PROVIDED
from langgraph_rust.store.base._items import Item
from langgraph_rust.store.base._items import NotProvided as NotProvided
from langgraph_rust.store.base._items import SearchItem as SearchItem
from langgraph_rust.store.base._namespace import (
    InvalidNamespaceError as InvalidNamespaceError,
)
from langgraph_rust.store.base._namespace import (
    _validate_namespace,
    _validate_namespace_labels,
    validate_op_namespace,
)
from langgraph_rust.store.base._ops import (
    GetOp,
    ListNamespacesOp,
    MatchCondition,
    NamespaceMatchType,
    NamespacePath,
    Op,
    PutOp,
    SearchOp,
)
from langgraph_rust.store.base._ops import (
    Result as Result,
)
from langgraph_rust.store.base._requests import _ensure_refresh, _ensure_ttl
from langgraph_rust.store.base._store import BaseStore
from langgraph_rust.store.base.embed import (
    AEmbeddingsFunc,
    EmbeddingsFunc,
    ensure_embeddings,
    get_text_at_path,
    tokenize_path,
)

__all__ = [
    "BaseStore",
    "Item",
    "Op",
    "PutOp",
    "GetOp",
    "SearchOp",
    "ListNamespacesOp",
    "MatchCondition",
    "NamespacePath",
    "NamespaceMatchType",
    "Embeddings",
    "ensure_embeddings",
    "tokenize_path",
    "get_text_at_path",
    "validate_op_namespace",
]


if not TYPE_CHECKING:

    def __getattr__(name: str) -> Any:
        if name == "Embeddings":
            from langchain_core.embeddings import Embeddings

            return Embeddings
        raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
