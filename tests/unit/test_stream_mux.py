"""Rules of the dispatcher, in both lanes."""

from __future__ import annotations

import asyncio

import pytest
from stream_lanes import AsyncLane, SyncLane, event

from langgraph_rust.stream import StreamChannel, StreamTransformer
from langgraph_rust.stream._lane import finish
from langgraph_rust.stream._mux import StreamMux


@pytest.fixture(params=[SyncLane, AsyncLane])
def lane(request):
    return request.param()


class Recorder(StreamTransformer):
    """Keeps what it sees, and pushes numbers to a channel of its own."""

    key = "seen"
    keep = True
    channel_name = None

    def __init__(self, scope=()):
        super().__init__(scope)
        self.channel = StreamChannel(self.channel_name)
        self.methods, self.ends = [], []

    def init(self):
        return {self.key: self.channel}

    def process(self, event):
        self.methods.append(event["method"])
        self.channel.push(len(self.methods))
        return self.keep

    def finalize(self):
        self.ends.append(None)

    def fail(self, err):
        self.ends.append(err)


def test_an_event_that_one_transformer_drops_is_seen_by_all_and_not_logged(lane):
    class Dropper(Recorder):
        key, keep = "dropper", False

    first, second = Dropper(), Recorder()
    mux = lane.mux(first, second)
    log = mux._events
    log._subscribed = True
    lane.push(mux, event("values", 1))
    assert first.methods == second.methods == ["values"]
    assert not log._items


def test_what_a_transformer_forwards_is_logged_before_the_event(lane):
    class Named(Recorder):
        channel_name = "count"

    mux = lane.mux(Named())
    mux._events._subscribed = True
    lane.push(mux, event("values", "x"))
    logged = [item for _, item in mux._events._items]
    assert [(e["seq"], e["method"]) for e in logged] == [
        (1, "custom:count"),
        (2, "values"),
    ]


def test_a_native_channel_is_forwarded_by_its_own_name(lane):
    class Native(Recorder):
        _native = True
        channel_name = "count"

    mux = lane.mux(Native())
    mux._events._subscribed = True
    lane.push(mux, event("values", "x"))
    assert mux._events._items[0][1]["method"] == "count"
    assert mux.native_keys == {"seen"}


def test_closing_finalizes_everyone_then_raises_the_first_error(lane):
    class Breaks(Recorder):
        key = "breaks"

        def finalize(self):
            raise ValueError("first")

    last = Recorder()
    mux = lane.mux(Breaks(), last)
    with pytest.raises(ValueError, match="first"):
        lane.close(mux)
    assert last.ends == [None]
    assert last.channel._closed and mux._events._closed


def test_failing_reaches_everyone_and_every_channel(lane):
    class Breaks(Recorder):
        key = "breaks"

        def fail(self, err):
            raise ValueError("swallowed")

    error, last = KeyError("run"), Recorder()
    mux = lane.mux(Breaks(), last)
    lane.fail(mux, error)
    assert last.ends == [error]
    assert last.channel._error is mux._events._error is error


def test_projection_keys_are_unique():
    with pytest.raises(ValueError, match=r"'seen' \(owned by Recorder\)"):
        StreamMux([Recorder(), Recorder()])


def test_init_returns_a_dict():
    class Wrong(Recorder):
        def init(self):
            return ["seen"]

    with pytest.raises(TypeError, match="must return a dict, got list"):
        StreamMux([Wrong()])


def test_early_transformers_come_first_within_their_group():
    class Early(Recorder):
        before_builtins = True

        def __init__(self, scope=(), key="early"):
            self.key = key
            super().__init__(scope)

    mux = StreamMux(
        [Early(key="ready early")],
        factories=[Recorder, Early],
    )
    assert list(mux.extensions) == ["early", "seen", "ready early"]


@pytest.mark.parametrize("hook", ["aprocess", "afinalize", "afail"])
def test_a_transformer_with_async_hooks_needs_an_asyncio_run(hook):
    async def method(self, *args):
        return True

    kind = type("Waits", (Recorder,), {hook: method})
    with pytest.raises(RuntimeError, match="Waits requires an async run"):
        StreamMux([kind()])
    StreamMux([kind()], is_async=True)
    kind.supports_sync = True
    StreamMux([kind()])


def test_a_transformer_must_override_a_hook(lane):
    class Lazy(StreamTransformer):
        def init(self):
            return {}

    with pytest.raises(NotImplementedError, match="Lazy must override process"):
        lane.push(lane.mux(Lazy()), event("values", 1))


def test_a_child_has_fresh_transformers_the_same_pump_and_no_numbers():
    mux = StreamMux(factories=[Recorder])
    mux.bind_pump(lambda: False)
    child = mux._make_child(("sub:1",))
    assert child.scope == ("sub:1",)
    assert child.transformer_by_key("seen") is not mux.transformer_by_key("seen")
    assert child.extensions["seen"]._request_more is mux._pump_fn
    numbered = event("values", 1)
    child.push(numbered)
    assert "seq" not in numbered


def test_ready_transformers_are_not_multiplied():
    with pytest.raises(RuntimeError, match="pre-built transformers"):
        StreamMux([Recorder()])._make_child(("sub:1",))


def test_scheduling_needs_an_event_loop():
    work = asyncio.sleep(0)
    with pytest.raises(RuntimeError, match="requires a running event loop"):
        Recorder().schedule(work)
    work.close()


class Schedules(Recorder):
    """Starts one piece of work per event."""

    requires_async = True

    def __init__(self, work, on_error="log"):
        super().__init__()
        self.work, self.on_error = work, on_error

    def process(self, event):
        self.schedule(self.work(), on_error=self.on_error)
        return True


def test_closing_waits_for_scheduled_work():
    done = []

    async def work():
        await asyncio.sleep(0)
        done.append(True)

    async def run():
        transformer = Schedules(work)
        mux = StreamMux([transformer], is_async=True)
        await mux.apush(event("values", 1))
        await mux.aclose()
        assert done == [True] and transformer.ends == [None]

    asyncio.run(run())


def test_an_error_of_scheduled_work_is_logged_or_raised():
    async def work():
        raise ValueError("work")

    async def run(on_error):
        mux = StreamMux([Schedules(work, on_error)], is_async=True)
        await mux.apush(event("values", 1))
        await mux.aclose()

    asyncio.run(run("log"))
    with pytest.raises(ValueError, match="work"):
        asyncio.run(run("raise"))


def test_failing_cancels_scheduled_work():
    cancelled = []

    async def work():
        try:
            await asyncio.Event().wait()
        except asyncio.CancelledError:
            cancelled.append(True)
            raise

    async def run():
        mux = StreamMux([Schedules(work)], is_async=True)
        await mux.apush(event("values", 1))
        await asyncio.sleep(0)
        await mux.afail(ValueError("run"))

    asyncio.run(run())
    assert cancelled == [True]


def test_a_sync_body_may_not_wait():
    async def waits():
        await asyncio.sleep(0)

    with pytest.raises(RuntimeError, match="tried to wait"):
        finish(waits())


def test_a_transformer_is_spared_what_it_does_not_hear_unless_it_is_overridden():
    class Hears(Recorder):
        _hears = ("values",)

        def process(self, event):
            return super().process(event)

    class Overrides(Hears):
        key = "overrides"

        def process(self, event):
            return super().process(event)

    class Inherits(Hears):
        key = "inherits"

    transformers = [Hears(), Overrides(), Inherits()]
    mux = StreamMux(transformers)
    for method in ("values", "custom"):
        mux.push(event(method, 1))
    assert [t.methods for t in transformers] == [["values"], ["values", "custom"], ["values"]]
