"""What cannot be read of a stored checkpoint, kept until somebody knows where it stood.

A saver gives its serializer bytes and nothing else: neither knows of both the damage and the
thread. So while the engine reads a checkpoint, what cannot be read becomes an `Unreadable` in the
place of its value, and the engine, to whom the saver hands it on, names thread, checkpoint and
channel. Outside of that, serializers raise, or leave parts in an object's place, as LangGraph's do.
"""

from __future__ import annotations

import os
from contextvars import ContextVar
from typing import TYPE_CHECKING, Any, Callable, Iterator, List, Optional, Tuple

if TYPE_CHECKING:
    from langgraph_rust.checkpoint.serde.jsonplus import JsonPlusSerializer

_KEEP = "LANGGRAPH_RUST_KEEP_UNREADABLE"


class Unreadable:
    """Stands for a value that cannot be read.

    Attributes:
        why: What is wrong with it, and what helps.
        channel: The channel that it is the value of, where the value holds whole checkpoints.
    """

    __slots__ = ("why", "channel")

    def __init__(self, why: str, channel: Optional[str] = None) -> None:
        self.why = why
        self.channel = channel


class Reading:
    """One request of the engine to a saver.

    Attributes:
        losses: What decoded values lack of what was stored.
        is_whole: Whether no `Unreadable` was handed out.
    """

    __slots__ = ("losses", "is_whole")

    def __init__(self) -> None:
        self.losses: List[str] = []
        self.is_whole = True

    def load(self, serde: JsonPlusSerializer, data: Tuple[str, bytes]) -> Any:
        """Return what was stored, or an `Unreadable` for it or for channels in it."""
        known = len(self.losses)
        try:
            value = serde._load(data)
        except Exception as error:
            return self.instead(_find_break(data, error))
        if len(self.losses) == known or os.environ.get(_KEEP):
            return value
        self.is_whole = False
        return _without_lost(value, data[1], serde._unpack_ext_hook, self.losses[known])

    def has_untold(self) -> bool:
        """Whether values were decoded past the serializer's methods and something was lost."""
        return self.is_whole and bool(self.losses) and not os.environ.get(_KEEP)

    def instead(self, unreadable: Unreadable) -> Unreadable:
        """Hand out what stands for a value."""
        self.is_whole = False
        return unreadable


READING: ContextVar[Optional[Reading]] = ContextVar("langgraph_rust_reading", default=None)


def note_unknown(code: int) -> None:
    """Remember that an extension's code means nothing to us."""
    _note(f"it holds msgpack extensions of type {code}, which this release does not know")


def note_damaged() -> None:
    """Remember that what is inside an extension cannot be decoded."""
    _note("it holds an object whose bytes are damaged")


def note_unmade(module: Any, name: Any) -> None:
    """Remember that an object was not made, if that is for want of its class."""
    if READING.get() is not None and not _has_class(module, name):
        _note(
            f"it holds an object of the class {module}.{name}, which cannot be imported: provide"
            f" it, or set {_KEEP}=true to get what the object was stored as in its place"
        )


def _note(loss: str) -> None:
    reading = READING.get()
    if reading is not None:
        reading.losses.append(loss)


def _has_class(module: Any, name: Any) -> bool:
    """Whether a path leads to a class, or can lead to none as the class is of a function's own."""
    from langgraph_rust.checkpoint.serde._revive import find_module

    try:
        found = find_module(module)
    except Exception:
        return False
    return hasattr(found, name) or _is_local(module, name)


def _is_local(module: str, name: str) -> bool:
    waiting, known = [object], set()
    while waiting:
        for kind in type.__subclasses__(waiting.pop()):
            if kind in known:
                continue
            if kind.__name__ == name and kind.__module__ == module:
                if "<locals>" in kind.__qualname__:
                    return True
            known.add(kind)
            waiting.append(kind)
    return False


class _Raw:
    """An extension as it was stored."""

    __slots__ = ("code", "content")

    def __init__(self, code: int, content: bytes) -> None:
        self.code = code
        self.content = content


def _raws(value: Any) -> Iterator[_Raw]:
    if isinstance(value, _Raw):
        yield value
    elif isinstance(value, dict):
        for key, entry in value.items():
            yield from _raws(key)
            yield from _raws(entry)
    elif isinstance(value, (list, tuple)):
        for entry in value:
            yield from _raws(entry)


def _without_lost(value: Any, content: bytes, hook: Callable[[int, bytes], Any], why: str) -> Any:
    """A value in which something was lost: a checkpoint less the channels that it was lost in."""
    from langgraph_rust.checkpoint.serde._codec import unpack

    channels = value.get("channel_values") if isinstance(value, dict) else None
    if not isinstance(channels, dict):
        return Unreadable(why)
    lost = {}
    for name, raw in unpack(content, _Raw)["channel_values"].items():
        trial = Reading()
        token = READING.set(trial)
        try:
            for extension in _raws(raw):
                hook(extension.code, extension.content)
        finally:
            READING.reset(token)
        if trial.losses:
            lost[name] = Unreadable(trial.losses[0])
    if not lost:
        return Unreadable(why)
    channels.update(lost)
    return value


def _find_break(data: Tuple[str, bytes], error: Exception) -> Unreadable:
    why = f"its bytes are damaged ({error})"
    if isinstance(error, NotImplementedError):
        why = f"it cannot be decoded ({error})"
    if data[0] != "msgpack":
        return Unreadable(why)
    from langgraph_rust.checkpoint.serde._skim import path_of_break

    path = path_of_break(bytes(data[1]))
    if len(path) > 1 and path[0] == "channel_values":
        return Unreadable(why, str(path[1]))
    return Unreadable(why)
