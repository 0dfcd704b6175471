"""Whether somebody observes runs that say nothing of callbacks: langchain's hooks, langsmith.

Every run asks, and most of them in programs where nobody does: `ambient_handlers` looks at the
variables that decide, and leaves the word to langsmith where one of them is set.
"""

from __future__ import annotations

import os
import sys
from typing import Any, Callable, Optional, Tuple

from langgraph_rust._langchain.installed import installed

_VARIABLES = (
    "LANGSMITH_TRACING_V2",
    "LANGCHAIN_TRACING_V2",
    "LANGSMITH_TRACING",
    "LANGCHAIN_TRACING",
    "LANGCHAIN_HANDLER",
)
_OFF = frozenset(("", "0", "false", "False"))
# os.environ encodes the name at each lookup; the dict below it holds them encoded.
_ENCODED = [
    os.environ.encodekey(name) if hasattr(os.environ, "encodekey") else name for name in _VARIABLES
]

_LANGSMITH_ASKS = frozenset(
    (
        "langsmith._internal._context",
        "langsmith.run_helpers",
        "_internal",
        "_context",
        "get_current_run_tree",
        "get_tracing_context",
        "_GLOBAL_TRACING_ENABLED",
        "get_env_var",
    )
)
"""What `langsmith.utils.tracing_is_enabled` names where what it looks at is known here."""


def _langsmith_variables(enabled: Callable[[], Any]) -> Optional[Tuple[Any, Any, Any, Any]]:
    """Return what langsmith's `tracing_is_enabled` looks at: module, two variables, environment.

    None where it is another function than the one that is known here, and has to be asked.
    """
    code = getattr(enabled, "__code__", None)
    context = sys.modules.get("langsmith._internal._context")
    if code is None or not _LANGSMITH_ASKS.issuperset(code.co_names):
        return None
    try:
        return (
            context,
            context._TRACING_ENABLED.get,  # type: ignore[union-attr]
            context._PARENT_RUN_TREE_REF.get,  # type: ignore[union-attr]
            enabled.__globals__["get_env_var"],
        )
    except (AttributeError, KeyError):
        return None


_known: Tuple[Any, Optional[Tuple[Any, Any, Any, Any]]] = (None, None)


def _langsmith_records(enabled: Callable[[], Any]) -> bool:
    global _known
    function, variables = _known
    if function is not enabled:
        variables = _langsmith_variables(enabled)
        _known = (enabled, variables)
    if variables is not None:
        context, own, parent, variable = variables
        if own() is None and parent() is None and context._GLOBAL_TRACING_ENABLED is None:
            return bool(variable("TRACING_V2", default=variable("TRACING", default="")) == "true")
    return bool(enabled())


def _hooked(context: Any) -> bool:
    """Tell whether a handler waits in one of langchain's hooks."""
    if context.tracing_v2_callback_var.get() is not None:
        return True
    for variable, _, handler_class, env_name in context._configure_hooks:
        if variable.get() is not None:
            return True
        if env_name is not None and handler_class is not None:
            if os.environ.get(env_name, "") not in _OFF:
                return True
    return False


def ambient_handlers() -> bool:
    """Tell whether a run without callbacks of its own would still be observed."""
    modules = sys.modules
    hooks = modules.get("langchain_core.tracers.context")
    if hooks is not None and _hooked(hooks):
        return installed()
    settings = modules.get("langchain_core.globals")
    if settings is not None and settings.get_debug():
        return installed()
    # without a dict below it, as on other Pythons, each name is looked up
    names = getattr(os.environ, "_data", None)
    if names is None or not names.keys().isdisjoint(_ENCODED):
        if any(os.environ.get(name, "") not in _OFF for name in _VARIABLES):
            return installed()
    enabled = getattr(modules.get("langsmith.utils"), "tracing_is_enabled", None)
    return enabled is not None and _langsmith_records(enabled) and installed()
