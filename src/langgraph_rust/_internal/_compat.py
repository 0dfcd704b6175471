"""What closes a module that defines public classes. Imported by every such module."""

from __future__ import annotations

from types import FunctionType
from typing import TYPE_CHECKING

from langgraph_rust._internal._home import OWN_ROOT, PUBLIC_ROOT, pickled_at_home, settle

if TYPE_CHECKING:
    from typing import Any, Dict


def name_as_upstream(namespace: Dict[str, Any], module: str = "") -> None:
    """Settle all classes and functions that a module defines; instances stay picklable.

    Args:
        namespace: The ``globals()`` of the module, at its end.
        module: Their public module below ``langgraph``, where it is not that of the same name.
    """
    own: str = namespace["__name__"]
    public = PUBLIC_ROOT + (module or own[len(OWN_ROOT) :])
    for name, member in list(namespace.items()):
        if getattr(member, "__module__", None) != own:
            continue
        if isinstance(member, type):
            settle(public, member)
            pickled_at_home(member)
        elif isinstance(member, FunctionType) and not name.startswith("_"):
            # Functions are pickled by name alone, and private ones may be the default of a field.
            settle(public, member)
