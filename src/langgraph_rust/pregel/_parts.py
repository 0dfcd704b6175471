"""The dicts of a graph's nodes and channels, which tell whether they were changed."""

from __future__ import annotations

from typing import Any, Dict, Optional


class Parts(Dict[str, Any]):
    """A dict like any other until it is sealed.

    A sealed dict is of the class `SealedParts` and has a seal. The first change breaks the seal
    and makes it a plain one again, so that a dict that is being filled costs what a dict costs,
    and "is it as it was?" takes one comparison however large it is.

    Attributes:
        seal: An object of this state of the dict alone; None where it may have changed since.
    """

    __slots__ = ("seal",)

    seal: Optional[object]

    def __reduce_ex__(self, protocol: Any) -> Any:
        return dict, (dict(self),)

    def __deepcopy__(self, memo: Dict[int, Any]) -> Parts:
        from copy import deepcopy

        copied = memo[id(self)] = Parts()
        for name, part in self.items():
            copied[deepcopy(name, memo)] = deepcopy(part, memo)
        return copied


class SealedParts(Parts):
    """See `Parts`."""

    __slots__ = ()

    def _open(self) -> Parts:
        self.seal = None
        self.__class__ = Parts  # type: ignore[assignment]
        return self

    def __setitem__(self, name: str, part: Any) -> None:
        self._open()[name] = part

    def __delitem__(self, name: str) -> None:
        del self._open()[name]

    def __ior__(self, other: Any) -> Any:  # type: ignore[misc,override,unused-ignore]
        opened = self._open()
        opened.update(other)
        return opened

    def clear(self) -> None:
        self._open().clear()

    def pop(self, *args: Any) -> Any:
        return self._open().pop(*args)

    def popitem(self) -> Any:
        return self._open().popitem()

    def setdefault(self, *args: Any) -> Any:
        return self._open().setdefault(*args)

    def update(self, *args: Any, **kwargs: Any) -> None:
        self._open().update(*args, **kwargs)


def sealed(parts: Any) -> Optional[object]:
    """Seal `parts`, unless it is; return the seal, or None where it is a dict of another class."""
    kind = type(parts)
    if kind is Parts:
        parts.seal = object()
        parts.__class__ = SealedParts
    elif kind is not SealedParts:
        return None
    return parts.seal


def seal_of(parts: Any) -> Optional[object]:
    """Return the seal of `parts`; None where it is broken or `parts` never had one."""
    return parts.seal if type(parts) is SealedParts else None
