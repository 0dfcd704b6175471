"""What `InMemorySaver` keeps, and how it is found again."""

from __future__ import annotations

import asyncio
import pickle

import pytest

from langgraph_rust.checkpoint.base import empty_checkpoint
from langgraph_rust.checkpoint.memory import InMemorySaver, MemorySaver, PersistentDict
from langgraph_rust.checkpoint.serde.types import ERROR, INTERRUPT, RESUME


def named(thread="1", ns="", **more):
    return {"configurable": {"thread_id": thread, "checkpoint_ns": ns, **more}}


class SyncCalls:
    """The saver by its sync methods."""

    def __init__(self, saver):
        self.saver = saver

    def __getattr__(self, name):
        return getattr(self.saver, name)

    def list(self, *args, **kwargs):
        return list(self.saver.list(*args, **kwargs))


class AsyncCalls(SyncCalls):
    """The saver by its async methods."""

    def __getattr__(self, name):
        return lambda *args, **kwargs: asyncio.run(getattr(self.saver, "a" + name)(*args, **kwargs))

    def list(self, *args, **kwargs):
        async def collect():
            return [found async for found in self.saver.alist(*args, **kwargs)]

        return asyncio.run(collect())


@pytest.fixture(params=[SyncCalls, AsyncCalls])
def calls(request):
    return request.param(InMemorySaver())


def put(calls, config, values, versions, **metadata):
    """Store a checkpoint with these values, new at these versions."""
    checkpoint = empty_checkpoint()
    checkpoint["channel_values"] = values
    checkpoint["channel_versions"] = {**versions}
    return calls.put(config, checkpoint, metadata, versions)


def ids(found):
    return [one.config["configurable"]["checkpoint_id"] for one in found]


def id_of(config):
    return config["configurable"]["checkpoint_id"]


def test_what_is_put_is_found_by_its_name_and_as_the_latest(calls):
    first = put(calls, named(), {"a": [1]}, {"a": "1"}, step=0)
    second = put(calls, first, {"a": [2]}, {"a": "2"}, step=1)
    found = calls.get_tuple(first)
    assert (found.config, found.parent_config, found.metadata) == (first, None, {"step": 0})
    assert found.checkpoint["channel_values"] == {"a": [1]}
    assert found.checkpoint["id"] == id_of(first)
    latest = calls.get_tuple(named())
    assert (latest.config, latest.parent_config) == (second, first)
    assert latest.checkpoint["channel_values"] == {"a": [2]}
    assert latest.pending_writes == []


def test_what_was_never_put_is_not_found(calls):
    config = put(calls, named(), {}, {})
    assert calls.get_tuple(named("other")) is None
    assert calls.get_tuple(named(ns="other")) is None
    assert calls.get_tuple(named(checkpoint_id="other")) is None
    assert calls.list(named("other")) == []
    assert calls.get_tuple(config) is not None


def test_what_is_found_is_a_copy(calls):
    rows = [1]
    config = put(calls, named(), {"rows": rows}, {"rows": "1"})
    rows.append(2)
    found = calls.get_tuple(config).checkpoint["channel_values"]["rows"]
    assert found == [1]
    found.append(3)
    assert calls.get_tuple(config).checkpoint["channel_values"]["rows"] == [1]


def test_values_are_kept_once_a_version(calls):
    first = put(calls, named(), {"a": 1, "b": 2}, {"a": "1", "b": "1"})
    checkpoint = empty_checkpoint()
    checkpoint["channel_values"] = {"a": 1, "b": 3}
    checkpoint["channel_versions"] = {"a": "1", "b": "2", "gone": "2"}
    second = calls.put(first, checkpoint, {}, {"b": "2", "gone": "2"})
    assert calls.get_tuple(second).checkpoint["channel_values"] == {"a": 1, "b": 3}
    assert calls.get_tuple(first).checkpoint["channel_values"] == {"a": 1, "b": 2}
    saver = calls.saver
    assert set(saver.blobs) == {
        ("1", "", "a", "1"),
        ("1", "", "b", "1"),
        ("1", "", "b", "2"),
        ("1", "", "gone", "2"),
    }
    assert saver.blobs["1", "", "gone", "2"] == ("empty", b"")
    kept = saver.storage["1"][""][id_of(second)]
    assert "channel_values" not in saver.serde.loads_typed(kept[0])
    assert kept[2] == id_of(first)


