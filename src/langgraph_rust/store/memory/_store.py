"""`InMemoryStore`: items in dicts, and their vectors if it has an index.

_data     namespace -> key -> item
_vectors  namespace -> key -> path of the text -> vector
"""

from __future__ import annotations

from collections import defaultdict
from typing import TYPE_CHECKING, Any, Iterable, cast

from langgraph_rust._internal._home import settle
from langgraph_rust.store.base import (
    BaseStore,
    GetOp,
    Item,
    ListNamespacesOp,
    PutOp,
    SearchItem,
    SearchOp,
    ensure_embeddings,
    get_text_at_path,
    tokenize_path,
)
from langgraph_rust.store.memory._filter import _does_match, matches_filter
from langgraph_rust.store.memory._vectors import rank

if TYPE_CHECKING:
    from langchain_core.embeddings import Embeddings

    from langgraph_rust.store.base import IndexConfig, Op, Result
    from langgraph_rust.store.memory._vectors import Candidate

    Puts = dict[tuple[tuple[str, ...], str], PutOp]
    Searches = dict[int, tuple[SearchOp, list[Candidate]]]


def _dict_of_dicts() -> defaultdict:
    return defaultdict(dict)


class InMemoryStore(BaseStore):
    """Keeps items in memory, for as long as it lives.

    Args:
        index: How items are made findable by query; without it a search looks at filters alone.
    """

    __slots__ = (
        "_data",
        "_vectors",
        "index_config",
        "embeddings",
    )

    def __init__(self, *, index: IndexConfig | None = None) -> None:
        self._data: dict[tuple[str, ...], dict[str, Item]] = defaultdict(dict)
        self._vectors: dict[tuple[str, ...], dict[str, dict[str, list[float]]]] = defaultdict(
            _dict_of_dicts
        )
        self.index_config: Any = None
        self.embeddings: Embeddings | None = None
        if index:
            self.index_config = cast(Any, index).copy()
            self.embeddings = ensure_embeddings(index.get("embed"))
            self.index_config["__tokenized_fields"] = [
                (path, path if path == "$" else tokenize_path(path))
                for path in index.get("fields") or ["$"]
            ]

    def batch(self, ops: Iterable[Op]) -> list[Result]:
        """Run operations; reads see the store as it is before this batch's puts."""
        results, puts, searches = self._read(ops)
        queries = self._queries(searches)
        vectors = self._embed_queries(queries) if queries else {}
        self._finish_searches(searches, vectors, results)
        texts = self._texts(puts)
        if texts:
            self._add_vectors(texts, cast(Any, self.embeddings).embed_documents(list(texts)))
        self._put(puts)
        return results

    async def abatch(self, ops: Iterable[Op]) -> list[Result]:
        """Async twin of `batch`."""
        results, puts, searches = self._read(ops)
        queries = self._queries(searches)
        vectors = await self._aembed_queries(queries) if queries else {}
        self._finish_searches(searches, vectors, results)
        texts = self._texts(puts)
        if texts:
            self._add_vectors(texts, await cast(Any, self.embeddings).aembed_documents(list(texts)))
        self._put(puts)
        return results

    def _read(self, ops: Iterable[Op]) -> tuple[list[Result], Puts, Searches]:
        """Run the reads, but for the ranking of searches, and set the puts aside."""
        results: list[Result] = []
        puts: Puts = {}
        searches: Searches = {}
        for place, op in enumerate(ops):
            result: Result = None
            if isinstance(op, GetOp):
                result = self._data[op.namespace].get(op.key)
            elif isinstance(op, PutOp):
                puts[op.namespace, op.key] = op
            elif isinstance(op, SearchOp):
                searches[place] = (op, self._candidates(op))
            elif isinstance(op, ListNamespacesOp):
                result = self._list_namespaces(op)
            else:
                raise ValueError(f"Unknown operation type: {type(op)}")
            results.append(result)
        return results, puts, searches

    def _candidates(self, op: SearchOp) -> list[Candidate]:
        """The items that a search is about, with their vectors if it has a query."""
        prefix = op.namespace_prefix
        # With nothing to rank by the first ones will do.
        ranked = bool(op.query and self.embeddings)
        enough = op.offset + op.limit if not ranked and min(op.offset, op.limit) >= 0 else None
        found: list[Candidate] = []
        for namespace, items in self._data.items():
            if namespace[: len(prefix)] != prefix:
                continue
            vectors = self._vectors.get(namespace, {}) if op.query else {}
            for key, item in items.items():
                if len(found) == enough:
                    return found
                if matches_filter(item.value, op.filter):
                    found.append((item, list(vectors.get(key, {}).values())))
        return found

    def _queries(self, searches: Searches) -> list[str]:
        if not self.embeddings:
            return []
        return list({op.query for op, _ in searches.values() if op.query})

    def _embed_queries(self, queries: list[str]) -> dict[str, list[float]]:
        embed = cast(Any, self.embeddings).embed_query
        if len(queries) == 1:
            return {queries[0]: embed(queries[0])}
        from concurrent.futures import ThreadPoolExecutor

        with ThreadPoolExecutor() as pool:
            return dict(zip(queries, pool.map(embed, queries)))

    async def _aembed_queries(self, queries: list[str]) -> dict[str, list[float]]:
        from asyncio import gather

        embed = cast(Any, self.embeddings).aembed_query
        return dict(zip(queries, await gather(*map(embed, queries))))

    def _finish_searches(
        self, searches: Searches, vectors: dict[str, list[float]], results: list[Result]
    ) -> None:
        for place, (op, candidates) in searches.items():
            if op.query and vectors and candidates:
                kept = rank(vectors[op.query], candidates, op.limit, op.offset)
            else:
                kept = [(None, item) for item, _ in candidates[op.offset : op.offset + op.limit]]
            results[place] = [
                SearchItem(
                    namespace=item.namespace,
                    key=item.key,
                    value=item.value,
                    created_at=item.created_at,
                    updated_at=item.updated_at,
                    score=None if score is None else float(score),
                )
                for score, item in kept
            ]

    def _put(self, puts: Puts) -> None:
        if not puts:
            return
        from datetime import datetime, timezone

        now = datetime.now(timezone.utc)
        for (namespace, key), op in puts.items():
            if op.value is None:
                self._data[namespace].pop(key, None)
                self._vectors[namespace].pop(key, None)
            else:
                self._data[namespace][key] = Item(
                    value=dict(op.value),
                    key=key,
                    namespace=namespace,
                    created_at=now,
                    updated_at=now,
                )

    def _texts(self, puts: Puts) -> dict[str, list[tuple[tuple[str, ...], str, str]]]:
        """The texts to embed, each with the places its vector goes to."""
        texts: dict[str, list[tuple[tuple[str, ...], str, str]]] = defaultdict(list)
        if not self.index_config or not self.embeddings:
            return texts
        for op in puts.values():
            if op.value is None or op.index is False:
                continue
            if op.index is None:
                paths = self.index_config["__tokenized_fields"]
            else:
                paths = [(path, tokenize_path(path)) for path in op.index]
            for path, tokens in paths:
                found = get_text_at_path(op.value, tokens)
                for number, text in enumerate(found):
                    name = path if len(found) == 1 else f"{path}.{number}"
                    texts[text].append((op.namespace, op.key, name))
        return texts

    def _add_vectors(
        self, texts: dict[str, list[tuple[tuple[str, ...], str, str]]], vectors: list[list[float]]
    ) -> None:
        if len(texts) != len(vectors):
            raise ValueError(
                f"Number of embeddings ({len(vectors)}) does not"
                f" match number of indices ({len(texts)})"
            )
        for places, vector in zip(texts.values(), vectors):
            for namespace, key, path in places:
                self._vectors[namespace][key][path] = vector

    def _list_namespaces(self, op: ListNamespacesOp) -> list[tuple[str, ...]]:
        namespaces: Iterable[tuple[str, ...]] = [
            namespace
            for namespace in self._data
            if all(_does_match(condition, namespace) for condition in op.match_conditions or ())
        ]
        if op.max_depth is not None:
            namespaces = {namespace[: op.max_depth] for namespace in namespaces}
        return sorted(namespaces)[op.offset : op.offset + op.limit]


settle("langgraph.store.memory", InMemoryStore)
