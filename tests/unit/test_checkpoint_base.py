"""Checkpoints, their ids and metadata, and what every saver inherits."""

from __future__ import annotations

import asyncio
import inspect
import logging
import pickle
import subprocess
import sys
import time
import uuid

import pytest
from stored_objects import Node

from langgraph_rust.checkpoint import base
from langgraph_rust.checkpoint.base import (
    BaseCheckpointSaver,
    CheckpointTuple,
    EmptyChannelError,
    copy_checkpoint,
    create_checkpoint,
    empty_checkpoint,
    get_checkpoint_metadata,
    get_serializable_checkpoint_metadata,
)
from langgraph_rust.checkpoint.base.id import UUID, uuid6
from langgraph_rust.checkpoint.serde.jsonplus import JsonPlusSerializer


class Chain(BaseCheckpointSaver):
    """A chain of checkpoints, newest last, that only knows how to look one up."""

    def __init__(self, *links):
        super().__init__()
        self.links = {str(number): link for number, link in enumerate(links)}

    def get_tuple(self, config):
        name = config["configurable"]["checkpoint_id"]
        if name not in self.links:
            return None
        values, writes = self.links[name]
        parent = {"configurable": {"checkpoint_id": str(int(name) - 1)}} if int(name) else None
        checkpoint = dict(empty_checkpoint(), id=name, channel_values=values)
        return CheckpointTuple(config, checkpoint, {}, parent, writes)

    async def aget_tuple(self, config):
        await asyncio.sleep(0)
        return self.get_tuple(config)


def both_histories(saver, name, channels):
    """The history by the sync and by the async way, which are to be the same."""
    config = {"configurable": {"checkpoint_id": name}}
    found = saver.get_delta_channel_history(config=config, channels=channels)
    assert asyncio.run(saver.aget_delta_channel_history(config=config, channels=channels)) == found
    return found


def test_ids_are_unique_and_sort_by_time():
    drawn = [str(uuid6(clock_seq=step)) for step in range(-2, 2000)]
    assert drawn == sorted(drawn)
    assert len(set(drawn)) == len(drawn)
    checkpoints = [empty_checkpoint()["id"] for _ in range(100)]
    assert checkpoints == sorted(checkpoints)
    assert drawn[-1] < checkpoints[0]


def test_an_id_tells_its_version_time_and_step():
    drawn = uuid6(clock_seq=-2)
    assert (drawn.version, drawn.variant) == (6, uuid.RFC_4122)
    seconds = (drawn.time - 0x01B21DD213814000) / 10**7
    assert abs(seconds - time.time()) < 5
    assert drawn.int >> 48 & 0x3FFF == -2 & 0x3FFF
    assert uuid6(node=5).node == 5
    assert uuid.UUID(empty_checkpoint()["id"]).version == 6


def test_uuids_of_other_versions_are_read():
    assert UUID(int=0, version=7).version == 7
    assert UUID(int=(1234 << 80), version=7).time == 1234
    assert UUID(int=(5 << 80 | 0x0FFF << 64), version=8).time == 5 * 10**6 + -(
        -0xFFF00 * 10**6 // 2**20
    )
    assert UUID(hex="12345678123456781234567812345678").hex == "12345678" * 4
    for wrong in (
        dict(int=-1, version=6),
        dict(int=1 << 128, version=6),
        dict(int=1, version=5),
        {},
    ):
        with pytest.raises((ValueError, TypeError)):
            UUID(**wrong)


def test_what_is_pickled_comes_back_as_it_was():
    config = {"configurable": {"thread_id": "1"}}
    for obj in (
        uuid6(),
        CheckpointTuple(config, empty_checkpoint(), {"step": 1}),
        EmptyChannelError("empty"),
    ):
        for protocol in range(2, pickle.HIGHEST_PROTOCOL + 1):
            copied = pickle.loads(pickle.dumps(obj, protocol))
            assert type(copied) is type(obj)
            assert copied == obj or copied.args == obj.args


