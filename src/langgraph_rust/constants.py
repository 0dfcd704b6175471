"""Names that a graph's author may need: its two ends, and the tags that hide things."""

from __future__ import annotations

from sys import intern
from typing import TYPE_CHECKING, Any

from langgraph_rust._internal._constants import CONF, CONFIG_KEY_CHECKPOINTER, TASKS

__all__ = (
    "TAG_NOSTREAM",
    "TAG_HIDDEN",
    "START",
    "END",
    "CONF",
    "TASKS",
    "CONFIG_KEY_CHECKPOINTER",
)

TAG_NOSTREAM = intern("nostream")
"""A chat model with this tag is not streamed."""
TAG_HIDDEN = intern("langsmith:hidden")
"""A node or edge with this tag is left out of traces and of some streams."""
START = intern("__start__")
"""Where a graph begins: the source of its first edges."""
END = intern("__end__")
"""Where a graph ends: an edge to it leads nowhere further."""


if not TYPE_CHECKING:

    def __getattr__(name: str) -> Any:
        """Old homes of names that have moved; each use is warned of."""
        from warnings import warn

        from langgraph_rust._internal import _constants
        from langgraph_rust.warnings import LangGraphDeprecatedSinceV10

        if name == "LangGraphDeprecatedSinceV10":
            return LangGraphDeprecatedSinceV10
        if name in ("Send", "Interrupt"):
            from langgraph_rust import types

            home: Any = types
            advice = f"Please use 'from langgraph.types import {name}' instead."
        elif hasattr(_constants, name):
            home = _constants
            advice = (
                "This constant is now private and should not be used directly. "
                "Please let the LangGraph team know if you need this value."
            )
        else:
            raise AttributeError(f"module has no attribute '{name}'")
        warn(
            f"Importing {name} from langgraph.constants is deprecated. {advice}",
            LangGraphDeprecatedSinceV10,
            stacklevel=2,
        )
        return getattr(home, name)
