"""What `InMemorySaver` keeps in the engine's ledger is what its dicts would hold."""

from __future__ import annotations

import copy
import operator
from typing import Any

import pytest
from typing_extensions import Annotated, TypedDict

from langgraph_rust.checkpoint.base import empty_checkpoint
from langgraph_rust.checkpoint.memory import InMemorySaver
from langgraph_rust.checkpoint.serde.jsonplus import JsonPlusSerializer
from langgraph_rust.graph import END, START, StateGraph
from langgraph_rust.types import Command, Interrupt, Send, interrupt


class State(TypedDict, total=False):
    count: int
    items: Annotated[list, operator.add]
    last: Any


def named(thread="1", **more):
    return {"configurable": {"thread_id": thread, **more}}


def opened(saver):
    """The saver, with its content moved into its dicts."""
    assert isinstance(saver.storage, dict)
    return saver


def is_kept_in_ledger(saver):
    return saver._ledger is not None and saver._ledger.live


def loop(saver, node, rounds=3, **options):
    graph = StateGraph(State)
    graph.add_node("step", node)
    graph.add_edge(START, "step")
    graph.add_conditional_edges(
        "step", lambda state: "step" if state["count"] < rounds else END, ["step", END]
    )
    return graph.compile(checkpointer=saver, **options)


def count_up(state):
    number = state["count"]
    return {"count": number + 1, "items": [{"number": number, "deep": [number, "x"]}]}


def run_loop(saver):
    loop(saver, count_up).invoke({"count": 0, "items": []}, {**named(), "metadata": {"who": "me"}})


def run_sends(saver):
    graph = StateGraph(State)
    graph.add_node("task", lambda number: {"items": [number, {"of": [number]}]})
    graph.add_conditional_edges(
        START, lambda state: [Send("task", number) for number in range(40)], ["task"]
    )
    graph.compile(checkpointer=saver).invoke({"count": 0, "items": []}, named())


def run_interrupted(saver):
    def ask(state):
        return {"last": interrupt({"how": ["many"]}), "count": 9}

    graph = loop(saver, ask)
    graph.invoke({"count": 0}, named())
    graph.invoke(Command(resume="7"), named())
    graph.invoke({"count": 1}, named())


def run_subgraphs(saver):
    inner = loop(True, count_up)
    graph = StateGraph(State)
    graph.add_node("inner", inner)
    graph.add_edge(START, "inner")
    graph = graph.compile(checkpointer=saver)
    graph.invoke({"count": 0, "items": []}, named())
    graph.invoke({"count": 0, "items": [1]}, named())


def run_forked(saver):
    graph = loop(saver, count_up)
    graph.invoke({"count": 0, "items": []}, named())
    middle = list(graph.get_state_history(named()))[2].config
    graph.update_state(middle, {"items": ["edited"]})
    graph.invoke(None, named())
    graph.invoke(None, middle)


def run_exiting(saver):
    graph = loop(saver, count_up)
    graph.invoke({"count": 0, "items": []}, named(), durability="exit")
    graph.invoke({"count": 0}, named(), durability="exit")


PROGRAMS = [run_loop, run_sends, run_interrupted, run_subgraphs, run_forked, run_exiting]


@pytest.mark.parametrize("program", PROGRAMS)
def test_what_is_listed_does_not_change_when_it_moves_into_the_dicts(program):
    saver = InMemorySaver()
    program(saver)
    assert is_kept_in_ledger(saver)
    before = list(saver.list(None))
    by_id = [saver.get_tuple(found.config) for found in before]
    opened(saver)
    assert not is_kept_in_ledger(saver)
    assert list(saver.list(None)) == before
    assert [saver.get_tuple(found.config) for found in before] == by_id


def without_ids(found, names):
    """What was listed, with ids and versions replaced by the order in which they are met."""

    def plain(value):
        if isinstance(value, dict):
            return {plain(key): plain(value[key]) for key in sorted(value) if key != "ts"}
        if isinstance(value, Interrupt):
            return value.value
        if isinstance(value, (list, tuple)):
            return [plain(part) for part in value]
        if isinstance(value, str) and (value.count("-") >= 4 or value.startswith("0" * 20)):
            return names.setdefault(value, f"name {len(names)}")
        return value

    return [plain(one._asdict()) for one in found]


