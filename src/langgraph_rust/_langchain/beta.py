"""Warnings about interfaces that may still change, as langchain-core gives them."""

from __future__ import annotations

import sys
import warnings
from typing import Set, Type

_announced: Set[str] = set()


def announce_beta(name: str, message: str) -> None:
    """Warn, once per process and `name`, at the line that called this package.

    The category is langchain-core's `LangChainBetaWarning` if that is loaded: a
    program that filters on it has imported it. Otherwise it is `FutureWarning`.
    Calls that langchain's own packages make give no warning.
    """
    if name in _announced:
        return
    depth, caller = 1, sys._getframe(1)
    while _is_ours(caller.f_globals.get("__name__", "")) and caller.f_back:
        depth, caller = depth + 1, caller.f_back
    if caller.f_globals.get("__name__", "").startswith("langchain"):
        return
    _announced.add(name)
    category: Type[Warning] = FutureWarning
    if "langchain_core" in sys.modules:
        from langchain_core._api.beta_decorator import LangChainBetaWarning

        category = LangChainBetaWarning
    warnings.warn(message, category, stacklevel=depth + 1)


def _is_ours(module: str) -> bool:
    return module.split(".", 1)[0] in ("langgraph", "langgraph_rust")
