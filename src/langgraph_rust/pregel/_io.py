"""Values in and out of channels, for what runs outside of the engine: state reads, updates,
drawings."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Iterator, Mapping, Sequence

from langgraph_rust.errors import EmptyChannelError
from langgraph_rust.pregel import _log

if TYPE_CHECKING:
    from langgraph_rust.channels.base import BaseChannel


def read_channel(channels: Mapping[str, BaseChannel], chan: str, *, catch: bool = True) -> Any:
    """Return the value of one channel; None if it is empty.

    Raises:
        EmptyChannelError: the channel is empty and `catch` is False.
    """
    try:
        return channels[chan].get()
    except EmptyChannelError:
        if not catch:
            raise
        return None


def read_channels(
    channels: Mapping[str, BaseChannel], select: Sequence[str] | str, *, skip_empty: bool = True
) -> dict[str, Any] | Any:
    """Return the value of the channel `select`, or a dict of the values of several.

    Empty channels are left out of the dict, or are None in it when `skip_empty` is False.
    """
    if isinstance(select, str):
        return read_channel(channels, select)
    values: dict[str, Any] = {}
    for name in select:
        try:
            values[name] = read_channel(channels, name, catch=not skip_empty)
        except EmptyChannelError:
            pass
    return values


def map_input(
    input_channels: str | Sequence[str], chunk: dict[str, Any] | Any | None
) -> Iterator[tuple[str, Any]]:
    """Yield the (channel, value) writes that an input comes to; none for None.

    Raises:
        TypeError: there are several input channels and `chunk` is no dict.
    """
    if chunk is None:
        return
    if isinstance(input_channels, str):
        yield input_channels, chunk
        return
    if not isinstance(chunk, dict):
        raise TypeError(f"Expected chunk to be a dict, got {type(chunk).__name__}")
    for name in chunk:
        if name in input_channels:
            yield name, chunk[name]
        else:
            _log.warn(f"Input channel {name} not found in {input_channels}")
