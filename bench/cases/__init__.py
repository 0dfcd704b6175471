"""The small cases: graphs whose nodes do nothing, so that what is timed is the framework.

A file holds a topic; every file of this folder is found by itself. To add a case, write a function
under one of the decorators of `cases._case`. The programs import `langgraph`, whichever engine
that is.
"""

from __future__ import annotations

import importlib
import pkgutil

from cases._case import CASES

for _topic in sorted(module.name for module in pkgutil.iter_modules(__path__)):
    if not _topic.startswith("_"):
        importlib.import_module(f"{__name__}.{_topic}")

__all__ = ["CASES"]
