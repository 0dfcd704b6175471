"""Joins us to langchain-core at the moment it is imported, whoever imports it.

langchain decides by `isinstance(x, Runnable)`, in its own functions and in pydantic fields. Our
light `Runnable` is registered as a virtual subclass of langchain's, so that every compiled graph
is one to langchain without us importing it. If langchain is not there yet, a finder on
`sys.meta_path` waits for the few modules that matter; for any other name it costs one dict lookup.
"""

from __future__ import annotations

import sys
from typing import Any, Callable, Dict, List, Optional, TypeVar

C = TypeVar("C", bound=type)

_joined: list = []
"""langchain's Runnable class, once it is imported."""

_to_register: list = []
"""Our classes that langchain shall take for Runnables."""


def langchain_runnable() -> Optional[type]:
    """Return langchain's `Runnable` if langchain-core has been imported, else None."""
    return _joined[-1] if _joined else None


def register(cls: C) -> C:
    """Make `cls` and its subclasses Runnables to langchain, now or when it is imported."""
    _to_register.append(cls)
    if _joined:
        _joined[-1].register(cls)
    return cls


def _join_runnables(module: Any) -> None:
    base = module.Runnable
    _joined[:] = [base]
    for cls in _to_register:
        base.register(cls)


def _share_context(module: Any) -> None:
    from langgraph_rust._langchain.context import share_variable

    share_variable(module)


_WATCHED: Dict[str, List[Callable[[Any], None]]] = {
    "langchain_core.runnables.base": [_join_runnables],
    "langchain_core.runnables.config": [_share_context],
}


def when_imported(name: str, action: Callable[[Any], None]) -> None:
    """Call `action` with langchain's module `name`, now or right after each import of it."""
    _WATCHED.setdefault(name, []).append(action)
    if name in sys.modules:
        from importlib import import_module

        action(import_module(name))


class _WatchedLoader:
    """Runs actions after the real loader has executed its module, then steps aside."""

    def __init__(self, loader: Any, actions: List[Callable[[Any], None]]) -> None:
        self._loader = loader
        self._actions = actions

    def create_module(self, spec: Any) -> Any:
        return self._loader.create_module(spec)

    def exec_module(self, module: Any) -> None:
        module.__spec__.loader = module.__loader__ = self._loader
        self._loader.exec_module(module)
        for action in self._actions:
            action(module)

    def __getattr__(self, name: str) -> Any:
        return getattr(self._loader, name)


class _Watcher:
    """Meta path finder that only looks at the modules we wait for."""

    @classmethod
    def find_spec(cls, name: str, path: Any = None, target: Any = None) -> Any:
        actions = _WATCHED.get(name)
        if actions is None:
            return None
        for finder in list(sys.meta_path):
            find = None if finder is cls else getattr(finder, "find_spec", None)
            spec = find(name, path, target) if find is not None else None
            if spec is not None:
                if hasattr(spec.loader, "exec_module"):
                    spec.loader = _WatchedLoader(spec.loader, actions)
                return spec
        return None


def _watch() -> None:
    if "langchain_core.runnables.base" in sys.modules:
        from importlib import import_module

        # Waits for another thread that may be in the middle of this import.
        module = import_module("langchain_core.runnables.base")
        if hasattr(module, "Runnable"):
            _join_runnables(module)
    # Kept for good: a program may drop langchain from sys.modules and import it again.
    sys.meta_path.insert(0, _Watcher)


_watch()
