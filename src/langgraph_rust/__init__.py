"""LangGraph-compatible graphs on a Rust engine.

The package has the module tree of LangGraph: ``from langgraph_rust.graph import StateGraph``
is ``from langgraph.graph import StateGraph`` on this engine. To run a program that imports
``langgraph`` without changing it, call :func:`install` before its imports, or start it with
``python -m langgraph_rust app.py``.
"""

from __future__ import annotations

import sys

# pip minds both; this is for whoever comes past it. Another implementation loads the extension, if
# at all, by an emulation of CPython's interface that nothing here was tried on.
if sys.version_info < (3, 8) or sys.implementation.name != "cpython":
    raise ImportError(
        "langgraph_rust needs CPython 3.8 or later; this is {} {}.{}".format(
            sys.implementation.name, *sys.version_info[:2]
        )
    )

from ._place import install, status, uninstall

# Not from typing, which `LANGGRAPH_RUST=1` would load into every interpreter that starts.
TYPE_CHECKING = False
if TYPE_CHECKING:
    from ._configure import configure as configure
    from ._status import Status as Status

    __version__: str

__all__ = ("__version__", "configure", "install", "status", "uninstall")


if not TYPE_CHECKING:

    def __getattr__(name: str) -> object:
        if name == "configure":
            from ._configure import configure

            return configure
        # The version is the engine's; asking for it loads the engine.
        if name == "__version__":
            from ._engine import __version__

            return __version__
        raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
