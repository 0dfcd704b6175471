"""Modules that are imported when one of their names is asked for.

Those of the standard library would take most of the time that ``graph`` takes to import. Imported
by ``graph``, ``channels`` and ``_internal``.
"""

from __future__ import annotations

from importlib import import_module
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    import copy as copy
    import inspect as inspect
    from typing import Any

    import typing_extensions as typing_extensions
else:

    class Later:
        """Stands for a module; a name that was asked for is kept."""

        def __init__(self, module: str) -> None:
            self._module = module

        def __getattr__(self, name: str) -> Any:
            value = getattr(import_module(self._module), name)
            setattr(self, name, value)
            return value

    copy = Later("copy")
    inspect = Later("inspect")
    typing_extensions = Later("typing_extensions")
