"""The key under which a task's writes are cached, made from its input."""

from __future__ import annotations

import collections.abc
from typing import Any, Union


def _freeze(obj: Any, depth: int = 10) -> Any:
    """Turn what cannot be hashed into what can, so that equal inputs give equal bytes."""
    if isinstance(obj, collections.abc.Hashable) or depth <= 0:
        return obj
    if isinstance(obj, collections.abc.Mapping):
        return tuple(sorted((key, _freeze(value, depth - 1)) for key, value in obj.items()))
    if isinstance(obj, collections.abc.Sequence):
        return tuple(_freeze(item, depth - 1) for item in obj)
    if hasattr(obj, "tobytes"):  # arrays of numpy and their kin
        return (type(obj).__name__, obj.tobytes(), getattr(obj, "shape", None))
    return obj


def default_cache_key(*args: Any, **kwargs: Any) -> Union[str, bytes]:
    """A key of the arguments: their pickle, with dicts in the order of their keys."""
    import pickle

    return pickle.dumps((_freeze(args), _freeze(kwargs)), protocol=5, fix_imports=False)
