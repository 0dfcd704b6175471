"""What nodes return, and where branches lead, as writes."""

from dataclasses import dataclass

import pytest

from langgraph_rust._internal._constants import CONF, CONFIG_KEY_SEND, TASKS
from langgraph_rust.constants import END, START
from langgraph_rust.errors import InvalidUpdateError, ParentCommand
from langgraph_rust.graph._branch import BranchSpec
from langgraph_rust.graph._write import (
    BranchWriter,
    BranchWrites,
    RootUpdates,
    StateUpdates,
    control_branch,
    declare_targets,
)
from langgraph_rust.pregel._write import ChannelWrite, ChannelWriteEntry
from langgraph_rust.types import Command, Send

updates = StateUpdates(["a", "b"])


@dataclass
class Record:
    a: int
    c: int = 0


class TestStateUpdates:
    @pytest.mark.parametrize(
        ("returned", "writes"),
        [
            (None, None),
            ({}, []),
            ({"a": 1, "c": 2}, [("a", 1)]),
            (Command(update={"b": 1, "c": 2}), [("b", 1)]),
            (Command(update=[("a", 1), ("a", 2)]), [("a", 1), ("a", 2)]),
            (Command(goto="x"), []),
            (Command(update={"a": 1}, graph=Command.PARENT), None),
            ([{"a": 1}, Command(update={"b": 2}), None], [("a", 1), ("b", 2)]),
            ([Command(update={"a": 1}, graph=Command.PARENT), {"b": 2}], [("b", 2)]),
            (Record(1), [("a", 1)]),
        ],
    )
    def test_known_keys_are_written(self, returned, writes):
        assert updates(returned) == writes

    @pytest.mark.parametrize("returned", [1, "a", [], [{"a": 1}], ()])
    def test_what_is_no_update_is_refused(self, returned):
        with pytest.raises(InvalidUpdateError, match="Expected dict, got ") as caught:
            updates(returned)
        assert "INVALID_GRAPH_NODE_RETURN_VALUE" in str(caught.value)


@pytest.mark.parametrize(
    ("returned", "writes"),
    [
        (None, None),
        (1, [("__root__", 1)]),
        ([1, None], [("__root__", [1, None])]),
        (Command(update=1), [("__root__", 1)]),
        (Command(update=1, graph=Command.PARENT), ()),
        ([1, Command(update=2), None], [("__root__", 1), ("__root__", 2), ("__root__", None)]),
    ],
)
def test_state_of_one_value_is_written_whole(returned, writes):
    assert RootUpdates()(returned) == writes


SEND = Send("x", 1)


@pytest.mark.parametrize(
    ("returned", "writes"),
    [
        (None, []),
        ({"a": 1}, []),
        (SEND, [(TASKS, SEND)]),
        (Command(goto="x"), [("branch:to:x", None)]),
        (Command(goto=["x", SEND, END]), [("branch:to:x", None), (TASKS, SEND)]),
        ([Command(goto="x"), {"a": 1}, Command(goto=END)], [("branch:to:x", None)]),
    ],
)
def test_commands_lead_to_nodes(returned, writes):
    assert list(control_branch(returned)) == writes


def test_command_for_the_parent_leaves_the_graph():
    command = Command(goto="x", graph=Command.PARENT)
    with pytest.raises(ParentCommand) as caught:
        control_branch([command])
    assert caught.value.args == (command,)


def test_declared_destinations_may_have_labels():
    assert declare_targets(("x", END)) == [("branch:to:x", None, None), (END, None, None)]
    assert declare_targets({"x": "why"}) == [("branch:to:x", None, "why")]


class Path:
    """A path as the branch runs it."""

    name = "path"

    def __init__(self, result):
        self.result = result
        self.seen = []

    def invoke(self, state, config):
        self.seen.append(state)
        return self.result

    async def ainvoke(self, state, config):
        return self.invoke(state, config)


def route(result, ends=None, *, reader=None, schema=None, value=None):
    """Run a branch whose path answers `result`; return what it wrote and what the path saw."""
    path, written = Path(result), []
    writer = BranchSpec(path, ends, schema).run(BranchWrites(), reader)
    assert writer.invoke(value, {CONF: {CONFIG_KEY_SEND: written.extend}}) == value
    return written, path.seen


class TestBranches:
    @pytest.mark.parametrize(
        ("result", "ends", "writes"),
        [
            ("x", None, [("branch:to:x", None)]),
            (["x", SEND], None, [("branch:to:x", None), (TASKS, SEND)]),
            (True, {True: "x", False: END}, [("branch:to:x", None)]),
            (False, {True: "x", False: END}, []),
            ([SEND, "y"], {"y": "x"}, [(TASKS, SEND), ("branch:to:x", None)]),
            (END, None, []),
        ],
    )
    def test_results_are_written_as_destinations(self, result, ends, writes):
        assert route(result, ends)[0] == writes

    @pytest.mark.parametrize("result", [None, START, ["x", None]])
    def test_invalid_destination_is_refused(self, result):
        with pytest.raises(ValueError, match="Branch did not return a valid destination"):
            route(result)

    def test_send_to_the_end_is_refused(self):
        with pytest.raises(InvalidUpdateError, match="Cannot send a packet to the END node"):
            route(Send(END, 1))

    def test_path_sees_the_state_and_beside_it_what_the_node_returned(self):
        seen = route("x", reader=lambda config: {"a": 2}, value={"a": 1, "b": 1})[1]
        assert seen == [{"a": 2, "b": 1}]

    def test_path_of_its_own_schema_sees_only_that(self):
        seen = route("x", reader=lambda config: {"a": 2}, schema=dict, value={"b": 1})[1]
        assert seen == [{"a": 2}]

    def test_writer_tells_the_engine_what_it_is_made_of(self):
        branch, writes = BranchSpec(Path("x"), {"y": "x"}), BranchWrites()
        writer = branch.run(writes, None)
        assert type(writer) is BranchWriter
        assert (writer.branch, writer.writes, writer.reader) == (branch, writes, None)
        assert ChannelWrite.get_static_writes(writer) == [("branch:to:x", None, "y")]

    def test_destinations_are_entries_without_value(self):
        assert BranchWrites()(["x", END, SEND]) == [ChannelWriteEntry("branch:to:x", None), SEND]
        assert BranchWrites()([END], True) == [ChannelWriteEntry(END, None)]
