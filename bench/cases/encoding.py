"""What checkpoints are made of: values as bytes."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any, Callable, List

from langchain_core.messages import AIMessage, HumanMessage
from langgraph.checkpoint.serde.jsonplus import JsonPlusSerializer
from pydantic import BaseModel

from cases._case import call_case


class Model(BaseModel):
    name: str
    number: int
    tags: List[str]


@dataclass
class Record:
    name: str
    number: int
    tags: List[str]


def _encode(value: Any) -> Callable[[], Any]:
    serde = JsonPlusSerializer()
    return lambda: serde.dumps_typed(value)


def _decode(value: Any) -> Callable[[], Any]:
    serde = JsonPlusSerializer(allowed_msgpack_modules=True)
    stored = serde.dumps_typed(value)
    return lambda: serde.loads_typed(stored)


def _messages() -> List[Any]:
    kinds = (HumanMessage, AIMessage)
    return [kinds[number % 2]("some text " * 5, id=f"id {number}") for number in range(100)]


def _models() -> List[Any]:
    return [Model(name=f"name {number}", number=number, tags=["a", "b"]) for number in range(100)]


def _records() -> List[Any]:
    return [Record(f"name {number}", number, ["a", "b"]) for number in range(100)]


@call_case("encode 100 messages of langchain")
def encode_100_messages() -> Callable[[], Any]:
    return _encode(_messages())


@call_case("encode 100 pydantic models")
def encode_100_models() -> Callable[[], Any]:
    return _encode(_models())


@call_case("encode 100 dataclasses")
def encode_100_dataclasses() -> Callable[[], Any]:
    return _encode(_records())


@call_case("decode 100 messages of langchain")
def decode_100_messages() -> Callable[[], Any]:
    return _decode(_messages())


@call_case("decode 100 pydantic models")
def decode_100_models() -> Callable[[], Any]:
    return _decode(_models())


@call_case("decode 100 dataclasses")
def decode_100_dataclasses() -> Callable[[], Any]:
    return _decode(_records())
