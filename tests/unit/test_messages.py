"""How lists of messages are merged."""

import subprocess
import sys
from uuid import UUID

import pytest

pytest.importorskip("langchain_core")

import langchain_core.messages
from langchain_core.messages import (
    AIMessage,
    AIMessageChunk,
    AnyMessage,
    HumanMessage,
    RemoveMessage,
)
from typing_extensions import get_type_hints

from langgraph_rust.graph import MessagesState, StateGraph, add_messages
from langgraph_rust.graph.message import REMOVE_ALL_MESSAGES, MessageGraph
from langgraph_rust.warnings import LangGraphDeprecatedSinceV10


def human(id_, content="hi"):
    return HumanMessage(content, id=id_)


def ids(messages):
    return [message.id for message in messages]


def test_new_messages_are_appended():
    left, right = [human("1")], [human("2"), human("3")]
    merged = add_messages(left, right)
    assert ids(merged) == ["1", "2", "3"]
    assert (len(left), len(right)) == (1, 2)


def test_message_of_a_known_id_takes_its_place():
    merged = add_messages([human("1"), human("2")], [human("3"), human("1", "new")])
    assert [(m.id, m.content) for m in merged] == [("1", "new"), ("2", "hi"), ("3", "hi")]


def test_merging_is_the_same_after_many_of_the_usual_case():
    many = [human(str(number)) for number in range(100)]
    for number in range(100, 110):
        many = add_messages(many, [human(str(number))])
    assert ids(add_messages(many, human("one"))) == [str(number) for number in range(110)] + ["one"]
    assert add_messages(many, []) == many and add_messages(many, []) is not many
    assert add_messages(many, human("50", "other"))[50].content == "other"
    assert ids(add_messages(many, [human("a"), human("b"), human("a", "last")]))[110:] == ["a", "b"]
    assert "50" not in ids(add_messages(many, RemoveMessage(id="50")))
    assert type(add_messages(many, AIMessageChunk("chunk", id="c"))[-1]) is AIMessage
    assert add_messages(many, ("user", "pair"))[-1].id


def test_messages_in_the_state_without_an_id_are_given_one():
    known = [human("1"), HumanMessage("no id")]
    merged = add_messages(known, [human("2")])
    assert UUID(merged[1].id).version == 4


def test_message_made_without_its_fields_is_an_error():
    add_messages([human("1")], [human("2")])
    with pytest.raises(AttributeError, match="'HumanMessage' object has no attribute 'id'"):
        add_messages([human("1")], [object.__new__(HumanMessage)])


def test_classes_of_users_own_are_merged_by_their_ids():
    class Note(HumanMessage):
        pass

    merged = add_messages([Note("a", id="1"), human("2")], [Note("b", id="1"), Note("c", id="3")])
    assert [(type(each), each.content) for each in merged] == [
        (Note, "b"),
        (HumanMessage, "hi"),
        (Note, "c"),
    ]


def test_last_of_equal_ids_wins():
    assert [m.content for m in add_messages([], [human("1", "a"), human("1", "b")])] == ["b"]


def test_missing_ids_are_given():
    left, right = [HumanMessage("a")], HumanMessage("b")
    merged = add_messages(left, right)
    assert [UUID(id_).version for id_ in ids(merged)] == [4, 4]
    assert ids(merged) == [left[0].id, right.id]


@pytest.mark.parametrize(
    ("known", "drawn", "merged"),
    [
        (["1"], ["2", "3"], ["1", "2", "3"]),
        # a program that draws its own ids may draw one that is taken
        (["1", "2"], ["2", "3"], ["1", "2", "3"]),
        (["1"], ["2", "2"], ["1", "2"]),
    ],
)
def test_ids_that_are_given_may_be_known_ones(monkeypatch, known, drawn, merged):
    ids_to_draw = iter([UUID(int=int(id_)) for id_ in drawn])
    monkeypatch.setattr("uuid.uuid4", lambda: next(ids_to_draw))
    left = [human(str(UUID(int=int(id_)))) for id_ in known]
    right = [HumanMessage(f"new {place}") for place in range(len(drawn))]
    found = add_messages(left, right)
    assert [UUID(message.id).int for message in found] == [int(id_) for id_ in merged]
    assert ids(right) == [str(UUID(int=int(id_))) for id_ in drawn]
    assert found[-1] is right[-1] and len(left) == len(known)