def test_metadata_is_joined_with_the_config(calls):
    config = {
        "metadata": {"user": "me"},
        "configurable": {**named()["configurable"], "mode": "fast"},
    }
    found = calls.get_tuple(put(calls, config, {}, {}, source="loop"))
    assert found.metadata == {"source": "loop", "user": "me", "mode": "fast"}


def test_writes_come_in_the_order_of_paths_tasks_and_numbers(calls):
    config = put(calls, named(), {}, {})
    calls.put_writes(config, [("b", 1), ("a", 2)], "task 9", "path 1")
    calls.put_writes(config, [("a", 3)], "task 1", "path 2")
    calls.put_writes(config, [("a", 4)], "task 2")
    assert calls.get_tuple(config).pending_writes == [
        ("task 2", "a", 4),
        ("task 9", "b", 1),
        ("task 9", "a", 2),
        ("task 1", "a", 3),
    ]


def test_a_write_stays_but_a_special_one_is_replaced(calls):
    config = put(calls, named(), {}, {})
    calls.put_writes(config, [("a", 1), (INTERRUPT, "first"), (ERROR, "e1")], "task")
    calls.put_writes(config, [("a", 2), (INTERRUPT, "second"), (RESUME, ["r"])], "task")
    found = {channel: value for _, channel, value in calls.get_tuple(config).pending_writes}
    assert found == {"a": 1, INTERRUPT: "second", ERROR: "e1", RESUME: ["r"]}
    calls.put_writes(config, [], "other")
    assert len(calls.get_tuple(config).pending_writes) == 4


def test_listing_goes_from_the_newest_to_the_oldest(calls):
    first = put(calls, named(), {}, {}, step=0)
    second = put(calls, first, {}, {}, step=1)
    inner = put(calls, named(ns="inner"), {}, {}, step=0)
    other = put(calls, named("2"), {}, {}, step=0)
    assert ids(calls.list(named(ns=""))) == [id_of(second), id_of(first)]
    assert set(ids(calls.list({"configurable": {"thread_id": "1"}}))) == {
        id_of(second),
        id_of(first),
        id_of(inner),
    }
    assert len(calls.list(None)) == 4
    assert ids(calls.list(first)) == [id_of(first)]
    assert ids(calls.list(named(), before=second)) == [id_of(first)]
    assert ids(calls.list(named(), limit=1)) == [id_of(second)]
    assert calls.list(named(), limit=0) == []
    assert set(ids(calls.list(None, filter={"step": 0}))) == {
        id_of(first),
        id_of(inner),
        id_of(other),
    }
    assert calls.list(None, filter={"step": 0, "missing": 1}) == []
    (found,) = calls.list(named(), limit=1)
    assert (found.config, found.parent_config, found.metadata) == (second, first, {"step": 1})


def test_a_deleted_thread_leaves_nothing(calls):
    for thread in ("1", "2"):
        config = put(calls, named(thread), {"a": 1}, {"a": "1"})
        calls.put_writes(config, [("a", 1)], "task")
    calls.delete_thread("1")
    calls.delete_thread("never there")
    assert calls.get_tuple(named("1")) is None
    found = calls.get_tuple(named("2"))
    assert found.checkpoint["channel_values"] == {"a": 1}
    assert len(found.pending_writes) == 1
    saver = calls.saver
    assert {key[0] for key in (*saver.blobs, *saver.writes)} == {"2"}


def history(calls, config, channels):
    return calls.get_delta_channel_history(config=config, channels=channels)


