"""Makes an operation of the arguments of a store's method, once for the sync and the async one."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Literal, Mapping

from langgraph_rust._internal._home import settle
from langgraph_rust.store.base._items import NOT_PROVIDED
from langgraph_rust.store.base._namespace import _validate_namespace, _validate_namespace_labels
from langgraph_rust.store.base._ops import GetOp, ListNamespacesOp, MatchCondition, PutOp, SearchOp

if TYPE_CHECKING:
    from langgraph_rust.store.base._config import TTLConfig
    from langgraph_rust.store.base._items import NotProvided
    from langgraph_rust.store.base._ops import NamespacePath
    from langgraph_rust.store.base._store import BaseStore


def _ensure_refresh(ttl_config: TTLConfig | None, refresh_ttl: bool | None = None) -> bool:
    if refresh_ttl is not None:
        return refresh_ttl
    return True if ttl_config is None else ttl_config.get("refresh_on_read", True)


def _ensure_ttl(
    ttl_config: TTLConfig | None, ttl: float | None | NotProvided = NOT_PROVIDED
) -> float | None:
    if ttl is not NOT_PROVIDED:
        return ttl  # type: ignore[return-value]
    return ttl_config.get("default_ttl") if ttl_config else None


def get_op(store: BaseStore, namespace: Any, key: Any, refresh_ttl: bool | None) -> GetOp:
    """The operation of `get`."""
    _validate_namespace_labels(namespace)
    return GetOp(namespace, key, _ensure_refresh(store.ttl_config, refresh_ttl))


def search_op(
    store: BaseStore,
    namespace_prefix: Any,
    query: str | None,
    filter: dict[str, Any] | None,
    limit: int,
    offset: int,
    refresh_ttl: bool | None,
) -> SearchOp:
    """The operation of `search`."""
    _validate_namespace_labels(namespace_prefix)
    refresh = _ensure_refresh(store.ttl_config, refresh_ttl)
    return SearchOp(namespace_prefix, filter, limit, offset, query, refresh)


def put_op(
    store: BaseStore,
    namespace: Any,
    key: Any,
    value: Mapping[str, Any],
    index: Literal[False] | list[str] | None,
    ttl: float | None | NotProvided,
) -> PutOp:
    """The operation of `put`."""
    _validate_namespace(namespace)
    if ttl not in (NOT_PROVIDED, None) and not store.supports_ttl:
        raise NotImplementedError(
            f"TTL is not supported by {store.__class__.__name__}. "
            f"Use a store implementation that supports TTL or set ttl=None."
        )
    return PutOp(namespace, key, value, index=index, ttl=_ensure_ttl(store.ttl_config, ttl))


def delete_op(namespace: Any, key: Any) -> PutOp:
    """The operation of `delete`."""
    _validate_namespace_labels(namespace)
    return PutOp(namespace, key, None)


def list_namespaces_op(
    prefix: NamespacePath | None,
    suffix: NamespacePath | None,
    max_depth: int | None,
    limit: int,
    offset: int,
) -> ListNamespacesOp:
    """The operation of `list_namespaces`."""
    conditions = []
    for end, path in (("prefix", prefix), ("suffix", suffix)):
        _validate_namespace_labels(path or ())
        if path:
            conditions.append(MatchCondition(match_type=end, path=path))  # type: ignore[arg-type]
    return ListNamespacesOp(tuple(conditions), max_depth, limit, offset)


settle("langgraph.store.base", _ensure_refresh, _ensure_ttl)
