"""Rules of the queue that a projection is."""

from __future__ import annotations

import asyncio

import pytest

from langgraph_rust.stream import StreamChannel


def bound(is_async=False, **kwargs):
    channel = StreamChannel(**kwargs)
    channel._bind(is_async=is_async)
    return channel


def test_items_before_a_subscriber_are_not_kept():
    channel = bound()
    channel.push("early")
    cursor = iter(channel)
    channel.push("late")
    channel.close()
    assert list(cursor) == ["late"]


def test_a_named_channel_forwards_with_and_without_subscriber():
    channel, forwarded = bound(name="n"), []
    channel._wire(forwarded.append)
    channel.push(1)
    iter(channel)
    channel.push(2)
    assert forwarded == [1, 2]


def test_an_empty_channel_pumps_until_an_item_is_there():
    channel = bound()
    supply = iter([None, None, "item"])

    def pump():
        item = next(supply, "end")
        if item == "end":
            return False
        if item is not None:
            channel.push(item)
        return True

    channel._request_more = pump
    assert list(channel) == ["item"]


def test_what_the_last_pump_pushes_is_delivered():
    channel = bound()

    def pump():
        if channel._closed:
            return False
        channel.push("last")
        channel.close()
        return False

    channel._request_more = pump
    assert list(channel) == ["last"]


def test_a_failed_channel_delivers_its_items_then_raises():
    channel = bound()
    cursor = iter(channel)
    channel.push(1)
    channel.fail(ValueError("broken"))
    assert next(cursor) == 1
    with pytest.raises(ValueError, match="broken"):
        next(cursor)


@pytest.mark.parametrize("subscribe", [iter, lambda c: c.__aiter__()])
def test_an_unbound_channel_cannot_be_iterated(subscribe):
    with pytest.raises(TypeError, match="has not been bound yet"):
        subscribe(StreamChannel())


def test_a_channel_belongs_to_one_lane():
    with pytest.raises(TypeError, match="use 'async for' instead"):
        iter(bound(is_async=True))
    with pytest.raises(TypeError, match="use 'for' instead"):
        bound().__aiter__()


def test_a_second_subscriber_is_refused():
    channel = bound()
    iter(channel)
    with pytest.raises(RuntimeError, match=r"\.tee\(n\)"):
        iter(channel)


def test_a_subscribed_closed_channel_takes_no_items():
    channel = bound()
    channel.close()
    channel.push("nobody listens")
    iter(channel)
    with pytest.raises(RuntimeError, match="closed"):
        channel.push("lost")


def test_a_channel_is_bound_once():
    with pytest.raises(RuntimeError, match="already bound"):
        bound()._bind(is_async=True)


@pytest.mark.parametrize("maxlen", [0, -1])
def test_maxlen_is_positive(maxlen):
    with pytest.raises(ValueError, match="maxlen"):
        StreamChannel(maxlen=maxlen)


def test_every_branch_of_a_tee_sees_every_item():
    channel = bound()
    left, right = channel.tee()
    for item in range(3):
        channel.push(item)
    channel.close()
    assert next(left) == 0
    assert list(right) == [0, 1, 2]
    assert list(left) == [1, 2]


def test_every_branch_of_an_atee_sees_every_item_and_the_error():
    async def run():
        channel = bound(is_async=True)
        branches = channel.atee(3)
        channel.push("a")
        channel.push("b")
        channel.fail(ValueError("broken"))

        async def collect(branch):
            seen = []
            with pytest.raises(ValueError, match="broken"):
                async for item in branch:
                    seen.append(item)
            return seen

        return await asyncio.gather(*map(collect, branches))

    assert asyncio.run(run()) == [["a", "b"]] * 3


def test_a_tee_has_a_branch():
    with pytest.raises(ValueError, match="n >= 1"):
        bound().tee(0)
    with pytest.raises(ValueError, match="n >= 1"):
        bound(is_async=True).atee(0)
