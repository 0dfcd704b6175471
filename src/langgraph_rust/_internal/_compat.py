"""What newer Pythons have and the older ones need, and the end of a module with public classes.

Imported by every such module.
"""

from __future__ import annotations

import sys
from types import FunctionType
from typing import TYPE_CHECKING

from langgraph_rust._internal._home import OWN_ROOT, PUBLIC_ROOT, pickled_at_home, settle

if TYPE_CHECKING:
    from dataclasses import dataclass
    from typing import Any, Dict
elif sys.version_info >= (3, 11):
    from dataclasses import dataclass
else:
    import dataclasses

    def dataclass(*, kw_only=False, slots=False, weakref_slot=False, **options):
        """Like the newest ``dataclasses.dataclass``, with what this Python lacks left out.

        Before 3.10 fields stay in ``__dict__``, and `kw_only` is a constructor of our own, with
        which a field that has no default may follow one that has.
        """
        if sys.version_info >= (3, 10):
            return dataclasses.dataclass(kw_only=kw_only, slots=slots, **options)
        if not kw_only:
            return dataclasses.dataclass(**options)

        def decorate(cls):
            made = dataclasses.dataclass(**dict(options, init=False))(cls)
            made.__init__ = _keyword_init(made)
            return made

        return decorate

    def _keyword_init(cls):
        fields = dataclasses.fields(cls)
        names = frozenset(field.name for field in fields if field.init)

        def __init__(self, **values):
            for name in values:
                if name not in names:
                    raise TypeError(f"__init__() got an unexpected keyword argument '{name}'")
            for field in fields:
                object.__setattr__(self, field.name, _initial_value(field, values))
            after = getattr(self, "__post_init__", None)
            if after is not None:
                after()

        __init__.__qualname__ = f"{cls.__qualname__}.__init__"
        return __init__

    def _initial_value(field, values):
        if field.name in values:
            return values[field.name]
        if field.default is not dataclasses.MISSING:
            return field.default
        if field.default_factory is not dataclasses.MISSING:
            return field.default_factory()
        raise TypeError(f"__init__() missing a required keyword-only argument: '{field.name}'")


def name_as_upstream(namespace: Dict[str, Any], module: str = "") -> None:
    """Settle all classes and functions that a module defines; instances stay picklable.

    Args:
        namespace: The ``globals()`` of the module, at its end.
        module: Their public module below ``langgraph``, where it is not that of the same name.
    """
    own: str = namespace["__name__"]
    public = PUBLIC_ROOT + (module or own[len(OWN_ROOT) :])
    for member in list(namespace.values()):
        if getattr(member, "__module__", None) != own:
            continue
        if isinstance(member, (type, FunctionType)):
            settle(public, member)
        # A class may have it from its base already.
        if (
            isinstance(member, type)
            and getattr(member.__reduce_ex__, "__module__", "") != pickled_at_home.__module__
        ):
            pickled_at_home(member)
