"""Making, merging and patching run configs, and the callback managers they ask for.

Upstream's tests and other packages import from here: `ensure_config`, `merge_configs`,
`patch_config`, `patch_configurable`, `DEFAULT_RECURSION_LIMIT`, both callback manager getters.
"""

from __future__ import annotations

from collections.abc import Mapping
from os import getenv
from typing import TYPE_CHECKING, Any, Dict, List, Optional, Sequence, cast

from langgraph_rust._internal._compat import name_as_upstream
from langgraph_rust._internal._constants import (
    _CHECKPOINT_COORDINATE_KEYS,
    CONF,
    CONFIG_KEY_CHECKPOINT_ID,
    CONFIG_KEY_CHECKPOINT_MAP,
    CONFIG_KEY_CHECKPOINT_NS,
    NS_END,
    NS_SEP,
)
from langgraph_rust._internal._elsewhere import find_elsewhere
from langgraph_rust._langchain.callbacks import (
    async_manager as get_async_callback_manager_for_config,
)
from langgraph_rust._langchain.callbacks import is_manager
from langgraph_rust._langchain.callbacks import (
    sync_manager as get_callback_manager_for_config,
)
from langgraph_rust._langchain.context import CONFIG_VAR as var_child_runnable_config
from langgraph_rust._langchain.context import current_config

if TYPE_CHECKING:
    from langchain_core.runnables import RunnableConfig

__all__ = (
    "DEFAULT_RECURSION_LIMIT",
    "DELTA_MAX_SUPERSTEPS_SINCE_SNAPSHOT",
    "ensure_config",
    "filter_to_user_tags",
    "get_async_callback_manager_for_config",
    "get_callback_manager_for_config",
    "merge_configs",
    "patch_checkpoint_map",
    "patch_config",
    "patch_configurable",
    "recast_checkpoint_ns",
    "var_child_runnable_config",
)


class _DefaultRecursionLimit(int):
    """The limit nobody chose: merging lets any explicit limit win over it."""


DEFAULT_RECURSION_LIMIT = _DefaultRecursionLimit(
    getenv("LANGGRAPH_DEFAULT_RECURSION_LIMIT", "10007")
)
"""Supersteps a run may take unless its config says otherwise."""

DELTA_MAX_SUPERSTEPS_SINCE_SNAPSHOT = int(
    getenv("LANGGRAPH_DELTA_MAX_SUPERSTEPS_SINCE_SNAPSHOT", "5000")
)
"""Supersteps after which a delta channel is stored whole again, whatever its own frequency."""

CONFIG_KEYS = [
    "tags",
    "metadata",
    "callbacks",
    "run_name",
    "max_concurrency",
    "recursion_limit",
    "configurable",
    "run_id",
]
"""The keys of a config; any other key given to `ensure_config` moves into `configurable`."""

COPIABLE_KEYS = ["tags", "metadata", "callbacks", "configurable"]
"""The keys whose values an inheriting config copies."""

_PROPAGATE_TO_METADATA = (
    "thread_id",
    "checkpoint_id",
    "checkpoint_ns",
    "task_id",
    "run_id",
    "assistant_id",
    "graph_id",
)


_SCALARS = frozenset((str, int, float, bool, tuple, type(None)))


def recast_checkpoint_ns(ns: str) -> str:
    """Strip task ids and call counters from a namespace, leaving the node names."""
    names = [part.split(NS_END, 1)[0] for part in ns.split(NS_SEP) if not part.isdigit()]
    return NS_SEP.join(names)


def patch_configurable(config: Optional[RunnableConfig], patch: Dict[str, Any]) -> RunnableConfig:
    """Return a copy of `config` with `patch` laid over its configurable values."""
    if config is None:
        return {CONF: patch}
    if CONF in config:
        patch = {**config[CONF], **patch}
    return cast("RunnableConfig", {**config, CONF: patch})


def patch_checkpoint_map(
    config: Optional[RunnableConfig], metadata: Optional[Mapping[str, Any]]
) -> Optional[RunnableConfig]:
    """Add the checkpoint ids of the parent graphs, as stored in `metadata`, to `config`."""
    parents = metadata.get("parents") if config is not None and metadata else None
    if not parents:
        return config
    own = cast("Dict[str, Any]", config)[CONF]
    ids = {**parents, own[CONFIG_KEY_CHECKPOINT_NS]: own[CONFIG_KEY_CHECKPOINT_ID]}
    return patch_configurable(config, {CONFIG_KEY_CHECKPOINT_MAP: ids})


def _own_mapping(value: Any) -> Any:
    if type(value) in _SCALARS:
        return value
    return dict(value) if isinstance(value, Mapping) else value


def _merge_metadata(
    base: Optional[Mapping[str, Any]], new: Optional[Mapping[str, Any]]
) -> Dict[str, Any]:
    """Merge two metadata dicts; mappings in them are copied, `lc_versions` are joined."""
    merged = {key: _own_mapping(value) for key, value in (base or {}).items()}
    for key, value in (new or {}).items():
        if key == "lc_versions" and isinstance(value, Mapping):
            known = merged.get(key)
            if isinstance(known, Mapping):
                value = {**known, **value}
        merged[key] = _own_mapping(value)
    return merged


def _with_handlers(manager: Any, handlers: List[Any]) -> Any:
    manager = manager.copy()
    for handler in handlers:
        manager.add_handler(handler, inherit=True)
    return manager


