"""Whether a method of langchain's is the one that langchain wrote.

Tools that record what a program does put their own in its place, and are to be called.
"""

from __future__ import annotations

from types import FunctionType, ModuleType
from typing import Any


def is_as_written(method: Any, module: ModuleType) -> bool:
    """Tell whether a function was written in a module's file."""
    return type(method) is FunctionType and method.__code__.co_filename == module.__file__
