"""Writers: the last steps of a node, which turn its output into writes to channels.

The engine carries out an exact `ChannelWrite` itself, from its `writes`; what is here runs when one
is called as a runnable, by `update_state`, by a drawing, or inside a sequence that the engine does
not know.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Callable, Optional, Sequence, Tuple, TypeVar

from langgraph_rust._internal._constants import CONF, CONFIG_KEY_SEND, TASKS
from langgraph_rust._internal._inject import accepted_arguments
from langgraph_rust._internal._record import NamedTuple
from langgraph_rust._internal._runnable import Runnable, RunnableCallable
from langgraph_rust._internal._typing import MISSING
from langgraph_rust.errors import InvalidUpdateError
from langgraph_rust.types import Send

if TYPE_CHECKING:
    from typing import Union

    from langchain_core.runnables import RunnableConfig

TYPE_SEND = Callable[[Sequence[Tuple[str, Any]]], None]
R = TypeVar("R", bound=Runnable)

SKIP_WRITE = object()
"""A mapper returns this to write nothing."""
PASSTHROUGH = object()
"""The value of an entry that writes whatever the writer is given."""


class ChannelWriteEntry(NamedTuple):
    """One write to one channel."""

    channel: str
    """Name of the channel."""
    value: Any = PASSTHROUGH
    """What to write; `PASSTHROUGH` is the writer's own input."""
    skip_none: bool = False
    """Whether None writes nothing."""
    mapper: Optional[Callable] = None
    """Called with the value; its result is written."""


class ChannelWriteTupleEntry(NamedTuple):
    """Any number of writes, found by a function."""

    mapper: Callable[[Any], Optional[Sequence[Tuple[str, Any]]]]
    """Called with the value; returns the (channel, value) pairs to write."""
    value: Any = PASSTHROUGH
    """What the mapper is given; `PASSTHROUGH` is the writer's own input."""
    static: Optional[Sequence[Tuple[str, Any, Optional[str]]]] = None
    """(channel, value, label) of the writes it may make, for drawings."""


ChannelWriteEntry.__module__ = ChannelWriteTupleEntry.__module__ = "langgraph.pregel._write"

if TYPE_CHECKING:
    Write = Union[ChannelWriteEntry, ChannelWriteTupleEntry, Send]


