"""A store that keeps everything in memory."""

from __future__ import annotations

from langgraph_rust.store.base import (
    BaseStore,
    GetOp,
    IndexConfig,
    Item,
    ListNamespacesOp,
    MatchCondition,
    Op,
    PutOp,
    Result,
    SearchItem,
    SearchOp,
    ensure_embeddings,
    get_text_at_path,
    tokenize_path,
)
from langgraph_rust.store.memory._filter import _apply_operator, _compare_values, _does_match
from langgraph_rust.store.memory._store import InMemoryStore as InMemoryStore
from langgraph_rust.store.memory._vectors import _check_numpy, _cosine_similarity
