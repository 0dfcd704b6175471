"""langchain's function wrapper, known when it is seen."""

from __future__ import annotations

import sys
from typing import Any


def is_runnable_lambda(thing: Any) -> bool:
    """Whether this is langchain's `RunnableLambda`, whose functions' annotations can be read."""
    base = sys.modules.get("langchain_core.runnables.base")
    return base is not None and isinstance(thing, base.RunnableLambda)
