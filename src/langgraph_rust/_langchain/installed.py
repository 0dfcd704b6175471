"""Whether there is a langchain-core to work with."""

from __future__ import annotations

import sys
from functools import lru_cache


def is_installed() -> bool:
    """Tell whether langchain-core can be imported, without importing it."""
    if "langchain_core" in sys.modules:
        return True
    from importlib.util import find_spec

    return find_spec("langchain_core") is not None


@lru_cache(maxsize=1)
def installed() -> bool:
    """Tell whether langchain-core can be imported; imports it."""
    try:
        import langchain_core  # noqa: F401
    except ImportError:
        return False
    return True
