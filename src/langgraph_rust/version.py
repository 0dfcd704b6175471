"""The LangGraph version whose behaviour this package follows.

``langgraph_rust.__version__`` is the version of this package itself.
"""

from __future__ import annotations

__all__ = ("__version__",)

__version__ = "1.2.22"
