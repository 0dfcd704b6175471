"""What a store is, what it holds, and the operations on it."""

from __future__ import annotations

from typing import Any

from langgraph_rust.store.base._config import IndexConfig, TTLConfig
from langgraph_rust.store.base._items import NOT_PROVIDED, Item, NotProvided, SearchItem
from langgraph_rust.store.base._namespace import (
    InvalidNamespaceError,
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
    Result,
    SearchOp,
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


def __getattr__(name: str) -> Any:
    if name == "Embeddings":
        from langchain_core.embeddings import Embeddings

        return Embeddings
    raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
