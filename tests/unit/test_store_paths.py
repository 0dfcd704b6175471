"""Paths into a stored value, and the texts found there."""

from __future__ import annotations

import collections

import pytest

from langgraph_rust.store.base import get_text_at_path, tokenize_path


@pytest.mark.parametrize(
    ("path", "tokens"),
    [
        ("", []),
        ("a.b", ["a", "b"]),
        ("a[0].b", ["a", "[0]", "b"]),
        ("a[*]", ["a", "[*]"]),
        ("{a,b.c}.d", ["{a,b.c}", "d"]),
        ("a[b[0]]", ["a", "[b[0]]"]),
        ("..a", ["a"]),
        ("a[0", ["a", "[0"]),
    ],
)
def test_paths_are_split_into_steps(path, tokens):
    assert tokenize_path(path) == tokens


@pytest.mark.parametrize(
    ("path", "texts"),
    [
        ("name", ["Bob"]),
        ("info.age", ["7"]),
        ("info.ok", ["True"]),
        ("info.none", []),
        ("info", ['{"age": 7, "none": null, "ok": true}']),
        ("rows[0].t", ["x"]),
        ("rows[-1].t", ["y"]),
        ("rows[*].t", ["x", "y"]),
        ("rows[5].t", []),
        ("rows[a].t", []),
        ("rows.*.t", ["x", "y"]),
        ("info.*", ["True", "7"]),
        ("{name, info.age, missing}", ["Bob", "7"]),
        ("{name,rows}.ignored", ["Bob", '[{"t": "x"}, {"t": "y"}]']),
        ("name.deeper", []),
        ("name[0]", []),
        ("missing", []),
    ],
)
def test_texts_are_found_at_paths(path, texts):
    value = {
        "name": "Bob",
        "info": {"ok": True, "age": 7, "none": None},
        "rows": [{"t": "x"}, {"t": "y"}],
    }
    assert get_text_at_path(value, path) == texts
    assert get_text_at_path(collections.UserDict(value), tokenize_path(path)) == texts


def test_the_whole_value_is_sorted_json():
    for path in ("$", "", []):
        assert get_text_at_path({"b": "é", "a": [1]}, path) == ['{"a": [1], "b": "é"}']
