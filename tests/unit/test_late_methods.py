"""Methods that stand in other modules are methods of the class like those written in it."""

from __future__ import annotations

import inspect
import pickle
import subprocess
import sys
from types import ModuleType
from typing import Any

import pytest

from langgraph_rust.pregel import Pregel
from langgraph_rust.pregel._adopt import Late, adopt


def test_an_import_of_graph_leaves_their_modules_out() -> None:
    code = (
        "import sys, langgraph_rust.graph\n"
        "names = '_caching _events _schemas _state _subgraphs _update'.split()\n"
        "print([name for name in names if 'langgraph_rust.pregel.' + name in sys.modules])"
    )
    done = subprocess.run([sys.executable, "-c", code], stdout=subprocess.PIPE, check=True)
    assert done.stdout.strip() == b"[]"


@pytest.mark.parametrize("name", ["get_state", "aupdate_state", "stream_events", "get_subgraphs"])
def test_they_show_and_pickle_as_the_classes_own(name: str) -> None:
    method = getattr(Pregel, name)
    assert vars(Pregel)[name] is method
    assert (method.__module__, method.__qualname__) == (
        "langgraph_rust.pregel.main",
        f"Pregel.{name}",
    )
    assert next(iter(inspect.signature(method).parameters)) == "self"
    assert pickle.loads(pickle.dumps(method)) is method


@pytest.fixture
def owner(monkeypatch: Any) -> Any:
    """A class with a method of another module."""
    module: Any = ModuleType("elsewhere")

    def tell(self: Any) -> str:
        return "told"

    tell.__qualname__ = "tell"
    module.tell = tell
    monkeypatch.setitem(sys.modules, "elsewhere", module)

    class Owner:
        tell = Late("elsewhere")

    adopt(Owner, __name__)
    return Owner


def test_the_first_look_puts_the_method_in_its_place(owner: Any) -> None:
    assert isinstance(vars(owner)["tell"], Late)
    assert owner().tell() == "told"
    assert inspect.isfunction(vars(owner)["tell"])
    assert owner.tell.__qualname__ == f"{owner.__qualname__}.tell"


def test_one_that_was_replaced_stays_replaced(owner: Any) -> None:
    late = vars(owner)["tell"]
    owner.tell = "another"
    assert late.__get__(owner(), owner)() == "told"
    assert owner.tell == "another"