def test_message_given_twice_gets_one_id():
    message = HumanMessage("a")
    assert ids(add_messages([], [message, message])) == [message.id]


def test_any_form_of_a_message_is_taken():
    merged = add_messages("a", [("ai", "b"), {"role": "user", "content": "c"}])
    assert [(type(m), m.content) for m in merged] == [
        (HumanMessage, "a"),
        (AIMessage, "b"),
        (HumanMessage, "c"),
    ]


def test_chunks_become_messages():
    (merged,) = add_messages([], AIMessageChunk("a", id="1"))
    assert type(merged) is AIMessage


def test_removal_removes():
    merged = add_messages([human("1"), human("2")], [RemoveMessage(id="1"), human("3")])
    assert ids(merged) == ["2", "3"]


def test_message_after_its_removal_stays():
    merged = add_messages([human("1")], [RemoveMessage(id="1"), human("1", "new")])
    assert [m.content for m in merged] == ["new"]


def test_removal_of_an_unknown_message_is_refused():
    with pytest.raises(ValueError, match=r"an ID that doesn't exist \('2'\)"):
        add_messages([human("1")], RemoveMessage(id="2"))


def test_removal_of_all_forgets_what_came_before():
    everything = RemoveMessage(id=REMOVE_ALL_MESSAGES)
    merged = add_messages(
        [human("1")], [human("2"), everything, human("3"), everything, human("4")]
    )
    assert ids(merged) == ["4"]


def test_openai_format():
    image = {"type": "image", "source": {"type": "base64", "media_type": "image/png", "data": "x"}}
    reducer = add_messages(format="langchain-openai")
    if hasattr(langchain_core.messages, "convert_to_openai_messages"):
        (merged,) = reducer([], [HumanMessage([image], id="1")])
        assert merged.content[0]["type"] == "image_url"
    else:
        with pytest.warns(UserWarning, match="Must have langchain-core>=0.3.11 installed"):
            (merged,) = reducer([], [HumanMessage([image], id="1")])
        assert merged.content == [image]


def test_unknown_format_is_refused():
    with pytest.raises(ValueError, match="Unrecognized format='other'. Expected one of"):
        add_messages([], [], format="other")


@pytest.mark.parametrize(("lists", "given"), [((["a"], None), "left"), ((None, ["a"]), "right")])
def test_one_list_alone_is_refused(lists, given):
    with pytest.raises(ValueError, match=f"Only received: '{given}'"):
        add_messages(*lists)


def test_state_of_messages_can_be_extended():
    class State(MessagesState):
        note: str

    assert set(get_type_hints(State)) == {"messages", "note"}
    graph = StateGraph(State)
    assert graph.channels["messages"].operator is add_messages
    if sys.version_info >= (3, 10):  # before it could not be extended under that name
        assert MessagesState.__module__ == "langgraph.graph.message"


def test_graph_of_messages_is_deprecated():
    with pytest.warns(LangGraphDeprecatedSinceV10, match="MessageGraph is deprecated"):
        graph = MessageGraph()
    assert graph.channels["__root__"].operator is add_messages


def test_langchain_names_are_found_in_the_module():
    from langgraph_rust.graph import message

    assert message.AnyMessage is AnyMessage
    with pytest.raises(AttributeError):
        message.Nothing  # noqa: B018


def test_building_a_graph_imports_neither_langchain_nor_pydantic():
    program = """
import sys
from typing_extensions import TypedDict
from langgraph_rust.graph import END, START, StateGraph, add_messages
class State(TypedDict):
    value: int
graph = StateGraph(State).add_node("a", lambda state: state).add_edge(START, "a")
graph.add_conditional_edges("a", lambda state: END)
graph.compile()
heavy = {"langchain_core", "pydantic", "langsmith", "asyncio", "logging", "concurrent", "uuid"}
print(sorted(heavy & {name.partition(".")[0] for name in sys.modules}))
"""
    done = subprocess.run(
        [sys.executable, "-c", program], capture_output=True, text=True, check=True
    )
    assert done.stdout.strip() == "[]"
