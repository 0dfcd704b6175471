"""Whether a run is observed, and the callback managers of those that are.

A run nobody observes pays one check and builds no manager: `observed` tells, without importing
langchain or langsmith, whether langchain would find any handler for a config. It may answer True
for a config that turns out to have none, never False for one that has.
"""

from __future__ import annotations

import sys
from functools import lru_cache
from typing import Any, Dict, List, Mapping, Optional, Sequence

from langgraph_rust._langchain.surroundings import ambient_handlers

_SECRETS = ("key", "token", "secret", "password", "auth")


def is_manager(value: Any) -> bool:
    """Tell whether `value` is one of langchain's callback managers."""
    base = sys.modules.get("langchain_core.callbacks.base")
    return base is not None and isinstance(value, base.BaseCallbackManager)


def _manager_class(asynchronous: bool) -> Any:
    """Return langchain's manager for sync or asyncio runs, None while it is not loaded."""
    module = sys.modules.get("langchain_core.callbacks.manager")
    name = "AsyncCallbackManager" if asynchronous else "CallbackManager"
    return getattr(module, name, None)


def observed(config: Mapping[str, Any], asynchronous: bool = False) -> bool:
    """Tell whether a run with `config` may have handlers or tracers.

    Args:
        config: The run's config. A manager of the right kind among its `callbacks` knows all
            handlers already; anything else is completed from the surroundings.
        asynchronous: Whether it is an asyncio run.
    """
    callbacks = config.get("callbacks")
    if callbacks:
        if not is_manager(callbacks):
            return True
        if callbacks.handlers or callbacks.inheritable_handlers:
            return True
        if isinstance(callbacks, _manager_class(asynchronous) or ()):
            return False
    return ambient_handlers()


def _tracing_metadata(config: Dict[str, Any]) -> Optional[Dict[str, Any]]:
    """Return the configurable values that tracers may show: plain, public and no secrets."""
    shown = {}
    for key, value in (config.get("configurable") or {}).items():
        if key.startswith("__") or not isinstance(value, (str, int, float, bool)):
            continue
        folded = key.casefold()
        if not any(word in folded for word in _SECRETS):
            shown[key] = value
    return shown or None


@lru_cache(maxsize=8)
def _accepts_tracing_metadata(cls: Any) -> bool:
    # Older versions of langchain-core have no such parameter.
    from inspect import signature

    return "langsmith_inheritable_metadata" in signature(cls.configure).parameters


def _manager(cls: Any, config: Dict[str, Any], tags: Optional[Sequence[str]]) -> Any:
    all_tags: Optional[List[str]] = config.get("tags")
    if tags is not None:
        all_tags = [*(all_tags or ()), *tags]
    callbacks = config.get("callbacks")
    metadata = config.get("metadata")
    if callbacks and isinstance(callbacks, cls):
        if all_tags:
            callbacks.add_tags(all_tags)
        if metadata:
            callbacks.add_metadata(metadata)
        return callbacks
    extra = {}
    if _accepts_tracing_metadata(cls):
        extra["langsmith_inheritable_metadata"] = _tracing_metadata(config)
    return cls.configure(
        inheritable_callbacks=callbacks,
        inheritable_tags=all_tags,
        inheritable_metadata=metadata,
        **extra,
    )


def sync_manager(config: Dict[str, Any], tags: Optional[Sequence[str]] = None) -> Any:
    """Return langchain's `CallbackManager` for a config.

    A manager that the config holds is used as it is, with the config's tags and metadata added;
    otherwise one is configured from the config's handlers and the surroundings.

    Args:
        config: The run's config.
        tags: Tags to add to those of the config.
    """
    from langchain_core.callbacks.manager import CallbackManager

    return _manager(CallbackManager, config, tags)


def async_manager(config: Dict[str, Any], tags: Optional[Sequence[str]] = None) -> Any:
    """See `sync_manager`; returns an `AsyncCallbackManager`."""
    from langchain_core.callbacks.manager import AsyncCallbackManager

    return _manager(AsyncCallbackManager, config, tags)


