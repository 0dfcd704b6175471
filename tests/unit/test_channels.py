"""The laws that every channel keeps, run over each class."""

from __future__ import annotations

import asyncio
import operator
from copy import deepcopy
from functools import partial
from typing import Any, Callable, Iterator, List, NamedTuple, Tuple

import pytest

from langgraph_rust import channels
from langgraph_rust._internal._typing import MISSING
from langgraph_rust.channels import (
    AnyValue,
    BaseChannel,
    BinaryOperatorAggregate,
    Context,
    DeltaChannel,
    DynamicBarrierValue,
    EphemeralValue,
    LastValue,
    LastValueAfterFinish,
    NamedBarrierValue,
    NamedBarrierValueAfterFinish,
    Topic,
    UntrackedValue,
    WaitForNames,
)
from langgraph_rust.errors import EmptyChannelError


def extend(value: List[Any], updates: List[Any]) -> List[Any]:
    return value + [item for update in updates for item in update]


class Sum(BaseChannel):
    """A channel as a user may write one: the least that `BaseChannel` asks for."""

    def __init__(self, typ: Any, key: str = "") -> None:
        super().__init__(typ, key)
        self.total = 0

    @property
    def ValueType(self) -> Any:
        return self.typ

    @property
    def UpdateType(self) -> Any:
        return self.typ

    def from_checkpoint(self, checkpoint: Any) -> Sum:
        channel = Sum(self.typ, self.key)
        channel.total = 0 if checkpoint is MISSING else checkpoint
        return channel

    def get(self) -> Any:
        if not self.total:
            raise EmptyChannelError()
        return self.total

    def update(self, values: Any) -> bool:
        self.total += sum(values)
        return any(values)


class Subject(NamedTuple):
    """A channel and the supersteps to put it through."""

    make: Callable[[], BaseChannel]
    supersteps: List[List[Any]]
    saved: bool = True


SUBJECTS = {
    "LastValue": Subject(lambda: LastValue(int), [[1], [], [2], [2]]),
    "LastValueAfterFinish": Subject(lambda: LastValueAfterFinish(int), [[1], [], [2, 3]]),
    "AnyValue": Subject(lambda: AnyValue(int), [[1, 1], [], [2], []]),
    "EphemeralValue": Subject(lambda: EphemeralValue(int), [[1], [2], [], []]),
    "EphemeralValue unguarded": Subject(lambda: EphemeralValue(int, False), [[1, 2], []]),
    "UntrackedValue": Subject(lambda: UntrackedValue(int), [[1], [], [2]], saved=False),
    "BinaryOperatorAggregate": Subject(
        lambda: BinaryOperatorAggregate(list, operator.add), [[[1], [2]], [], [[3]]]
    ),
    "BinaryOperatorAggregate of no class": Subject(
        lambda: BinaryOperatorAggregate(Any, operator.add), [[1, 2], [], [3]]
    ),
    "DeltaChannel": Subject(lambda: DeltaChannel(extend, list), [[[1], [2]], []], saved=False),
    "Topic": Subject(lambda: Topic(int), [[1, [2, 3]], [], [4]]),
    "Topic accumulating": Subject(lambda: Topic(int, accumulate=True), [[1, [2, 3]], [], [4]]),
    "NamedBarrierValue": Subject(
        lambda: NamedBarrierValue(str, {"a", "b"}), [["a"], [], ["a", "b"], ["a"]]
    ),
    "NamedBarrierValueAfterFinish": Subject(
        lambda: NamedBarrierValueAfterFinish(str, {"a", "b"}), [["a"], ["b"], []]
    ),
    "DynamicBarrierValue": Subject(
        lambda: DynamicBarrierValue(str),
        [["a"], [WaitForNames({"a", "b"})], ["a"], ["b", "c"], ["a"]],
    ),
    "a user's": Subject(lambda: Sum(int), [[1, 2], [], [0], [3]]),
}


def value_of(channel: BaseChannel) -> Any:
    try:
        return deepcopy(channel.get())
    except EmptyChannelError:
        return "empty"


def state_of(channel: BaseChannel) -> Any:
    """All that can be seen of a channel, as values of their own."""
    saved = channel.checkpoint()
    return value_of(channel), "nothing" if saved is MISSING else deepcopy(saved)


class Event(NamedTuple):
    """One thing that happened to a channel."""

    before: Any
    changed: bool
    after: Any
    updates: int


def run(subject: Subject) -> Iterator[Tuple[BaseChannel, Event]]:
    """Put a new channel through its supersteps; yield it after each thing that happens."""
    channel = subject.make().from_checkpoint(MISSING)
    for values in subject.supersteps:
        for call in (partial(channel.update, values), channel.finish, channel.consume):
            before = state_of(channel)
            changed = call()
            is_update = isinstance(call, partial)
            yield channel, Event(before, changed, state_of(channel), len(values) * is_update)


