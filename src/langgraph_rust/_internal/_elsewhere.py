"""Names that a module of LangGraph's happens to hold too, looked up when one is asked for.

Imported by most public modules.
"""

from __future__ import annotations

from typing import Any, Callable, Dict


def find_elsewhere(module: str, homes: Dict[str, str], modules: str = "") -> Callable[[str], Any]:
    """Make the ``__getattr__`` of a module.

    Args:
        module: The module's name.
        homes: Names, separated by spaces, by the module that they live in; `Here=There` for a
            name that is another one there.
        modules: Names of modules inside the module, which is a package then.
    """
    home_of = {
        here: (home, there or here)
        for home, names in homes.items()
        for here, _, there in (name.partition("=") for name in names.split())
    }

    inside = modules.split()

    def __getattr__(name: str) -> Any:
        from importlib import import_module

        if name in inside:
            return import_module(f"{module}.{name}")
        if name not in home_of:
            raise AttributeError(f"module {module!r} has no attribute {name!r}")
        home, there = home_of[name]
        return getattr(import_module(home), there)

    return __getattr__