def test_a_copied_checkpoint_shares_values_and_nothing_else():
    checkpoint = empty_checkpoint()
    rows = [1]
    checkpoint["channel_values"]["rows"] = rows
    checkpoint["versions_seen"]["node"] = {"rows": 1}
    copied = copy_checkpoint(checkpoint)
    assert copied == checkpoint
    copied["channel_values"]["more"] = 1
    copied["channel_versions"]["rows"] = 2
    copied["versions_seen"]["node"]["rows"] = 2
    assert "more" not in checkpoint["channel_values"]
    assert not checkpoint["channel_versions"]
    assert checkpoint["versions_seen"] == {"node": {"rows": 1}}
    assert copied["channel_values"]["rows"] is rows


def test_a_checkpoint_takes_values_of_channels_with_a_version_and_a_value():
    class Full:
        def checkpoint(self):
            return "value"

    class Empty:
        def checkpoint(self):
            raise EmptyChannelError

    before = empty_checkpoint()
    before["channel_versions"].update(full=1, empty=1)
    channels = {"full": Full(), "empty": Empty(), "unversioned": Full()}
    made = create_checkpoint(before, channels, 3)
    assert made["channel_values"] == {"full": "value"}
    assert made["id"] > before["id"]
    assert create_checkpoint(before, None, 3, id="given")["id"] == "given"
    assert create_checkpoint(made, None, 4)["channel_values"] == {"full": "value"}


def test_metadata_takes_plain_values_of_the_config():
    config = {
        "metadata": {"user": "a\x00b", "step": 9, "list": [1], "__hidden": 1, "none": None},
        "configurable": {
            "thread_id": "1",
            "checkpoint_ns": "",
            "flag": True,
            "user": "later",
            "ratio": 0.5,
        },
    }
    metadata = {"source": "loop", "step": 1, "writes": {"node": "x\x00"}, "note": "n\x00"}
    merged = get_checkpoint_metadata(config, metadata)
    assert merged == {
        "source": "loop",
        "step": 1,
        "writes": {"node": "x\x00"},
        "note": "n",
        "user": "ab",
        "flag": True,
        "ratio": 0.5,
    }
    assert metadata["note"] == "n\x00"
    assert "writes" not in get_serializable_checkpoint_metadata(config, metadata)
    assert get_checkpoint_metadata({"configurable": {}}, {}) == {}


def test_history_goes_up_to_the_nearest_value_of_each_channel():
    saver = Chain(
        ({"a": "old", "b": "b0"}, [("t0", "a", 0), ("t0", "b", 0)]),
        ({"a": "a1"}, [("t1", "a", 1), ("t1", "b", 1), ("t2", "a", 2)]),
        ({}, [("t3", "a", 3)]),
        ({"a": "own"}, [("t4", "a", 4)]),
    )
    assert both_histories(saver, "3", ["a", "b", "c"]) == {
        # The seed is from before its own checkpoint's writes; the target's are still to come.
        "a": {"writes": [("t1", "a", 1), ("t2", "a", 2), ("t3", "a", 3)], "seed": "a1"},
        "b": {"writes": [("t0", "b", 0), ("t1", "b", 1)], "seed": "b0"},
        "c": {"writes": []},
    }


def test_history_of_nothing_is_nothing():
    saver = Chain(({}, [("t", "a", 1)]), ({}, None))
    assert both_histories(saver, "1", []) == {}
    assert both_histories(saver, "0", ["a"]) == {"a": {"writes": []}}
    assert both_histories(saver, "no such", ["a"]) == {"a": {"writes": []}}
    assert both_histories(saver, "1", ["a"]) == {"a": {"writes": [("t", "a", 1)]}}


def test_history_ends_where_an_ancestor_is_missing():
    saver = Chain(({"a": 1}, []), ({}, [("t", "a", 1)]), ({}, []))
    del saver.links["0"]
    assert both_histories(saver, "2", ["a"]) == {"a": {"writes": [("t", "a", 1)]}}


