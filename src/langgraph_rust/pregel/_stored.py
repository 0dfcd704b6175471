"""Asks a saver for checkpoints, and names what of them cannot be read.

While a saver answers, serializers keep what they cannot read (`checkpoint/serde/_reading.py`).
Here it is known where that belongs: to which thread, checkpoint and channel.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Container, Iterator, List, Mapping, Optional, Sequence, Tuple

from langgraph_rust._internal._constants import ERROR
from langgraph_rust.checkpoint.serde._reading import READING, Reading, Unreadable
from langgraph_rust.pregel._ask import Ask, AskAll

if TYPE_CHECKING:
    from langgraph_rust.checkpoint.base import BaseCheckpointSaver, CheckpointTuple
    from langgraph_rust.pregel._ask import Body

LATEST_VERSION = 4
"""Version of the checkpoint format."""


class _Read(Ask):
    """An `Ask` during which a reading goes on."""

    __slots__ = ("reading",)

    def __init__(self, target: Any, name: str, *args: Any, **kwargs: Any) -> None:
        super().__init__(target, name, *args, **kwargs)
        self.reading = Reading()

    def call(self) -> Any:
        token = READING.set(self.reading)
        try:
            return super().call()
        finally:
            READING.reset(token)

    async def acall(self) -> Any:
        token = READING.set(self.reading)
        try:
            return await super().acall()
        finally:
            READING.reset(token)


class _ReadAll(_Read, AskAll):
    __slots__ = ()


def ask_stored(
    saver: BaseCheckpointSaver, config: Any, specs: Optional[Container[str]] = None
) -> Body[Optional[CheckpointTuple]]:
    """Body that gives what `get_tuple` does.

    Args:
        saver: What has the thread.
        config: What to ask it for.
        specs: The channels that matter; all, if not given.

    Raises:
        UnreadableCheckpointError: Something of it cannot be read.
    """
    ask = _Read(saver, "get_tuple", config)
    saved = yield from _noting(ask, config)
    if saved is not None:
        check_readable(saved, specs, ask.reading)
    return saved


def ask_id(saver: BaseCheckpointSaver, config: Any) -> Body[Optional[str]]:
    """Body that gives the id of what `get_tuple` gives, which need not be readable."""
    saved = yield from _noting(_Read(saver, "get_tuple", config), config)
    if saved is None:
        return None
    if isinstance(saved.checkpoint, Unreadable):
        return saved.config["configurable"]["checkpoint_id"]
    return saved.checkpoint["id"]


def ask_list(
    saver: BaseCheckpointSaver, config: Any, **options: Any
) -> Body[List[CheckpointTuple]]:
    """Body that gives what `list` does. Each must go through `check_readable` before it is used."""
    return (yield from _noting(_ReadAll(saver, "list", config, **options), config))


def ask_history(
    saver: BaseCheckpointSaver, config: Any, channels: Sequence[str]
) -> Body[Mapping[str, Any]]:
    """Body that gives what `get_delta_channel_history` does.

    Raises:
        UnreadableCheckpointError: Something of it cannot be read.
    """
    ask = _Read(saver, "get_delta_channel_history", config=config, channels=channels)
    histories = yield from _noting(ask, config)
    if not ask.reading.is_whole:
        for channel, history in histories.items():
            values = [history.get("seed"), *(write[2] for write in history["writes"])]
            for value in values:
                if isinstance(value, Unreadable):
                    raise _error(config, None, channel, value.why)
    return histories


def check_readable(
    saved: CheckpointTuple,
    specs: Optional[Container[str]] = None,
    reading: Optional[Reading] = None,
) -> None:
    """Check that a checkpoint and its pending writes can be read, as far as the channels matter.

    What does not matter and cannot be read is left out of the checkpoint.

    Args:
        saved: What a saver gave.
        specs: The channels that matter; all, if not given.
        reading: What it was read by, if that is known.

    Raises:
        UnreadableCheckpointError: Naming thread, checkpoint and channel.
    """
    if reading is None or not reading.is_whole:
        for channel, value in _unreadables(saved):
            if channel is None:
                raise _error(saved.config, saved.parent_config, value.channel, value.why)
            if specs is None or channel in specs or channel[:2] == "__":
                raise _error(saved.config, saved.parent_config, channel, value.why)
            saved.checkpoint["channel_values"].pop(channel, None)
    version = saved.checkpoint.get("v", 1)
    if isinstance(version, int) and version > LATEST_VERSION:
        why = (
            f"it has version {version} of the format and this release knows versions up to"
            f" {LATEST_VERSION}: read it with the release that wrote it, or a later one"
        )
        raise _error(saved.config, saved.parent_config, None, why)


def _unreadables(saved: CheckpointTuple) -> Iterator[Tuple[Optional[str], Unreadable]]:
    checkpoint = saved.checkpoint
    if isinstance(checkpoint, Unreadable):
        yield None, checkpoint
        return
    for channel, value in list((checkpoint.get("channel_values") or {}).items()):
        if isinstance(value, Unreadable):
            yield channel, value
    for _, channel, value in saved.pending_writes or ():
        # Of a failed attempt, only what it was is lost: the task is run again.
        if isinstance(value, Unreadable) and channel != ERROR:
            yield channel, value


def _noting(ask: _Read, config: Any) -> Body[Any]:
    """Body that asks, and adds to an error of the saver's own what it was asked for."""
    try:
        answer = yield ask
        if ask.reading.has_untold() and _open_memory(ask.target):
            ask.reading.losses.clear()
            answer = yield ask
        return answer
    except Exception as error:
        thread, namespace, checkpoint = _names(config)
        which = f"checkpoint {checkpoint}" if checkpoint else "the checkpoints"
        note = f"while reading {which} of thread {thread!r}, namespace {namespace!r}"
        if hasattr(error, "add_note"):
            error.add_note(note)
        raise


def _open_memory(saver: Any) -> bool:
    """Have an `InMemorySaver` decode value by value: it does so once somebody looked at them."""
    from langgraph_rust.checkpoint.memory import InMemorySaver

    return isinstance(saver, InMemorySaver) and saver.blobs is not None


def _names(config: Any) -> Tuple[Any, str, Optional[str]]:
    conf = (config or {}).get("configurable", {})
    return conf.get("thread_id"), conf.get("checkpoint_ns", ""), conf.get("checkpoint_id")


def _error(config: Any, parent_config: Any, channel: Optional[str], why: str) -> Exception:
    from langgraph_rust.errors import UnreadableCheckpointError

    thread, namespace, checkpoint = _names(config)
    what = "" if channel is None else f"channel {channel!r} of "
    message = (
        f"Cannot read {what}checkpoint {checkpoint!r} of thread {thread!r}, namespace"
        f" {namespace!r}: {why}. The thread's other checkpoints are not affected: name one by"
        " `checkpoint_id` to go on from there, or list older ones by `before`."
    )
    parent = _names(parent_config)[2]
    if parent:
        message += f" The one before is {parent!r}."
    return UnreadableCheckpointError(message, thread, namespace, checkpoint, channel)