def test_history_of_a_delta_channel_follows_parents(calls):
    first = put(calls, named(), {"a": "seed", "plain": 1}, {"a": "1", "plain": "1"})
    calls.put_writes(first, [("a", 1), ("plain", 2)], "t1", "p")
    second = put(calls, first, {}, {"a": "2"})
    calls.put_writes(second, [("a", 2)], "t3", "p1")
    calls.put_writes(second, [("a", 3)], "t2", "p2")
    fork = put(calls, first, {}, {"a": "2f"})
    calls.put_writes(fork, [("a", "of the fork")], "t", "p")
    third = put(calls, second, {}, {"a": "3"})
    calls.put_writes(third, [("a", "pending")], "t", "p")
    expected = {"writes": [("t1", "a", 1), ("t3", "a", 2), ("t2", "a", 3)], "seed": "seed"}
    assert history(calls, third, ["a"]) == {"a": expected}
    latest = history(calls, named(), ["a", "unknown"])
    assert latest == {"a": expected, "unknown": {"writes": []}}
    assert history(calls, named("other"), ["a"]) == {"a": {"writes": []}}
    assert history(calls, third, []) == {}


def test_versions_grow_and_tell_forks_apart():
    saver = InMemorySaver()
    versions = [None]
    for _ in range(12):
        versions.append(saver.get_next_version(versions[-1], None))
    assert versions[1:] == sorted(versions[1:])
    assert versions[1].split(".")[0] == "1".rjust(32, "0")
    assert saver.get_next_version(versions[1], None) != saver.get_next_version(versions[1], None)
    assert saver.get_next_version(7, None).startswith("8".rjust(32, "0"))


def test_the_older_name_is_the_same_class():
    assert MemorySaver is InMemorySaver
    assert InMemorySaver.__module__ == "langgraph.checkpoint.memory"


def test_a_saver_enters_and_leaves_what_its_factory_made():
    entered: list = []

    class Watched(PersistentDict):
        def __init__(self, *args):
            super().__init__(*args, filename="")

        def __enter__(self):
            entered.append(self)
            return self

        def __exit__(self, *exc_info):
            entered.remove(self)

    with InMemorySaver(factory=Watched) as saver:
        assert [type(made) for made in (saver.storage, saver.writes, saver.blobs)] == [Watched] * 3
        assert len(entered) == 3
        config = put(SyncCalls(saver), named(), {"a": 1}, {"a": "1"})
        assert saver.get_tuple(config).checkpoint["channel_values"] == {"a": 1}
    assert not entered

    async def use():
        async with InMemorySaver() as saver:
            return await saver.aget_tuple(named())

    assert asyncio.run(use()) is None


def test_a_persistent_dict_is_written_when_closed(tmp_path):
    path = tmp_path / "kept"
    with PersistentDict(list, filename=str(path)) as kept:
        kept["a"].append(1)
        kept.sync()
        kept["a"].append(2)
    assert not kept
    read = PersistentDict(list, filename=str(path))
    read.load()
    assert read == {"a": [1, 2]}
    assert list(tmp_path.iterdir()) == [path]
    read.flag = "r"
    read["b"] = [3]
    read.sync()
    again = PersistentDict(filename=str(path))
    again.flag = "n"
    again.load()
    assert again == {}
    again.flag = "c"
    again.load()
    assert again == {"a": [1, 2]}


def test_a_persistent_dict_that_cannot_be_written_leaves_the_file(tmp_path):
    path = tmp_path / "kept"
    kept = PersistentDict(filename=str(path))
    kept["a"] = 1
    kept.sync()
    kept["a"] = lambda: None
    with pytest.raises(Exception, match="pickle|lambda"):
        kept.sync()
    assert list(tmp_path.iterdir()) == [path]
    kept.format = "json"
    with pytest.raises(NotImplementedError, match="Unknown format: 'json'"):
        kept.sync()
    path.write_bytes(b"no pickle")
    with pytest.raises((pickle.UnpicklingError, ValueError)):
        PersistentDict(filename=str(path)).load()
    path.write_bytes(b"")
    empty = PersistentDict(filename=str(path))
    empty.load()
    assert empty == {}
