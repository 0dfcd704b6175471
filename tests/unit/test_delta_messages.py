"""Messages in delta channels: how they are reduced, and how they get the ids they are kept by."""

from __future__ import annotations

import pytest

pytest.importorskip("langchain_core")

from langchain_core.messages import AIMessage, HumanMessage, RemoveMessage

from langgraph_rust.channels.delta import DeltaChannel
from langgraph_rust.channels.last_value import LastValue
from langgraph_rust.pregel._messages import _messages_delta_reducer as reduce
from langgraph_rust.pregel._messages import ensure_message_ids
from langgraph_rust.types import Overwrite


def texts(messages):
    return [(message.id, message.content) for message in messages]


def test_messages_are_appended_replaced_and_removed_by_id():
    state = reduce([], [[HumanMessage("a", id="1"), AIMessage("b", id="2")], AIMessage("c")])
    assert texts(state) == [("1", "a"), ("2", "b"), (None, "c")]
    writes = [HumanMessage("A", id="1"), RemoveMessage(id="2"), RemoveMessage(id="unknown")]
    assert texts(reduce(state, [writes])) == [("1", "A"), (None, "c")]
    again = reduce(state, [RemoveMessage(id="1"), HumanMessage("z", id="1")])
    assert texts(again) == [("2", "b"), (None, "c"), ("1", "z")]
    assert texts(state) == [("1", "a"), ("2", "b"), (None, "c")]


def test_writes_may_be_reduced_together_or_one_by_one():
    writes = [
        [HumanMessage("a", id="1")],
        [RemoveMessage(id="1"), HumanMessage("b", id="2")],
        [HumanMessage("c", id="1"), HumanMessage("B", id="2")],
    ]
    stepwise: list = []
    for write in writes:
        stepwise = reduce(stepwise, [write])
    assert texts(stepwise) == texts(reduce([], writes)) == [("2", "B"), ("1", "c")]


def test_any_form_of_message_is_taken():
    state = reduce([{"role": "user", "content": "a"}], ["b", ("ai", "c"), [("human", "d")]])
    assert [(m.type, m.content) for m in state] == [
        ("human", "a"),
        ("human", "b"),
        ("ai", "c"),
        ("human", "d"),
    ]


def other_reducer(state, writes):
    return [*state, *writes]


CHANNELS = {
    "messages": DeltaChannel(reduce),
    "other": DeltaChannel(other_reducer),
    "plain": LastValue(list),
}


def written(channel, value):
    writes = [(channel, value)]
    ensure_message_ids(CHANNELS, writes)
    return writes[0][1]


def test_what_the_message_reducer_takes_becomes_messages_with_ids():
    for value in ("a", ("user", "a"), {"role": "user", "content": "a"}):
        alone, (listed,) = written("messages", value), written("messages", [value])
        (over,) = written("messages", Overwrite([value])).value
        for message in (alone, listed, over):
            assert message.content == "a" and message.id


def test_message_objects_are_stamped_in_place():
    message = AIMessage("a")
    value = [message]
    for channel in ("messages", "other"):
        assert written(channel, value) is value
        assert message.id
    kept = message.id
    assert written("messages", message) is message and message.id == kept


def test_containers_of_the_caller_are_not_changed():
    value = ["a", {"role": "user", "content": "b"}]
    before = list(value)
    assert written("messages", value) is not value
    assert value == before


def test_with_another_reducer_only_what_looks_like_a_message_is_touched():
    assert written("other", "a") == "a"
    assert written("other", {"role": "admin"}) == {"role": "admin"}
    stamped = written("other", {"role": "user", "content": "a"})
    assert stamped["id"] and stamped["content"] == "a"
    text, message = written("other", ["a", {"role": "user", "content": "b"}])
    assert text == "a" and message.content == "b" and message.id
    over = Overwrite([AIMessage("a"), {"role": "user", "content": "b"}])
    assert written("other", over) is over
    assert over.value[0].id and "id" not in over.value[1]


def test_a_listed_dict_that_only_claims_to_be_a_message_is_refused():
    for channel in ("messages", "other"):
        with pytest.raises(Exception, match="(?i)message"):
            written(channel, [{"role": "user"}])
    assert written("messages", [1]) == [1]
    assert written("messages", {"role": "user"}) == {"role": "user"}


def test_other_channels_and_unknown_ones_are_left_alone():
    for channel in ("plain", "unknown"):
        value = ["a", AIMessage("b")]
        assert written(channel, value) is value and value[1].id is None
