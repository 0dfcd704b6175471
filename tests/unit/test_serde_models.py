"""Pydantic models and langchain messages are written as their dump says, faster or not."""

from __future__ import annotations

import collections
import decimal
import enum
import ipaddress
import pathlib
import re
import uuid
import warnings
from typing import Any, Dict, List, Optional, Union

import plain_msgpack
import pytest
from stored_objects import NOON, PLUS_TWO, Level, Node, Point, Word
from typing_extensions import NotRequired, TypedDict

pytest.importorskip("pydantic", minversion="2")

from pydantic import (
    BaseModel,
    ConfigDict,
    Field,
    RootModel,
    SecretStr,
    computed_field,
    field_serializer,
)

from langgraph_rust.checkpoint.serde._codec import pack
from langgraph_rust.checkpoint.serde._kinds import MODEL, describe
from langgraph_rust.checkpoint.serde.jsonplus import JsonPlusSerializer

SERDE = JsonPlusSerializer(allowed_msgpack_modules=True)


class Color(enum.Enum):
    RED = "red"


class Call(TypedDict):
    name: str
    args: Dict[str, Any]
    note: NotRequired[str]


class Open(BaseModel):
    value: Any = None
    other: Optional[Dict[str, Any]] = None


class Derived(Open):
    third: int = 3


class WithCalls(BaseModel):
    calls: List[Call] = []
    last: Optional[Call] = None


class Nested(BaseModel):
    inner: Open
    many: List[Open] = []


class Computed(BaseModel):
    base: int = 1

    @computed_field
    @property
    def twice(self) -> int:
        return self.base * 2


class Serialized(BaseModel):
    base: int = 1

    @field_serializer("base")
    def as_text(self, value: int) -> str:
        return str(value)


class Excluding(BaseModel):
    shown: int = 1
    hidden: int = Field(default=2, exclude=True)


class ByAlias(BaseModel):
    model_config = ConfigDict(serialize_by_alias=True)
    base: int = Field(default=1, alias="named")


class Aliased(BaseModel):
    base: int = Field(default=1, alias="named")


class Allowing(BaseModel):
    model_config = ConfigDict(extra="allow")
    base: int = 1


class Dumping(BaseModel):
    base: int = 1

    def model_dump(self, **kwargs: Any) -> Dict[str, Any]:
        return {"base": "of its own"}


class Mixed(BaseModel):
    either: Union[int, str, List[Union[str, Dict[str, Any]]]] = 1
    color: Color = Color.RED


class Recursive(BaseModel):
    below: Optional[Recursive] = None
    text: str = ""


class Row(RootModel[List[int]]):
    pass


def with_attributes(obj, **attributes):
    for name, value in attributes.items():
        obj.__dict__[name] = value
    return obj


class Tree(BaseModel):
    title: str = ""
    by_name: Dict[str, Open] = {}
    rows: Dict[str, List[Nested]] = {}
    best: Optional[Nested] = None
    either: Union[Open, Nested, None] = None


class InTree(BaseModel):
    dumped: Optional[Serialized] = None
    excluding: List[Excluding] = []


ATOMS = [
    NOON,
    NOON.date(),
    NOON.time(),
    NOON - NOON,
    PLUS_TWO,
    uuid.UUID(int=1),
    decimal.Decimal("1.5"),
    Color.RED,
    Word.YES,
    Level.HIGH,
    pathlib.Path("a"),
    re.compile("a"),
    ipaddress.ip_address("::1"),
]