def _merge_callbacks(base: Any, new: Any) -> Any:
    """Join two `callbacks` values, each None, a list of handlers or a manager.

    Neither is changed.

    Raises:
        NotImplementedError: If a value is none of these.
    """
    if new is None:
        return base
    if base is None:
        return new.copy() if isinstance(new, list) or is_manager(new) else new
    if isinstance(base, list):
        if isinstance(new, list):
            return base + new
        if is_manager(new):
            return _with_handlers(new, base)
    elif is_manager(base):
        if isinstance(new, list):
            return _with_handlers(base, new)
        if is_manager(new):
            return base.merge(new)
    raise NotImplementedError(f"Unsupported callback types: {type(base)}, {type(new)}")


def merge_configs(*configs: Optional[RunnableConfig]) -> RunnableConfig:
    """Merge configs, later ones winning; empty values are ignored.

    Metadata, tags, configurable values and callbacks are joined. The default recursion limit
    never replaces an explicit one.
    """
    base: Dict[str, Any] = {}
    for config in configs:
        given: Any = config or {}
        for key, value in given.items():
            if not value:
                continue
            known = base.get(key)
            if key == "metadata":
                base[key] = _merge_metadata(known, value)
            elif key == "tags":
                base[key] = [*known, *value] if known else value
            elif key == CONF:
                base[key] = {**known, **value} if known else value
            elif key == "callbacks":
                base[key] = _merge_callbacks(known, value)
            elif key != "recursion_limit" or not isinstance(value, _DefaultRecursionLimit):
                base[key] = value
    base.setdefault(CONF, {})
    return cast("RunnableConfig", base)


def patch_config(
    config: Optional[RunnableConfig],
    *,
    callbacks: Any = None,
    recursion_limit: Optional[int] = None,
    max_concurrency: Optional[int] = None,
    run_name: Optional[str] = None,
    configurable: Optional[Dict[str, Any]] = None,
) -> RunnableConfig:
    """Return a copy of `config` with the given values.

    New callbacks belong to a new run, so they take the old one's `run_name` and `run_id` away.
    """
    patched = cast("Dict[str, Any]", config.copy() if config is not None else {})
    if callbacks is not None:
        patched["callbacks"] = callbacks
        patched.pop("run_name", None)
        patched.pop("run_id", None)
    if recursion_limit is not None:
        patched["recursion_limit"] = recursion_limit
    if max_concurrency is not None:
        patched["max_concurrency"] = max_concurrency
    if run_name is not None:
        patched["run_name"] = run_name
    if configurable is not None:
        patched[CONF] = {**patched.get(CONF, {}), **configurable}
    return cast("RunnableConfig", patched)


def _is_not_empty(value: Any) -> bool:
    if isinstance(value, (list, tuple, dict)):
        return len(value) > 0
    return value is not None


def _names_checkpoint(configs: Sequence[Optional[RunnableConfig]]) -> bool:
    """Tell whether the caller addresses a checkpoint lineage of its own."""
    for config in configs:
        own = config.get(CONF) if config is not None else None
        if own and any(_is_not_empty(own.get(k)) for k in _CHECKPOINT_COORDINATE_KEYS):
            return True
    return False


def _inherited_config(running: Optional[Mapping[str, Any]]) -> Dict[str, Any]:
    config: Dict[str, Any] = {
        "tags": [],
        "metadata": {},
        "callbacks": None,
        "recursion_limit": DEFAULT_RECURSION_LIMIT,
        "configurable": {},
    }
    for key, value in (running or {}).items():
        if _is_not_empty(value):
            config[key] = value.copy() if key in COPIABLE_KEYS else value
    return config


def ensure_config(*configs: Optional[RunnableConfig]) -> RunnableConfig:
    """Return a complete config: defaults, the running task's config, then `configs` in order.

    Unknown keys become configurable values. Ids among the configurable values are repeated in
    the metadata. A caller that names a thread or checkpoint of its own inherits no configurable
    values from the running task, whose checkpoint they point to.
    """
    return complete_config(current_config(), *configs)


def complete_config(
    running: Optional[Mapping[str, Any]], *configs: Optional[RunnableConfig]
) -> RunnableConfig:
    """See `ensure_config`; `running` is the config of the running task."""
    full = _inherited_config(running)
    inherited_tags = set(full["tags"])
    if full[CONF] and _names_checkpoint(configs):
        full[CONF] = {}
    for config in configs:
        if config is None:
            continue
        strays = {}
        given: Any = config
        for key, value in given.items():
            if not _is_not_empty(value):
                continue
            if key == CONF:
                full[key] = {**full[key], **value}
            elif key == "callbacks":
                full[key] = _merge_callbacks(full[key], value)
            elif key == "metadata":
                full[key] = _merge_metadata(full[key], value)
            elif key == "tags":
                new = [tag for tag in value if tag not in inherited_tags]
                full[key] = [*full[key], *new]
            elif key in CONFIG_KEYS:
                full[key] = value
            else:
                strays[key] = value
        full[CONF].update(strays)
    _repeat_ids(full[CONF], full["metadata"])
    return cast("RunnableConfig", full)


def _repeat_ids(configurable: Dict[str, Any], metadata: Dict[str, Any]) -> None:
    if not configurable:
        return
    for key in _PROPAGATE_TO_METADATA:
        value = configurable.get(key)
        if value and key not in metadata:
            metadata[key] = value


def filter_to_user_tags(tags: Optional[Sequence[str]]) -> Optional[List[str]]:
    """Drop the tags that sequences put on their steps; None if nothing is left."""
    return [tag for tag in tags or () if not tag.startswith("seq:step")] or None


__getattr__ = find_elsewhere(
    __name__,
    {
        "langchain_core.callbacks": "AsyncCallbackManager BaseCallbackManager CallbackManager "
        "Callbacks",
        "langchain_core.runnables": "RunnableConfig",
        "langgraph_rust.checkpoint.base": "CheckpointMetadata",
    },
)

name_as_upstream(globals())