def unobserved_callbacks(config: Dict[str, Any], asynchronous: bool = False) -> Any:
    """Return the `callbacks` for the config of an unobserved task.

    langchain refuses to dispatch custom events without a parent run, observed or not. So where
    langchain is loaded the task gets a manager that has a run id and no handlers; where it is
    not, an empty list.
    """
    callbacks = config.get("callbacks")
    if callbacks and is_manager(callbacks) and callbacks.parent_run_id is not None:
        return callbacks
    cls = _manager_class(asynchronous)
    if cls is None:
        return []
    from uuid import UUID

    from langgraph_rust._engine import random_id

    return cls(
        handlers=[],
        # not by `uuid4`: a program that counts or fixes those knows of langchain's own alone
        parent_run_id=UUID(bytes=random_id(), version=4),
        inheritable_tags=list(config.get("tags") or ()),
        inheritable_metadata=dict(config.get("metadata") or ()),
    )


class Unobserved:
    """Stands in for langchain's callback manager and run manager where there is no handler."""

    __slots__ = ("_child", "config")

    handlers: Sequence[Any] = ()
    run_id = None
    asynchronous = False

    def __init__(self, config: Dict[str, Any]) -> None:
        self.config = config
        self._child: Any = None

    def on_chain_start(self, *_: Any, **__: Any) -> Any:
        return self

    def on_chain_end(self, _: Any) -> Any:
        pass

    def on_chain_error(self, _: BaseException) -> Any:
        pass

    def get_child(self, tag: Optional[str] = None) -> Any:
        if self._child is None:
            self._child = unobserved_callbacks(self.config, self.asynchronous)
        return self._child


class AsyncUnobserved(Unobserved):
    """See `Unobserved`; stands in for the managers of asyncio."""

    __slots__ = ()

    asynchronous = True

    async def on_chain_start(self, *_: Any, **__: Any) -> Any:
        return self

    async def on_chain_end(self, _: Any) -> Any:
        pass

    async def on_chain_error(self, _: BaseException) -> Any:
        pass


def open_callbacks(config: Dict[str, Any], tags: Optional[Sequence[str]] = None) -> Any:
    """Return the manager that reports a run: langchain's, or a stand-in if nobody observes it."""
    if observed(config):
        return sync_manager(config, tags)
    return Unobserved(config)


def aopen_callbacks(config: Dict[str, Any], tags: Optional[Sequence[str]] = None) -> Any:
    """See `open_callbacks`; the manager's methods are coroutines."""
    if observed(config, asynchronous=True):
        return async_manager(config, tags)
    return AsyncUnobserved(config)


def split_tracers(manager: Any) -> Any:
    """Return two copies of a manager: one without the tracers, one with them alone.

    Tracers that feed the caller's own stream (`astream_log`) count as handlers.
    """
    from copy import copy

    from langchain_core.tracers.base import BaseTracer

    real, tracers = copy(manager), copy(manager)
    tracers.handlers = [
        h for h in manager.handlers if isinstance(h, BaseTracer) and not is_stream_handler(h)
    ]
    real.handlers = [h for h in manager.handlers if h not in tracers.handlers]
    return real, tracers


def is_stream_handler(handler: Any) -> bool:
    """Tell whether a handler derives from langchain's streaming base.

    Derivation decides: the base is a protocol, whose isinstance would also match any exporter
    that merely has its two methods.
    """
    module = sys.modules.get("langchain_core.tracers._streaming")
    base = getattr(module, "_StreamingCallbackHandler", None)
    return base is not None and base in type(handler).__mro__


def traced_run(run_manager: Any) -> Any:
    """Return the langsmith run tree that belongs to a run manager, or None."""
    module = sys.modules.get("langchain_core.tracers.langchain")
    tracer = getattr(module, "LangChainTracer", None)
    if tracer is not None:
        for handler in run_manager.handlers:
            if isinstance(handler, tracer):
                return handler.run_map.get(str(run_manager.run_id))
    return None