MODELS = [
    *(Open(value=atom) for atom in ATOMS),
    Open(value=ATOMS, other={"rows": [ATOMS]}),
    Open(value=Point(1)),
    Open(value=[1, collections.deque([1])]),
    Tree(
        by_name={"a": Open(value=NOON)},
        rows={"b": [Nested(inner=Open())], "c": []},
        best=Nested(inner=Open(), many=[Open(value=1)]),
    ),
    Tree(by_name={"a": Derived(third=4)}),
    Tree(either=Open(value=1)),
    Tree.model_construct(by_name={"a": {"value": 1}}, best={"inner": None}, rows=None),
    Tree(best=Nested(inner=Open(value=Open(value=1)))),
    InTree(dumped=Serialized()),
    InTree(excluding=[Excluding()]),
    Open(),
    Open(value=[1, {"a": (2, b"x")}], other={"k": None}),
    Open(value={1: 2, None: 3}),
    Open(value=Open(value=1)),
    Open(value=[Node(1)]),
    Open(value={1, 2}),
    Open(value=bytearray(b"x")),
    Open(value=NOON),
    Open(value=Color.RED),
    Open(value="\ud800"),
    Derived(value=1),
    WithCalls(calls=[{"name": "a", "args": {}}, {"name": "b", "args": {"x": [1]}, "note": "n"}]),
    WithCalls(last={"args": {}, "name": "c"}),
    with_attributes(WithCalls(), calls=[{"name": "a"}]),
    with_attributes(WithCalls(), calls=[{"name": "a", "args": {}, "undeclared": 1}]),
    with_attributes(WithCalls(), calls="no list"),
    with_attributes(Open(), cached=1),
    Nested(inner=Open(value=1), many=[Open()]),
    Computed(),
    Serialized(),
    Excluding(),
    ByAlias(),
    Aliased(),
    Allowing(),
    Allowing(extra=1),
    Dumping(),
    Mixed(either=["a", {"b": 1}]),
    Recursive(below=Recursive(text="x")),
    Row([1, 2]),
    Open.model_construct(value=1),
    Open.model_construct(other={"a": 1}, value=2),
    SecretStr("secret"),
]


@pytest.mark.parametrize("model", MODELS, ids=lambda model: repr(model)[:40])
def test_a_model_is_written_as_its_dump_says(model):
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        assert pack(model) == plain_msgpack.pack(model)


@pytest.mark.parametrize(
    "model", [Open(value=ATOMS), WithCalls(), Aliased(), Allowing(), MODELS[16]]
)
def test_a_model_whose_dump_only_copies_is_not_dumped(model, monkeypatch):
    expected = plain_msgpack.pack(model)
    assert describe(type(model))[0] == MODEL

    def dump(self):
        raise AssertionError("dumped")

    monkeypatch.setattr(BaseModel, "model_dump", dump)
    assert pack(model) == expected


DUMPED = [Computed, Serialized, Excluding, Dumping, Row, Recursive, InTree]
if "serialize_by_alias" in ConfigDict.__annotations__:  # older ones do not look at it
    DUMPED.append(ByAlias)


@pytest.mark.parametrize("cls", DUMPED)
def test_a_model_whose_dump_does_more_is_dumped(cls):
    assert describe(cls) is None


def test_a_model_comes_back():
    for model in (Open(value=[{"a": None}], other={}), Nested(inner=Open(value=1)), Derived()):
        assert SERDE.loads_typed(SERDE.dumps_typed(model)) == model


def test_a_model_that_is_no_longer_valid_comes_back_as_it_was():
    class Strict(BaseModel):
        value: int

    Strict.__module__, Strict.__qualname__ = __name__, "Strict"
    globals()["Strict"] = Strict
    revived = SERDE.loads_typed(SERDE.dumps_typed(Strict.model_construct(value="no number")))
    assert type(revived) is Strict
    assert revived.value == "no number"


def test_messages_are_written_as_their_dump_says_and_come_back():
    core = pytest.importorskip("langchain_core.messages")
    call = {"name": "tool", "args": {"x": [1]}, "id": "c1"}
    usage = {"input_tokens": 1, "output_tokens": 2, "total_tokens": 3}
    messages = [
        core.HumanMessage("hi", id="h", name="me"),
        core.HumanMessage([{"type": "text", "text": "é"}]),
        core.SystemMessage("be good"),
        core.AIMessage("", id="a", tool_calls=[call], usage_metadata=usage),
        core.AIMessage("x", response_metadata={"model": "m", "at": (1, 2.5)}),
        core.AIMessageChunk(content="x"),
        core.ToolMessage("done", tool_call_id="c1", artifact={"rows": [1, 2]}),
        core.RemoveMessage(id="h"),
    ]
    for message in messages:
        assert pack(message) == plain_msgpack.pack(message)
        assert type(SERDE.loads_typed(SERDE.dumps_typed(message))) is type(message)
    assert SERDE.loads_typed(SERDE.dumps_typed(messages[:4])) == messages[:4]
    for value in (Node(1), {1}, Open(value=1)):
        message = core.AIMessage("x", additional_kwargs={"value": value})
        assert pack(message) == plain_msgpack.pack(message)
