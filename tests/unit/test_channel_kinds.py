"""What sets the kinds of channels apart, rule by rule."""

from __future__ import annotations

import asyncio
import operator
from collections.abc import Mapping, MutableSequence, Sequence
from contextlib import asynccontextmanager, contextmanager
from typing import Any, Dict, List, Set

import pytest
from typing_extensions import Annotated, Required

from langgraph_rust._internal._typing import MISSING
from langgraph_rust.channels import (
    AnyValue,
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
from langgraph_rust.channels.binop import _get_overwrite
from langgraph_rust.checkpoint.serde.types import _DeltaSnapshot
from langgraph_rust.errors import ChannelError, EmptyChannelError, InvalidUpdateError
from langgraph_rust.types import Overwrite


def keyed(channel: Any) -> Any:
    channel.key = "k"
    return channel


class TestOneValue:
    @pytest.mark.parametrize(
        ("channel", "message"),
        [
            (
                LastValue(int),
                "At key 'k': Can receive only one value per step. Use an Annotated key to handle "
                "multiple values.\nFor troubleshooting, visit: https://docs.langchain.com/oss/"
                "python/langgraph/errors/INVALID_CONCURRENT_GRAPH_UPDATE",
            ),
            (
                EphemeralValue(int),
                "At key 'k': EphemeralValue(guard=True) can receive only one value per step. "
                "Use guard=False if you want to store any one of multiple values.",
            ),
            (
                UntrackedValue(int),
                "At key 'k': UntrackedValue(guard=True) can receive only one value per step. "
                "Use guard=False if you want to store any one of multiple values.",
            ),
        ],
        ids=lambda value: type(value).__name__,
    )
    def test_two_in_one_superstep_are_refused(self, channel: Any, message: str) -> None:
        keyed(channel).update([1])
        with pytest.raises(InvalidUpdateError) as refused:
            channel.update([2, 3])
        assert str(refused.value) == message
        assert channel.get() == 1

    @pytest.mark.parametrize(
        "channel", [AnyValue(int), EphemeralValue(int, guard=False), UntrackedValue(int, False)]
    )
    def test_unguarded_takes_the_last(self, channel: Any) -> None:
        channel.update([1, 2])
        assert channel.get() == 2

    @pytest.mark.parametrize("channel", [AnyValue(int), EphemeralValue(int)])
    def test_lasts_one_superstep(self, channel: Any) -> None:
        channel.update([1])
        assert channel.update([])
        assert not channel.is_available()

    @pytest.mark.parametrize("channel", [LastValue(int), UntrackedValue(int)])
    def test_lasts(self, channel: Any) -> None:
        channel.update([1])
        assert not channel.update([])
        assert channel.get() == 1

    def test_none_is_a_value(self) -> None:
        channel = LastValue(int)
        channel.update([None])
        assert channel.is_available() and channel.get() is None and channel.checkpoint() is None

    def test_after_finish_is_read_once_and_gone(self) -> None:
        channel = LastValueAfterFinish(int)
        channel.update([1, 2])
        assert not channel.is_available() and not channel.consume()
        assert channel.finish() and channel.get() == 2
        assert channel.checkpoint() == (2, True)
        assert channel.consume() and not channel.is_available()
        assert channel.checkpoint() is MISSING

    def test_an_update_takes_finished_back(self) -> None:
        channel = LastValueAfterFinish(int)
        channel.update([1])
        channel.finish()
        channel.update([2])
        assert not channel.is_available()


class TestReducing:
    @pytest.mark.parametrize(
        ("typ", "empty"),
        [
            (int, 0),
            (List[int], []),
            (Dict[str, int], {}),
            (Set[int], set()),
            (Sequence, []),
            (MutableSequence, []),
            (Mapping, {}),
            (Annotated[List[int], "note"], []),
            (Required[List[int]], []),
        ],
        ids=str,
    )
    def test_starts_with_an_empty_value_of_its_type(self, typ: Any, empty: Any) -> None:
        assert BinaryOperatorAggregate(typ, operator.add).get() == empty
        assert DeltaChannel(extend, typ).from_checkpoint(MISSING).get() == empty

    def test_starts_empty_without_a_class_and_takes_the_first_update_as_it_is(self) -> None:
        channel = BinaryOperatorAggregate(Any, operator.add)
        with pytest.raises(EmptyChannelError):
            channel.get()
        channel.update([1, 2])
        assert channel.get() == 3

    def test_folds_in_order(self) -> None:
        channel = BinaryOperatorAggregate(str, lambda a, b: f"({a}{b})")
        channel.update(["a", "b"])
        assert channel.get() == "((a)b)"

    @pytest.mark.parametrize(
        "form",
        [Overwrite([9]), {"__overwrite__": [9]}, {"value": [9], "type": "__overwrite__"}],
        ids=["object", "sentinel", "json"],
    )
    def test_an_overwrite_replaces_and_silences_the_rest_of_its_superstep(self, form: Any) -> None:
        assert _get_overwrite(form) == (True, [9])
        channel = BinaryOperatorAggregate(list, operator.add)
        channel.update([[1]])
        channel.update([[2], form, [3]])
        assert channel.get() == [9]
        channel.update([[4]])
        assert channel.get() == [9, 4]

    @pytest.mark.parametrize("plain", [{"type": "__overwrite__"}, {"__overwrite__": 1, "b": 2}, 1])
    def test_other_data_is_no_overwrite(self, plain: Any) -> None:
        assert _get_overwrite(plain) == (False, None)

    def test_two_overwrites_in_one_superstep_are_refused(self) -> None:
        for channel in (BinaryOperatorAggregate(list, operator.add), DeltaChannel(extend, list)):
            with pytest.raises(InvalidUpdateError, match="only one Overwrite value per super-step"):
                channel.update([Overwrite([1]), Overwrite([2])])

    def test_channels_are_equal_by_reducer_and_any_lambda_equals_any(self) -> None:
        plus = BinaryOperatorAggregate(int, operator.add)
        assert plus == BinaryOperatorAggregate(int, operator.add)
        assert plus != BinaryOperatorAggregate(int, operator.sub)
        assert plus == BinaryOperatorAggregate(int, lambda a, b: a)
        assert plus != DeltaChannel(operator.add, int)

    def test_reads_what_a_delta_channel_saved(self) -> None:
        channel = BinaryOperatorAggregate(list, operator.add)
        assert channel.from_checkpoint(_DeltaSnapshot([1])).get() == [1]


def extend(value: List[Any], updates: List[Any]) -> List[Any]:
    return value + [item for update in updates for item in update]


class TestDelta:
    def test_gives_the_reducer_all_updates_of_a_superstep_at_once(self) -> None:
        calls: List[Any] = []

        def reducer(value: Any, updates: Any) -> Any:
            calls.append((value, updates))
            return value + sum(updates)

        channel = DeltaChannel(reducer, int).from_checkpoint(MISSING)
        channel.update((1, 2))
        assert channel.get() == 3 and calls == [(0, [1, 2])]

    def test_replays_all_writes_with_one_call(self) -> None:
        calls: List[Any] = []

        def reducer(value: Any, updates: Any) -> Any:
            calls.append(list(updates))
            return extend(value, updates)

        channel = DeltaChannel(reducer, list).from_checkpoint(MISSING)
        channel.replay_writes([("t1", "k", [1]), ("t2", "k", [2])])
        assert channel.get() == [1, 2] and calls == [[[1], [2]]]

    def test_replay_starts_at_the_last_overwrite(self) -> None:
        channel = DeltaChannel(extend, list).from_checkpoint(_DeltaSnapshot([0]))
        writes: List[Any] = [Overwrite([1]), [2], Overwrite([3]), [4]]
        channel.replay_writes([("t", "k", write) for write in writes])
        assert channel.get() == [3, 4]

    def test_replay_of_nothing_changes_nothing(self) -> None:
        channel = DeltaChannel(extend, list).from_checkpoint(_DeltaSnapshot([0]))
        channel.replay_writes([])
        assert channel.get() == [0]

    def test_an_overwrite_is_copied_and_none_empties(self) -> None:
        given = [1]
        channel = DeltaChannel(extend, list).from_checkpoint(MISSING)
        channel.update([[0], Overwrite(given)])
        assert channel.get() == given and channel.get() is not given
        channel.update([Overwrite(None)])
        assert channel.get() == []

    def test_is_restored_from_a_snapshot_or_a_plain_value(self) -> None:
        pattern = DeltaChannel(extend, list, snapshot_frequency=7)
        assert pattern.from_checkpoint(_DeltaSnapshot([1])).get() == [1]
        assert pattern.from_checkpoint([1]).get() == [1]
        assert pattern.from_checkpoint(MISSING).snapshot_frequency == 7

    def test_is_saved_as_nothing(self) -> None:
        assert DeltaChannel(extend, list).from_checkpoint([1]).checkpoint() is MISSING

    @pytest.mark.parametrize("frequency", [0, -1])
    def test_refuses_a_frequency_that_is_not_positive(self, frequency: int) -> None:
        with pytest.raises(ValueError, match=f"must be a positive int, got {frequency}"):
            DeltaChannel(extend, list, snapshot_frequency=frequency)


class TestTopic:
    def test_reads_checkpoints_of_old(self) -> None:
        assert Topic(int).from_checkpoint((set(), [1, 2])).get() == [1, 2]

    def test_equals_by_accumulate(self) -> None:
        assert Topic(int) == Topic(str)
        assert Topic(int) != Topic(int, accumulate=True)

    def test_what_is_read_is_the_readers(self) -> None:
        channel = Topic(int)
        channel.update([1])
        channel.get().append(2)  # type: ignore[attr-defined]
        assert channel.get() == [1]


class TestBarrier:
    @pytest.mark.parametrize("kind", [NamedBarrierValue, NamedBarrierValueAfterFinish])
    def test_refuses_other_names(self, kind: Any) -> None:
        with pytest.raises(InvalidUpdateError, match="At key 'k': Value b not in {'a'}"):
            keyed(kind(str, {"a"})).update(["b"])

    def test_opens_with_the_last_name_and_starts_anew_when_consumed(self) -> None:
        channel = NamedBarrierValue(str, {"a", "b"})
        assert channel.update(["a", "a"]) and not channel.is_available()
        assert not channel.update(["a"])
        assert channel.update(["b"]) and channel.get() is None
        assert channel.consume() and not channel.is_available() and not channel.consume()

    def test_after_finish_opens_at_the_end_of_the_run(self) -> None:
        channel = NamedBarrierValueAfterFinish(str, {"a"})
        assert not channel.finish()
        channel.update(["a"])
        assert not channel.is_available() and not channel.consume()
        assert channel.finish() and channel.get() is None and not channel.finish()
        assert channel.consume() and channel.checkpoint() == (set(), False)

    def test_dynamic_is_told_its_names_once_a_round(self) -> None:
        channel = keyed(DynamicBarrierValue(str))
        assert not channel.update(["a"])
        assert channel.update([WaitForNames({"a"})]) and not channel.is_available()
        assert not channel.update(["other"])
        assert channel.update(["a"]) and channel.get() is None
        assert channel.consume() and channel.checkpoint() == (None, set())
        with pytest.raises(InvalidUpdateError, match="multiple WaitForNames"):
            channel.update([WaitForNames({"a"}), WaitForNames({"b"})])


class Resource:
    """Counts how often it is opened and closed."""

    def __init__(self) -> None:
        self.opened = self.closed = 0

    @contextmanager
    def sync(self) -> Any:
        self.opened += 1
        yield self
        self.closed += 1

    @asynccontextmanager
    async def waited(self) -> Any:
        with self.sync():
            yield self


class TestContext:
    def test_opens_when_first_read_and_closes_with_the_last_copy(self) -> None:
        resource = Resource()
        channel = Context(resource.sync).from_checkpoint(MISSING)
        assert channel.is_available() and resource.opened == 0
        twin = channel.copy()
        assert channel.get() is twin.get() is resource and resource.opened == 1
        del channel
        assert resource.closed == 0
        del twin
        assert (resource.opened, resource.closed) == (1, 1)

    def test_each_run_opens_its_own(self) -> None:
        resource = Resource()
        pattern = Context(resource.sync)
        first, second = pattern.from_checkpoint(MISSING), pattern.from_checkpoint(MISSING)
        first.get(), second.get()
        assert resource.opened == 2

    def test_with_closes_it(self) -> None:
        resource = Resource()
        with Context(resource.sync).from_checkpoint(MISSING) as channel:
            assert channel.get() is resource
        assert (resource.opened, resource.closed) == (1, 1)

    def test_async_with_prefers_the_async_one(self) -> None:
        resource, other = Resource(), Resource()

        async def use() -> None:
            channel = Context(other.sync, resource.waited).from_checkpoint(MISSING)
            async with channel:
                assert channel.get() is resource

        asyncio.run(use())
        assert (resource.opened, resource.closed, other.opened) == (1, 1, 0)

    def test_an_async_one_is_empty_outside_of_async_with(self) -> None:
        channel = Context(actx=Resource().waited)
        assert not channel.is_available()
        with pytest.raises(EmptyChannelError):
            channel.get()

    def test_is_neither_written_nor_saved(self) -> None:
        channel = keyed(Context(Resource().sync))
        assert not channel.update([]) and channel.checkpoint() is MISSING
        with pytest.raises(InvalidUpdateError, match="At key 'k'"):
            channel.update([1])

    def test_wants_a_context_manager(self) -> None:
        with pytest.raises(ValueError, match="sync or async"):
            Context()


def test_what_channels_raise_is_a_channel_error() -> None:
    assert issubclass(EmptyChannelError, ChannelError)
    assert issubclass(InvalidUpdateError, ChannelError)