class ChannelWrite(RunnableCallable):
    """Writes to channels and sends tasks; returns its input unchanged."""

    __module__ = "langgraph.pregel._write"

    writes: list[ChannelWriteEntry | ChannelWriteTupleEntry | Send]

    # A graph has one of these for each edge: what is the same for all stands here.
    kwargs: dict[str, Any] = {}
    trace = False
    recurse = True
    explode_args = False

    def __init__(
        self,
        writes: Sequence[ChannelWriteEntry | ChannelWriteTupleEntry | Send],
        *,
        tags: Sequence[str] | None = None,
    ):
        self.tags = tags
        self.writes = writes  # type: ignore[assignment]

    @property
    def func_accepts(self) -> dict[str, tuple[str, Any]]:  # type: ignore[override]
        return _found_once or _writer_accepts()

    @property
    def func(self) -> Callable[..., Any]:  # type: ignore[override]
        return self._write

    @property
    def afunc(self) -> Callable[..., Any]:  # type: ignore[override]
        return self._awrite

    def __repr__(self) -> str:
        shown = ("tags", "recurse", "explode_args", "func_accepts", "writes")
        return f"{self.get_name()}({', '.join(f'{k}={getattr(self, k)!r}' for k in shown)})"

    def get_name(self, suffix: str | None = None, *, name: str | None = None) -> str:
        """Return `name`, or one made of the channels written."""
        return super().get_name(
            suffix, name=name or f"ChannelWrite<{','.join(map(_label, self.writes))}>"
        )

    def _write(self, input: Any, config: RunnableConfig) -> Any:
        self.do_write(config, [_with_input(write, input) for write in self.writes])
        return input

    async def _awrite(self, input: Any, config: RunnableConfig) -> Any:
        return self._write(input, config)

    @staticmethod
    def do_write(
        config: RunnableConfig,
        writes: Sequence[ChannelWriteEntry | ChannelWriteTupleEntry | Send],
        allow_passthrough: bool = True,
    ) -> None:
        """Hand `writes` to the task that `config` belongs to.

        Raises:
            InvalidUpdateError: an entry names the reserved channel of sends, or still is a
                `PASSTHROUGH` when that is not allowed.
        """
        for write in writes:
            if isinstance(write, ChannelWriteEntry) and write.channel == TASKS:
                raise InvalidUpdateError("Cannot write to the reserved channel TASKS")
            if not allow_passthrough and getattr(write, "value", None) is PASSTHROUGH:
                raise InvalidUpdateError("PASSTHROUGH value must be replaced")
        config[CONF][CONFIG_KEY_SEND](_assemble_writes(writes))

    @staticmethod
    def is_writer(runnable: Runnable) -> bool:
        """Tell whether `runnable` writes to channels, by type or because it was registered."""
        return (
            isinstance(runnable, ChannelWrite)
            or getattr(runnable, "_is_channel_writer", MISSING) is not MISSING
        )

    @staticmethod
    def get_static_writes(runnable: Runnable) -> Sequence[tuple[str, Any, str | None]] | None:
        """Return the (channel, value, label) of the writes a writer declares, None when it declares
        none."""
        if isinstance(runnable, ChannelWrite):
            declared = (
                w.static
                for w in runnable.writes
                if isinstance(w, ChannelWriteTupleEntry) and w.static
            )
            return [triple for static in declared for triple in static] or None
        registered = getattr(runnable, "_is_channel_writer", None)
        if not registered:
            return None
        pairs = _assemble_writes([entry for entry, _ in registered])
        return [(*pair, label) for pair, (_, label) in zip(pairs, registered)]

    @staticmethod
    def register_writer(
        runnable: R, static: Sequence[tuple[ChannelWriteEntry | Send, str | None]] | None = None
    ) -> R:
        """Mark `runnable` as a writer, with the (write, label) pairs it may make; return it."""
        # some runnables are pydantic models, which refuse attributes that are no fields
        object.__setattr__(runnable, "_is_channel_writer", static)
        return runnable


def _label(write: Write) -> str:
    if isinstance(write, ChannelWriteEntry):
        return write.channel
    return "..." if isinstance(write, ChannelWriteTupleEntry) else write.node


OWN_DO_WRITE = ChannelWrite.do_write
"""What an instrumented class no longer has."""


def _with_input(write: Write, input: Any) -> Write:
    if isinstance(write, ChannelWriteEntry):
        return write._replace(value=input) if write.value is PASSTHROUGH else write
    if isinstance(write, ChannelWriteTupleEntry) and write.value is PASSTHROUGH:
        return ChannelWriteTupleEntry(write.mapper, input)
    return write


_found_once: dict[str, tuple[str, Any]] | None = None


def _writer_accepts() -> dict[str, tuple[str, Any]]:
    # The methods are the same for all. Not found at import, for it loads `inspect`.
    global _found_once
    if _found_once is None:
        _found_once = accepted_arguments(ChannelWrite._write)
    return _found_once


def _assemble_writes(
    writes: Sequence[ChannelWriteEntry | ChannelWriteTupleEntry | Send],
) -> list[tuple[str, Any]]:
    """Return the (channel, value) pairs that `writes` come to."""
    pairs: list[tuple[str, Any]] = []
    for write in writes:
        if isinstance(write, Send):
            pairs.append((TASKS, write))
        elif isinstance(write, ChannelWriteTupleEntry):
            pairs.extend(write.mapper(write.value) or ())
        elif isinstance(write, ChannelWriteEntry):
            value = write.value if write.mapper is None else write.mapper(write.value)
            if value is SKIP_WRITE or (value is None and write.skip_none):
                continue
            pairs.append((write.channel, value))
        else:
            raise ValueError(f"Invalid write entry: {write}")
    return pairs
