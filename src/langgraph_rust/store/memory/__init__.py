"""A store that keeps everything in memory."""

from __future__ import annotations

from langgraph_rust.store.memory._filter import _compare_values
from langgraph_rust.store.memory._store import InMemoryStore
from langgraph_rust.store.memory._vectors import _check_numpy, _cosine_similarity