@pytest.fixture(params=list(SUBJECTS.values()), ids=list(SUBJECTS))
def subject(request: Any) -> Subject:
    return request.param


def test_every_channel_is_a_subject() -> None:
    exported = {getattr(channels, name) for name in channels.__all__}
    classes = {cls for cls in exported if issubclass(cls, BaseChannel)}
    assert classes - {type(s.make()) for s in SUBJECTS.values()} == {BaseChannel, Context}


def test_reports_every_change_of_what_is_seen(subject: Subject) -> None:
    for _, event in run(subject):
        assert type(event.changed) is bool
        assert event.changed or event.before == event.after


def test_is_available_just_when_get_returns(subject: Subject) -> None:
    for channel, event in run(subject):
        assert channel.is_available() == (event.after[0] != "empty")


def test_an_unread_empty_update_settles(subject: Subject) -> None:
    for channel, _ in run(subject):
        twin = channel.copy()
        twin.update([])
        assert twin.update([]) is False


def test_a_copy_goes_its_own_way(subject: Subject) -> None:
    for channel, event in run(subject):
        twin = channel.copy()
        assert type(twin) is type(channel)
        assert state_of(twin) == event.after
        for values in subject.supersteps:
            twin.update(values)
            twin.finish()
            twin.consume()
        assert state_of(channel) == event.after


def test_a_checkpoint_stays_as_it_was(subject: Subject) -> None:
    taken = [(channel.checkpoint(), event.after[1]) for channel, event in run(subject)]
    for checkpoint, then in taken:
        assert then == "nothing" if checkpoint is MISSING else checkpoint == then


def test_a_checkpoint_restores_what_is_seen(subject: Subject) -> None:
    for channel, event in run(subject):
        restored = subject.make().from_checkpoint(channel.checkpoint())
        if subject.saved:
            assert state_of(restored) == event.after
        else:
            assert event.after[1] == "nothing"
            assert state_of(restored) == state_of(subject.make().from_checkpoint(MISSING))


def test_a_pattern_makes_channels_and_stays_empty(subject: Subject) -> None:
    pattern = subject.make()
    pattern.key = "k"
    fresh = pattern.from_checkpoint(MISSING)
    empty = state_of(fresh)
    for values in subject.supersteps:
        fresh.update(values)
    assert fresh.key == pattern.key == "k"
    assert state_of(pattern.from_checkpoint(MISSING)) == empty


def test_a_restored_channel_equals_its_pattern(subject: Subject) -> None:
    pattern = subject.make()
    if type(pattern).__eq__ is not object.__eq__:
        assert pattern.from_checkpoint(MISSING) == pattern
        assert pattern != object()


def test_consumed_or_finished_twice_changes_nothing_more(subject: Subject) -> None:
    for channel, _ in run(subject):
        twin = channel.copy()
        for call in (twin.finish, twin.consume):
            call()
            assert call() is False


def test_async_and_sync_names_are_the_same_methods(subject: Subject) -> None:
    async def by_async_names(channel: BaseChannel, values: List[Any]) -> Any:
        changed = await channel.aupdate(values)
        try:
            return changed, await channel.aget()
        except EmptyChannelError:
            return changed, "empty"

    plain, named, waited = (subject.make().from_checkpoint(MISSING) for _ in range(3))
    for values in subject.supersteps:
        expected = plain.update(values), value_of(plain)
        assert (named.update_sync(values), value_of(named)) == expected
        assert asyncio.run(by_async_names(waited, values)) == expected
        if expected[1] != "empty":
            assert named.get_sync() == expected[1]


def test_has_a_name_and_a_type(subject: Subject) -> None:
    channel = subject.make()
    channel.key = "k"
    assert channel.name == "k"
    assert channel.channel_type is channel.typ
    assert channel.ValueType is not None


def test_is_a_context_manager_of_itself(subject: Subject) -> None:
    async def enter(channel: BaseChannel) -> BaseChannel:
        async with channel as entered:
            return entered

    channel = subject.make()
    with channel as entered:
        assert entered is channel
    assert asyncio.run(enter(channel)) is channel


def test_has_no_attributes_but_its_own(subject: Subject) -> None:
    channel = subject.make()
    if type(channel).__module__.startswith("langgraph."):
        with pytest.raises(AttributeError):
            channel.unheard_of = 1  # type: ignore[attr-defined]


def test_a_subclass_may_use_the_added_names_for_itself() -> None:
    class Named(Sum):
        def __init__(self) -> None:
            super().__init__(int, "k")
            self.name = "mine"
            self.channel_type = "int"

    assert (Named().name, Named().channel_type, Named().key) == ("mine", "int", "k")
