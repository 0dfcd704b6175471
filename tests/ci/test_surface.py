"""`ci/api-diff`: what an inventory says, which differences count, and how known ones are held."""

from __future__ import annotations

import enum
import sys
from pathlib import Path
from types import ModuleType

import pytest

sys.path.insert(0, str(Path(__file__).resolve().parents[2] / "ci"))

from _surface.compare import find_differences, judge, read_divergences
from _surface.inventory import Inventory
from _surface.sources import parse


class Base:
    def kept(self, a, *, b: int = 1):
        pass

    def changed(self):
        pass


class Child(Base):
    def kept(self, a, *, b: int = 1):
        pass

    async def changed(self):
        pass


class Color(enum.Enum):
    RED = "red"


@pytest.fixture
def lines(monkeypatch):
    module = ModuleType("langgraph.sample")
    module.__all__ = ["Child", "LIMIT"]
    for value in (Base, Child, Color):
        monkeypatch.setattr(value, "__module__", "langgraph.sample")
        setattr(module, value.__name__, value)
    module.LIMIT = 3
    module.Path = Path
    module.__getattr__ = {"later": "x"}.__getitem__
    monkeypatch.setitem(sys.modules, "langgraph.sample", module)
    inventory = Inventory()
    inventory.add_module("langgraph.sample", ["later"])
    return inventory.lines


def test_inventory_tells_signatures_without_annotations(lines):
    assert lines["langgraph.sample:Base.kept"] == "method (self, a, *, b=1)"
    assert lines["langgraph.sample:LIMIT"] == "listed int 3"
    assert lines["langgraph.sample:Color.RED"] == "member 'red'"


def test_inventory_tells_members_where_they_are_new(lines):
    assert lines["langgraph.sample:Child"] == "listed class () is langgraph.sample:Base"
    assert "langgraph.sample:Child.kept" not in lines
    assert lines["langgraph.sample:Child.changed"] == "async method (self)"


def test_inventory_asks_for_names_that_come_late_and_leaves_foreign_ones_out(lines):
    assert lines["langgraph.sample:later"] == "str 'x'"
    assert "langgraph.sample:Path" not in lines


UPSTREAM = parse("m:  module\nm:A  class ()\nm:A.go  method (self)\nm:B  = m._private:B")


def differences(text):
    return [(d.kind, d.name) for d in find_differences(UPSTREAM, parse(text))]


def test_all_where_upstream_has_none_and_the_home_of_private_names_do_not_count():
    ours = "m:  module with __all__\nm:A  listed class ()\nm:A.go  method (self)\nm:B  = n._x:B"
    assert differences(ours) == []
    assert differences(ours + "\nm:helper  function ()") == []


def test_missing_extra_and_different_names_count():
    ours = "m:  module\nm:A  class (x)\nm:A.run  method (self)\nm:C  listed class ()"
    assert differences(ours) == [
        ("differs", "m:A"),
        ("missing", "m:A.go"),
        ("extra", "m:A.run"),
        ("missing", "m:B"),
        ("extra", "m:C"),
    ]


def test_members_of_a_missing_class_are_one_difference_with_it():
    ours = "m:  module\nm:B  = m._private:B"
    assert differences(ours) == [("missing", "m:A")]


def test_known_divergences_are_held_to_what_is_true():
    known = read_divergences('[[missing]]\nnames = ["m:A*", "m:Z"]\nreason = "because"')
    found = find_differences(UPSTREAM, parse("m:  module"))
    unknown, gone = judge(found, known)
    assert [d.name for d in unknown] == ["m:B"]
    assert [d.pattern for d in gone] == ["m:Z"]


@pytest.mark.parametrize("kind, reason", [("other", "because"), ("extra", "")])
def test_a_divergence_has_a_kind_and_a_reason(kind, reason):
    with pytest.raises(ValueError, match="not a divergence"):
        read_divergences(f'[[{kind}]]\nnames = ["m:A"]\nreason = "{reason}"')