@pytest.mark.parametrize("program", PROGRAMS)
def test_runs_fill_the_ledger_with_what_they_put_into_dicts(program):
    ledger, dicts = InMemorySaver(), opened(InMemorySaver())
    program(ledger)
    program(dicts)
    assert is_kept_in_ledger(ledger) and not is_kept_in_ledger(dicts)
    shown = [without_ids(list(saver.list(named())), {}) for saver in (ledger, dicts)]
    assert shown[0] == shown[1]


def test_dicts_that_are_looked_at_during_a_run_get_the_rest():
    saver, seen = InMemorySaver(), []

    def step(state):
        if state["count"] == 1:
            seen.append(len(saver.storage["1"][""]))
        return count_up(state)

    loop(saver, step).invoke({"count": 0, "items": []}, named())
    assert seen == [3]
    assert len(saver.storage["1"][""]) == 5
    steps = [found.metadata["step"] for found in saver.list(named())]
    assert steps == [3, 2, 1, 0, -1]
    parents = [found.parent_config for found in saver.list(named())]
    assert parents[:-1] == [found.config for found in list(saver.list(named()))[1:]]


class Curious:
    """A model that looks into the saver's dicts while it is encoded."""

    saver: Any = None

    def model_dump(self):
        assert self.saver.storage is not None
        return {}

    @classmethod
    def model_validate_json(cls, *args):
        return cls()

    model_construct = model_validate_json


def test_dicts_that_are_looked_at_while_a_value_is_encoded_get_it():
    saver = Curious.saver = InMemorySaver()
    graph = loop(saver, lambda state: {"count": state["count"] + 1, "last": Curious()})
    graph.invoke({"count": 0}, named())
    found = list(saver.list(named()))
    assert [one.metadata["step"] for one in found] == [3, 2, 1, 0, -1]
    assert [len(one.pending_writes) for one in found[:3]] == [0, 2, 3]
    assert all("last" in one.checkpoint["channel_versions"] for one in found[:3])


def test_a_value_is_stored_as_it_was_when_it_was_put():
    held = {"parts": [1], "names": ["a"]}
    growing: list = []

    def step(state):
        held["parts"].append(state["count"])
        held["names"][0] += "b"
        growing.append({"at": state["count"]})
        return {"count": state["count"] + 1, "last": [held, growing]}

    saver = InMemorySaver()
    graph = loop(saver, step)
    graph.invoke({"count": 0}, named())
    held["parts"].clear()
    history = [found.values.get("last") for found in graph.get_state_history(named())]
    assert history == [
        [{"parts": [1, 0, 1, 2], "names": ["abbb"]}, [{"at": 0}, {"at": 1}, {"at": 2}]],
        [{"parts": [1, 0, 1], "names": ["abb"]}, [{"at": 0}, {"at": 1}]],
        [{"parts": [1, 0], "names": ["ab"]}, [{"at": 0}]],
        None,
        None,
    ]


def test_lists_that_lose_move_and_change_elements_are_stored_right():
    element = [{"id": number, "of": [number] * 3} for number in range(8)]
    changed = {"id": 0, "of": [0, 0, "changed"]}
    values: list = [
        element[:3],
        element[:5],
        element[1:5],
        element[4:0:-1],
        [element[7], *element[1:5]],
        [changed, *element[1:5]],
        [changed, *element[1:3], 1, "two", None, element[3]],
        [changed, 1, "two", None],
        [],
        [[1], [1], element, element],
        element,
    ]
    saver = InMemorySaver()

    def step(state):
        return {"count": state["count"] + 1, "last": values[state["count"]]}

    graph = loop(saver, step, rounds=len(values))
    graph.invoke({"count": 0}, named())
    stored = [found.values.get("last") for found in graph.get_state_history(named())]
    assert stored == values[::-1] + [None, None]


def test_what_is_read_is_not_shared_with_what_is_stored():
    saver = InMemorySaver()
    run_loop(saver)
    first = saver.get_tuple(named())
    first.checkpoint["channel_values"]["items"].clear()
    first.checkpoint["channel_versions"].clear()
    first.metadata.clear()
    again = saver.get_tuple(named())
    assert len(again.checkpoint["channel_values"]["items"]) == 3
    assert again.checkpoint["channel_versions"] and again.metadata


