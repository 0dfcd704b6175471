"""Checkpoints of older layouts become those of the current one."""

import copy

from langgraph_rust._internal._constants import INTERRUPT
from langgraph_rust.constants import END, START
from langgraph_rust.graph._migrate import migrate_checkpoint

NODES = (START, "a", "b", "c")
EDGES = {(START, "a"), ("a", "b"), ("a", "c"), ("b", END)}


def old(versions, seen=None, values=None, v=1):
    return {
        "v": v,
        "channel_versions": versions,
        "versions_seen": seen or {},
        "channel_values": values or {},
    }


def migrated(checkpoint):
    migrate_checkpoint(checkpoint, NODES, EDGES)
    return checkpoint


def test_current_layout_is_left_alone():
    checkpoint = old({"start:a": 1}, v=4)
    assert migrated(copy.deepcopy(checkpoint)) == checkpoint


def test_edges_from_start_and_branches_become_the_channel_of_their_target():
    got = migrated(
        old(
            {"start:a": 2, "branch:b:choose:a": 5, "other": 1},
            {"a": {"start:a": 2, "branch:b:choose:a": 4}, INTERRUPT: {"start:a": 1}},
            {"branch:b:choose:a": "b"},
        )
    )
    assert got["channel_versions"] == {"other": 1, "branch:to:a": 5}
    assert got["versions_seen"] == {"a": {"branch:to:a": 4}, INTERRUPT: {"branch:to:a": 1}}
    assert got["channel_values"] == {"branch:to:a": "b"}


def test_channel_of_an_unknown_node_is_left_alone():
    assert migrated(old({"start:ghost": 2}))["channel_versions"] == {"start:ghost": 2}


def test_channel_of_a_source_is_split_among_its_targets():
    got = migrated(
        old(
            {START: 1, "a": 3, "branch:to:b": 4},
            {"b": {"a": 2}, "c": {"a": 3}, INTERRUPT: {"a": 3}},
            {"a": "a"},
        )
    )
    assert got["channel_versions"] == {START: 1, "branch:to:b": 4, "branch:to:c": 3}
    assert got["channel_values"] == {"branch:to:b": "a", "branch:to:c": "a"}
    seen = got["versions_seen"]
    assert (seen["b"], seen["c"]) == ({"branch:to:b": 2}, {"branch:to:c": 3})
    assert list(seen[INTERRUPT].values()) == [3]


def test_channel_of_a_source_without_targets_is_dropped():
    got = migrated(old({"b": 3}, {INTERRUPT: {"b": 3}}, {"b": "b"}))
    assert got["channel_versions"] == got["channel_values"] == {}
    assert got["versions_seen"] == {INTERRUPT: {}}
