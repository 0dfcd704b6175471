"""How near vectors are, and the order of a search by it."""

from __future__ import annotations

from functools import lru_cache
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from langgraph_rust.store.base import Item

    # an item and its vectors
    Candidate = tuple[Item, list[list[float]]]


@lru_cache(maxsize=1)
def _check_numpy() -> bool:
    """Whether numpy is there; warns once if not."""
    from importlib.util import find_spec

    if find_spec("numpy"):
        return True
    from logging import getLogger

    getLogger("langgraph.store.memory").warning(
        "NumPy not found in the current Python environment. "
        "The InMemoryStore will use a pure Python implementation for vector operations, "
        "which may significantly impact performance, "
        "especially for large datasets or frequent searches. "
        "For optimal speed and efficiency, consider installing NumPy: "
        "pip install numpy"
    )
    return False


def _cosine_similarity(X: list[float], Y: list[list[float]]) -> list[float]:
    """The cosine of the angle between `X` and each vector of `Y`; 0 for one of length 0."""
    if not Y:
        return []
    if not _check_numpy():
        return [_cosine(X, y) for y in Y]
    import numpy as np

    one, many = np.asarray(X), np.asarray(Y)
    lengths = np.linalg.norm(many, axis=1)
    found = np.zeros_like(lengths)
    some = lengths != 0
    found[some] = np.dot(many[some], one) / (lengths[some] * np.linalg.norm(one))
    return found.tolist()


def _cosine(x: list[float], y: list[float]) -> float:
    product = sum(a * b for a, b in zip(x, y))
    lengths = sum(a * a for a in x) ** 0.5 * sum(b * b for b in y) ** 0.5
    return product / lengths if lengths > 0 else 0.0


def rank(
    query: Any, candidates: list[Candidate], limit: int, offset: int
) -> list[tuple[float | None, Item]]:
    """The nearest items first, each by its nearest vector; those without vectors come last."""
    flat = [(item, vector) for item, vectors in candidates for vector in vectors]
    scores = _cosine_similarity(query, [vector for _, vector in flat])
    nearest: dict[tuple[tuple[str, ...], str], tuple[float | None, Item]] = {}
    for score, (item, _) in sorted(zip(scores, flat), key=lambda pair: pair[0], reverse=True):
        nearest.setdefault((item.namespace, item.key), (score, item))
    kept = list(nearest.values())[offset : offset + limit]
    unranked = [item for item, vectors in candidates if not vectors]
    kept += [(None, item) for item in unranked[: max(limit - len(kept), 0)]]
    return kept