@pytest.mark.parametrize(
    "value", ["a\ud800b", -(2**63), 2**64 - 1, b"raw", bytearray(b"raw"), (1, [2])]
)
def test_odd_values_are_read_as_the_serializer_reads_them(value):
    saver, serde = InMemorySaver(), JsonPlusSerializer()
    graph = loop(saver, lambda state: {"count": 9, "last": value})
    graph.invoke({"count": 0}, named())
    expected = serde.loads_typed(serde.dumps_typed(value))
    read = saver.get_tuple(named()).checkpoint["channel_values"]["last"]
    assert (read, type(read)) == (expected, type(expected))


@pytest.mark.parametrize("value", [2**64, object(), [object()]])
def test_what_has_no_encoding_fails_the_run(value):
    graph = loop(InMemorySaver(), lambda state: {"count": 9, "last": value})
    with pytest.raises(TypeError):
        graph.invoke({"count": 0}, named())


class Pickled:
    def __eq__(self, other):
        return isinstance(other, Pickled)


def test_what_has_no_encoding_is_pickled_where_the_serializer_may():
    saver = InMemorySaver(serde=JsonPlusSerializer(pickle_fallback=True))
    graph = loop(saver, lambda state: {"count": 9, "last": [Pickled()]})
    graph.invoke({"count": 0}, named())
    assert is_kept_in_ledger(saver)
    assert graph.get_state(named()).values["last"] == [Pickled()]
    assert ("pickle" in {value[0] for value in saver.blobs.values()}) is True


@pytest.mark.parametrize("place", ["class", "instance"])
@pytest.mark.parametrize("method", ["put", "put_writes", "get_next_version"])
def test_methods_put_in_place_of_the_savers_are_called(monkeypatch, method, place):
    calls, own = [], getattr(InMemorySaver, method)
    saver = InMemorySaver()

    def instead(self, *args):
        calls.append(args)
        return own(self, *args)

    if place == "class":
        monkeypatch.setattr(InMemorySaver, method, instead)
    else:
        monkeypatch.setattr(saver, method, lambda *args: instead(saver, *args))
    run_loop(saver)
    assert len(calls) >= 4
    assert len(list(saver.list(named()))) == 5


def test_a_serializer_of_its_own_is_asked():
    class Serializer(JsonPlusSerializer):
        asked = 0

        def dumps_typed(self, obj):
            self.asked += 1
            return super().dumps_typed(obj)

    serde = Serializer()
    run_loop(InMemorySaver(serde=serde))
    assert serde.asked > 10
    late, late_serde = InMemorySaver(), Serializer()
    run_loop(late)
    late.serde = late_serde
    run_loop(late)
    assert late_serde.asked > 10 and len(list(late.list(None))) == 10


def test_derived_savers_have_dicts_only():
    class Derived(InMemorySaver):
        pass

    saver = Derived()
    run_loop(saver)
    assert saver._ledger is None and len(saver.storage["1"][""]) == 5


def test_copies_share_what_is_stored_and_deep_copies_do_not():
    saver = InMemorySaver()
    shallow, deep = copy.copy(saver), copy.deepcopy(saver)
    run_loop(saver)
    assert [len(list(one.list(None))) for one in (saver, shallow, deep)] == [5, 5, 0]
    deep = copy.deepcopy(saver)
    assert len(shallow.storage["1"][""]) == 5
    assert list(saver.list(None)) == list(deep.list(None))
    run_loop(saver)
    assert [len(list(one.list(None))) for one in (saver, shallow, deep)] == [10, 10, 5]


def test_a_thread_that_is_deleted_begins_anew():
    saver = InMemorySaver()
    run_loop(saver)
    loop(saver, count_up).invoke({"count": 0, "items": []}, named("2"))
    saver.delete_thread("1")
    assert saver.get_tuple(named()) is None
    assert {found.config["configurable"]["thread_id"] for found in saver.list(None)} == {"2"}
    run_loop(saver)
    assert len(list(saver.list(named()))) == 5
    assert set(saver.storage) == {"1", "2"}


def test_a_thread_that_is_deleted_in_a_run_gets_whole_checkpoints():
    saver = InMemorySaver()

    def step(state):
        if state["count"] == 2:
            saver.delete_thread("1")
        return count_up(state)

    loop(saver, step, rounds=4).invoke({"count": 0, "items": []}, named())
    latest = saver.get_tuple(named()).checkpoint
    assert set(latest["channel_versions"]) >= {"count", "items"}
    assert "step" in latest["versions_seen"]
    assert latest["channel_values"]["count"] == 4