def test_get_returns_the_checkpoint_alone():
    saver = Chain(({"a": 1}, []))
    config = {"configurable": {"checkpoint_id": "0"}}
    assert saver.get(config)["channel_values"] == {"a": 1}
    assert asyncio.run(saver.aget(config))["channel_values"] == {"a": 1}
    missing = {"configurable": {"checkpoint_id": "9"}}
    assert saver.get(missing) is None
    assert asyncio.run(saver.aget(missing)) is None


def test_versions_are_counted_and_text_is_refused():
    saver = Chain()
    assert saver.get_next_version(None, None) == 1
    assert saver.get_next_version(4, None) == 5
    assert saver.get_next_version(1.5, None) == 2.5
    with pytest.raises(NotImplementedError):
        saver.get_next_version("1", None)


def test_what_a_saver_does_not_implement_is_told():
    saver = BaseCheckpointSaver()
    config = {"configurable": {"thread_id": "1"}}
    calls = {
        "get_tuple": (config,),
        "list": (config,),
        "put": (config, {}, {}, {}),
        "put_writes": (config, [], "task"),
        "delete_thread": ("1",),
        "delete_for_runs": (["run"],),
        "copy_thread": ("1", "2"),
        "prune": (["1"],),
    }
    for name, args in calls.items():
        with pytest.raises(NotImplementedError):
            getattr(saver, name)(*args)
        asynchronous = getattr(saver, "a" + name)(*args)
        with pytest.raises(NotImplementedError):
            asynchronous.__anext__().send(None) if inspect.isasyncgen(
                asynchronous
            ) else asyncio.run(asynchronous)
    assert saver.config_specs == []


def test_a_wider_allowlist_is_another_saver_of_the_same_content():
    class Own(BaseCheckpointSaver):
        kept = ["content"]

    saver = Own(serde=JsonPlusSerializer(allowed_msgpack_modules=None))
    wider = saver.with_allowlist([("stored_objects", "Node")])
    assert type(wider) is Own
    assert wider.kept is saver.kept
    data = saver.serde.dumps_typed(Node(1))
    assert wider.serde.loads_typed(data) == Node(1)
    assert saver.serde.loads_typed(data) == {"value": 1, "next": None}
    assert wider.with_allowlist([("stored_objects", "Node")]) is wider


def test_a_serializer_without_an_allowlist_is_left_with_a_warning(caplog):
    class Own:
        def dumps_typed(self, obj):
            return "own", b""

        def loads_typed(self, data):
            return None

    saver = BaseCheckpointSaver(serde=Own())
    with caplog.at_level(logging.WARNING, logger="langgraph.checkpoint.base"):
        assert saver.with_allowlist([("a", "b")]) is saver
    assert "Serializer Own does not support msgpack allowlist" in caplog.text


def test_late_names_of_the_module_are_there():
    from langgraph_rust.checkpoint.serde.encrypted import EncryptedSerializer

    assert base.uuid6 is uuid6
    assert base.EncryptedSerializer is EncryptedSerializer
    assert base.logger.name == "langgraph.checkpoint.base"
    with pytest.raises(AttributeError):
        _ = base.no_such_name


@pytest.mark.parametrize(
    "module",
    ["checkpoint.base", "checkpoint.serde.jsonplus", "store.base", "cache.base", "cache.memory"],
)
def test_importing_is_light(module):
    heavy = "uuid random json logging asyncio datetime decimal ipaddress pathlib pickle zoneinfo"
    heavy += " concurrent.futures langchain_core pydantic ormsgpack numpy"
    code = f"import langgraph_rust.{module}, sys; print(set({heavy.split()}) & set(sys.modules))"
    out = subprocess.run([sys.executable, "-c", code], stdout=subprocess.PIPE, check=True)
    assert out.stdout.decode().strip() == "set()"
