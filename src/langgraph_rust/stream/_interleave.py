"""Several projections of one run as a single iterator, in order of arrival."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Dict, Iterator, Mapping, Tuple

from langgraph_rust.stream.stream_channel import StreamChannel

if TYPE_CHECKING:
    from langgraph_rust.stream._mux import StreamMux


def interleave(mux: StreamMux, names: Tuple[str, ...]) -> Iterator[Tuple[str, Any]]:
    """Yield `(name, item)` in the order in which items were pushed.

    The channels count as subscribed until the iterator ends or is closed.

    Raises:
        KeyError: If there is no projection of a name.
        TypeError: If a projection is no channel of a sync run.
        RuntimeError: If a channel has a subscriber.
    """
    taken: Dict[str, StreamChannel[Any]] = {}
    try:
        for name in names:
            taken[name] = _subscribe(mux.extensions, name)
        waiting = dict(taken)
        while True:
            for name, channel in list(waiting.items()):
                if not channel._items and channel._at_end():
                    del waiting[name]
            arrived = [
                (channel._items[0][0], name) for name, channel in waiting.items() if channel._items
            ]
            if arrived:
                name = min(arrived)[1]
                yield name, waiting[name]._items.popleft()[1]
            elif not waiting or not _pump_until_news(mux, waiting):
                return
    finally:
        for channel in taken.values():
            channel._subscribed = False


def _pump_until_news(mux: StreamMux, waiting: Dict[str, StreamChannel[Any]]) -> bool:
    if mux._pump_fn is not None and mux._pump_fn():
        return True
    # The last pump of a run may still push, and it closes what is open.
    return any(channel._items or channel._closed for channel in waiting.values())


def _subscribe(projections: Mapping[str, Any], name: str) -> StreamChannel[Any]:
    channel = projections[name]
    if not isinstance(channel, StreamChannel):
        raise TypeError(
            "interleave() requires StreamChannel projections, "
            f"got {type(channel).__name__} for {name!r}"
        )
    if channel._is_async is None:
        raise TypeError(
            f"StreamChannel {name!r} has not been bound yet. "
            "Register the transformer with a StreamMux first."
        )
    if channel._is_async:
        raise TypeError(
            f"StreamChannel {name!r} is bound to async mode — "
            "sync interleave() cannot consume async channels."
        )
    if channel._subscribed:
        raise RuntimeError(
            f"StreamChannel {name!r} already has a subscriber; use .tee(n) for fan-out."
        )
    channel._subscribed = True
    return channel