def test_a_checkpoint_that_is_put_again_takes_the_place_of_the_first():
    saver = InMemorySaver()
    checkpoint = empty_checkpoint()
    checkpoint["channel_values"] = {"a": [1]}
    checkpoint["channel_versions"] = {"a": 1}
    config = {"configurable": {"thread_id": "1", "checkpoint_ns": ""}}
    put = saver.put(config, checkpoint, {"step": 1}, {"a": 1})
    saver.put_writes(put, [("a", [2])], "task")
    saver.put({**config}, {**checkpoint, "channel_values": {"a": [3]}}, {"step": 2}, {"a": 1.0})
    assert is_kept_in_ledger(saver)
    (found,) = saver.list(None)
    assert (found.metadata, found.checkpoint["channel_values"]) == ({"step": 2}, {"a": [3]})
    assert found.pending_writes == [("task", "a", [2])]


def test_dicts_that_are_looked_at_while_listing_end_no_list():
    saver = InMemorySaver()
    run_loop(saver)
    assert [len(saver.storage["1"][""]) for _ in saver.list(named())] == [5] * 5


def test_names_that_are_no_strings_are_for_the_dicts():
    saver = InMemorySaver()
    config = {"configurable": {"thread_id": 7, "checkpoint_ns": ""}}
    saver.put(config, empty_checkpoint(), {}, {})
    assert saver.get_tuple(config) is not None and 7 in saver.storage


def test_many_invocations_of_one_thread_read_and_write_the_same_chain():
    saver = InMemorySaver()
    graph = loop(saver, count_up, rounds=1)
    for number in range(30):
        assert len(graph.invoke({"count": 0}, named())["items"]) == number + 1
    found = list(saver.list(named()))
    assert len(found) == 90
    assert [one.metadata["step"] for one in found] == list(range(88, -2, -1))
    assert found == list(opened(saver).list(named()))


@pytest.mark.parametrize("width", [1, 200])
def test_versions_and_marks_are_whole_at_every_checkpoint_of_a_chain(width):
    graph = StateGraph(State)
    before = START
    for number in range(width):
        graph.add_node(f"node{number}", lambda state: {"count": state["count"] + 1})
        graph.add_edge(before, f"node{number}")
        before = f"node{number}"
    graph.add_edge(before, END)
    saver = InMemorySaver()
    graph.compile(checkpointer=saver).invoke(
        {"count": 0}, {**named(), "recursion_limit": width + 9}
    )
    found = list(saver.list(named()))[::-1]
    assert len(found) == width + 2
    for number, one in enumerate(found):
        seen = one.checkpoint["versions_seen"]
        assert sum(name.startswith("node") for name in seen) == max(number - 1, 0)
        versions = one.checkpoint["channel_versions"]
        assert list(saver.get_tuple(one.config).checkpoint["channel_versions"]) == list(versions)
        assert f"branch:to:node{number - 1}" in versions or number in (0, width + 1)


def test_messages_that_were_changed_in_place_are_stored_as_they_are():
    call = {"name": "f", "args": {}, "id": "1", "type": "tool_call"}
    messages = pytest.importorskip("langchain_core.messages")
    said = [messages.AIMessage("hi", id=str(number)) for number in range(6)]
    changes: list = [
        lambda: None,
        lambda: setattr(said[1], "content", "changed"),
        lambda: said[2].additional_kwargs.update(key="value"),
        lambda: said[2].additional_kwargs.update(key="other"),
        lambda: said[3].tool_calls.append(call),
        lambda: setattr(said[4], "more", {"deep": []}),
        lambda: said[4].more["deep"].append(1),
        lambda: said.__setitem__(5, messages.HumanMessage("hi", id="5")),
        lambda: said.__setitem__(0, said[1]),
        lambda: None,
    ]
    expected: list = []

    def step(state):
        changes[state["count"]]()
        expected.append(copy.deepcopy(said))
        return {"count": state["count"] + 1, "last": said}

    saver = InMemorySaver()
    graph = loop(saver, step, rounds=len(changes))
    graph.invoke({"count": 0}, named())
    stored = [found.values.get("last") for found in graph.get_state_history(named())]
    assert stored == [*expected[::-1], None, None]
    assert [getattr(found[4], "more", None) for found in stored[4:6]] == [{"deep": []}, None]
