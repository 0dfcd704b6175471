"""The dicts of a graph's nodes and channels: when they count as changed."""

from __future__ import annotations

import copy
import pickle
from typing import Any, Callable

import pytest

from langgraph_rust.channels import EphemeralValue, LastValue
from langgraph_rust.graph import END, START, StateGraph
from langgraph_rust.pregel import NodeBuilder, Pregel
from langgraph_rust.pregel._parts import Parts, seal_of, sealed


def _merge(parts: Any) -> None:
    parts |= {"c": 3}


CHANGES = [
    lambda parts: parts.__setitem__("c", 3),
    lambda parts: parts.__delitem__("a"),
    lambda parts: parts.pop("a"),
    lambda parts: parts.pop("x", None),
    lambda parts: parts.popitem(),
    lambda parts: parts.clear(),
    lambda parts: parts.update(c=3),
    lambda parts: parts.setdefault("c", 3),
]
if hasattr(dict, "__ior__"):
    CHANGES.append(_merge)


@pytest.mark.parametrize("change", CHANGES)
def test_every_change_breaks_the_seal_and_does_what_it_does_to_a_dict(
    change: Callable[[Any], Any],
) -> None:
    plain = {"a": 1, "b": 2}
    parts = Parts(plain)
    seal = sealed(parts)
    assert seal is not None and seal_of(parts) is seal and sealed(parts) is seal
    change(parts)
    change(plain)
    assert parts == plain and list(parts) == list(plain)
    assert seal_of(parts) is None
    assert sealed(parts) not in (None, seal)


def test_a_look_breaks_no_seal() -> None:
    parts = Parts(a=1)
    seal = sealed(parts)
    assert (parts["a"], parts.get("b"), "a" in parts, [*parts.items()]) == (
        1,
        None,
        True,
        [("a", 1)],
    )
    assert {**parts} == {"a": 1} == parts.copy()
    assert seal_of(parts) is seal


def test_a_dict_of_another_class_has_no_seal() -> None:
    assert sealed({}) is None and seal_of({}) is None and seal_of(Parts()) is None


def test_copies_are_not_sealed() -> None:
    parts = Parts(a=[1])
    sealed(parts)
    assert type(pickle.loads(pickle.dumps(parts))) is dict
    copied = copy.deepcopy(parts)
    assert copied == parts and copied["a"] is not parts["a"]
    assert seal_of(copied) is None and seal_of(copy.copy(parts)) is None


def test_graphs_that_share_channels_see_one_change_each() -> None:
    builder: Any = StateGraph(dict)
    builder.add_node("a", lambda state: state)
    builder.add_edge(START, "a")
    builder.add_edge("a", END)
    first = builder.compile()
    second = first.with_config(tags=["x"])
    compiled = (first._compiled(), second._compiled())
    assert (first._compiled(), second._compiled()) == compiled
    assert first.channels is second.channels
    first.channels["more"] = LastValue(int)
    assert first._compiled() is not compiled[0]
    assert second._compiled() is not compiled[1]
    assert second.invoke({"k": 1}) == {"k": 1}


def test_a_graph_on_the_callers_own_dict_of_channels_sees_its_changes() -> None:
    channels: Any = {"a": EphemeralValue(str), "b": LastValue(str)}
    node = NodeBuilder().subscribe_only("a").do(lambda text: text * 2).write_to("b")
    graph = Pregel(nodes={"n": node}, channels=channels, input_channels="a", output_channels="b")
    assert graph.invoke("x") == "xx"
    compiled = graph._compiled()
    channels["b"] = LastValue(str)
    assert graph._compiled() is not compiled
    assert graph.invoke("y") == "yy"


def test_a_change_taken_back_needs_no_compiling() -> None:
    node = NodeBuilder().subscribe_only("a").do(lambda text: text * 2).write_to("b")
    channels: Any = Parts(a=EphemeralValue(str), b=LastValue(str))
    graph = Pregel(nodes={"n": node}, channels=channels, input_channels="a", output_channels="b")
    compiled = graph._compiled()
    graph.nodes["n"] = graph.nodes["n"]
    assert graph._compiled() is compiled
    assert graph._compiled() is compiled
