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
        "names = 'graph._compiled pregel.main pregel._update channels.topic types'.split()\n"
        "print([name for name in names if 'langgraph_rust.' + name in sys.modules])"
    )
    assert told_by(code) == "[]"


def told_by(code: str) -> str:
    done = subprocess.run([sys.executable, "-c", code], stdout=subprocess.PIPE, check=True)
    return done.stdout.decode().strip()


@pytest.mark.parametrize("package", ["channels", "managed", "pregel"])
def test_a_package_gives_all_its_names_and_modules_when_asked(package: str) -> None:
    code = (
        f"import langgraph_rust.{package} as package\n"
        "inside = 'base' if hasattr(package, 'base') else 'main'\n"
        "assert getattr(package, inside).__name__ == f'{package.__name__}.{inside}'\n"
        "print([name for name in package.__all__ if getattr(package, name, None) is None])"
    )
    assert told_by(code) == "[]"


def test_an_import_leaves_the_garbage_collector_as_it_was() -> None:
    for switch, is_on in (("enable", "True"), ("disable", "False")):
        code = f"import gc; gc.{switch}(); import langgraph_rust.graph; print(gc.isenabled())"
        assert told_by(code) == is_on


def test_a_named_tuple_of_texts_is_like_any_other() -> None:
    from langgraph_rust.pregel._write import ChannelWriteEntry

    entry = ChannelWriteEntry("count", 1)
    assert entry == ("count", 1, False, None)
    assert entry._replace(skip_none=True).skip_none
    assert ChannelWriteEntry.__annotations__["channel"] == "str"
    assert list(inspect.signature(ChannelWriteEntry).parameters) == list(entry._fields)
    assert type(pickle.loads(pickle.dumps(tuple(entry)))) is tuple


def test_a_method_put_on_a_channel_before_any_graph_is_made_is_called() -> None:
    code = """
from typing_extensions import TypedDict
from langgraph_rust.channels.last_value import LastValue
from langgraph_rust.graph import END, START, StateGraph

class State(TypedDict):
    count: int

update = LastValue.update
LastValue.update = lambda self, values: update(self, [value * 10 for value in values])
graph = StateGraph(State)
graph.add_node("node", lambda state: {"count": state["count"] + 1})
graph.add_edge(START, "node")
print(graph.compile().invoke({"count": 1}))
"""
    assert told_by(code) == "{'count': 110}"


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
