"""Fields of schemas, models made of them, saved classes, cache keys, retries, queues."""

from __future__ import annotations

import asyncio
import queue
import sys
import threading
from dataclasses import dataclass, field
from enum import Enum
from typing import Any, Dict, List, NewType, Optional, Union

import pytest
from typing_extensions import Annotated, Literal, NotRequired, ReadOnly, Required, TypedDict

from langgraph_rust._internal._cache import default_cache_key
from langgraph_rust._internal._fields import (
    _is_optional_type,
    _is_readonly_type,
    get_cached_annotated_keys,
    get_enhanced_type_hints,
    get_field_default,
    get_update_as_tuples,
)
from langgraph_rust._internal._queue import AsyncQueue, SyncQueue
from langgraph_rust._internal._retry import default_retry_on
from langgraph_rust._internal._serde import (
    apply_checkpointer_allowlist,
    build_serde_allowlist,
    collect_allowlist_from_schemas,
    curated_core_allowlist,
)
from langgraph_rust.channels import BinaryOperatorAggregate, LastValue, Topic
from langgraph_rust.checkpoint.memory import InMemorySaver


class Total(TypedDict):
    a: int
    b: NotRequired[int]
    c: Optional[int]


class Partial(TypedDict, total=False):
    a: int
    b: Required[int]


@dataclass
class Data:
    a: int
    b: int = 3
    c: List[int] = field(default_factory=list)


class Color(Enum):
    RED = 1


@dataclass
class Leaf:
    color: Color
    next: Optional[Leaf] = None


class Tree(TypedDict):
    leaves: Dict[str, List[Leaf]]
    kind: Annotated[Literal["a"], "note"]


class TestFields:
    @pytest.mark.parametrize(
        ("schema", "name", "type_", "default"),
        [
            (Total, "a", int, ...),
            (Total, "b", NotRequired[int], None),
            (Total, "c", Optional[int], None),
            (Partial, "a", int, None),
            (Partial, "b", Required[int], ...),
            (Data, "a", int, ...),
            (Data, "b", int, 3),
            (Data, "c", List[int], []),
        ],
        ids=str,
    )
    def test_default(self, schema: Any, name: str, type_: Any, default: Any) -> None:
        assert get_field_default(name, type_, schema) == default

    @pytest.mark.parametrize(
        ("type_", "expected"),
        [
            (Optional[int], True),
            (Union[int, None, str], True),
            (Annotated[Optional[int], "note"], True),
            (None, True),
            (Union[int, str], False),
            (List[None], False),
            (int, False),
        ],
        ids=str,
    )
    def test_optional_is_what_admits_none(self, type_: Any, expected: bool) -> None:
        assert _is_optional_type(type_) is expected

    @pytest.mark.skipif(sys.version_info < (3, 10), reason="there is no such syntax")
    def test_optional_by_the_newer_syntax(self) -> None:
        assert _is_optional_type(eval("int | None")) and not _is_optional_type(eval("int | str"))

    def test_read_only_is_seen_through_annotations(self) -> None:
        assert _is_readonly_type(Annotated[ReadOnly[int], "note"])
        assert not _is_readonly_type(Required[int])

    def test_hints_come_with_defaults(self) -> None:
        assert list(get_enhanced_type_hints(Data))[:2] == [
            ("a", int, None, None),
            ("b", int, 3, None),
        ]

    def test_keys_of_bases_come_first(self) -> None:
        class More(Data):
            d: int

        assert get_cached_annotated_keys(More) == ("a", "b", "c", "d")
        with pytest.raises(TypeError, match="Expected a type"):
            get_cached_annotated_keys(More(1))  # type: ignore[arg-type]

    def test_an_object_updates_what_it_has(self) -> None:
        data = Data(1)
        data.b = None  # type: ignore[assignment]
        del data.c
        assert get_update_as_tuples(data, ["a", "b", "c"]) == [("a", 1), ("b", None)]

    def test_a_model_updates_what_was_set_or_differs_from_its_default(self) -> None:
        pydantic = pytest.importorskip("pydantic", minversion="2")
        fields: Any = {
            name: (Optional[int], default) for name, default in zip("abc", (None, None, 1))
        }
        model = pydantic.create_model("Model", **fields)
        assert get_update_as_tuples(model(a=None, c=None), list("abc")) == [
            ("a", None),
            ("c", None),
        ]


class TestModels:
    def make(self, *args: Any, **kwargs: Any) -> Any:
        pytest.importorskip("pydantic", minversion="2")
        from langgraph_rust._internal._pydantic import create_model

        return create_model(*args, **kwargs)

    def test_are_made_once_for_the_same_fields(self) -> None:
        fields = {"a": (int, ...), "b": (str, "x")}
        model = self.make("Model", field_definitions=fields)
        assert model is self.make("Model", field_definitions=dict(fields))
        assert model(a=1).b == "x"

    def test_may_have_defaults_without_a_hash(self) -> None:
        assert self.make("Model", field_definitions={"a": (list, [])})().a == []

    def test_rename_what_cannot_be_a_field(self) -> None:
        model = self.make("Model", field_definitions={"_a": (int, 1), "json": (int, 2)})
        properties = model.model_json_schema()["properties"]
        assert {name: p["title"] for name, p in properties.items()} == {"_a": "A", "json": "Json"}
        assert model(_a=5).private__a == 5

    def test_of_a_root_are_titled_by_their_name(self) -> None:
        model = self.make("Name", root=List[int])
        assert model.model_json_schema() == {
            "items": {"type": "integer"},
            "title": "Name",
            "type": "array",
        }
        assert self.make("Name", root=(int, None))().root is None

    def test_have_a_root_or_fields(self) -> None:
        with pytest.raises(NotImplementedError, match="no other fields"):
            self.make("Name", root=int, field_definitions={"a": (int, 1)})


class TestAllowlist:
    def test_finds_classes_at_any_depth(self) -> None:
        here = __name__
        assert collect_allowlist_from_schemas(schemas=[Tree]) == {(here, "Leaf"), (here, "Color")}

    @pytest.mark.parametrize(
        "type_",
        [
            Optional[Color],
            List[Color],
            Dict[str, Color],
            Annotated[Color, {"no": "hash"}],
            NewType("Paint", Color),
            Required[Color],
        ],
        # As text, a NewType of older Pythons has an address, which differs between processes.
        ids=lambda type_: getattr(type_, "__name__", "") or str(type_),
    )
    def test_sees_through_what_holds_them(self, type_: Any) -> None:
        assert collect_allowlist_from_schemas(schemas=[type_]) == {(__name__, "Color")}

    def test_looks_into_channels(self) -> None:
        channels = {"a": LastValue(Color), "b": Topic(Leaf), "c": BinaryOperatorAggregate(int, max)}
        assert collect_allowlist_from_schemas(channels=channels) == {
            (__name__, "Color"),
            (__name__, "Leaf"),
        }

    def test_messages_are_always_among_them(self) -> None:
        messages = curated_core_allowlist()
        assert build_serde_allowlist(schemas=[Color]) == messages | {(__name__, "Color")}
        module = pytest.importorskip("langchain_core.messages")
        for home, name in messages:
            assert getattr(module, name).__module__ == home

    def test_is_given_to_savers_alone(self) -> None:
        saver = InMemorySaver()
        allowed: Any = {("m", "n")}
        assert type(apply_checkpointer_allowlist(saver, allowed)) is InMemorySaver
        assert apply_checkpointer_allowlist(saver, None) is saver
        for other in (None, True, False):
            assert apply_checkpointer_allowlist(other, allowed) is other


class TestCacheKey:
    def test_of_keywords_does_not_depend_on_their_order(self) -> None:
        key = default_cache_key(a=[1], b={"c": 2, "d": 3})
        assert key == default_cache_key(b={"d": 3, "c": 2}, a=[1])
        assert key != default_cache_key(a=[1], b={"c": 2, "d": 4})

    def test_of_equal_inputs_is_equal(self) -> None:
        assert default_cache_key({"a": [1]}) == default_cache_key({"a": [1]})
        assert default_cache_key({"a": 1}) != default_cache_key({"a": 2})


class TestRetry:
    @pytest.mark.parametrize(
        "error", [ConnectionError(), KeyboardInterrupt, Exception(), EOFError()]
    )
    def test_what_may_pass_is_retried(self, error: Any) -> None:
        assert default_retry_on(error)

    @pytest.mark.parametrize("error", [ValueError(), OSError(), RuntimeError(), KeyError()])
    def test_what_lasts_is_not(self, error: Exception) -> None:
        assert not default_retry_on(error)

    @pytest.mark.parametrize(("status", "expected"), [(503, True), (404, False)])
    def test_of_http_the_servers_errors_are(self, status: int, expected: bool) -> None:
        httpx = pytest.importorskip("httpx")
        request = httpx.Request("GET", "http://localhost")
        response = httpx.Response(status, request=request)
        error = httpx.HTTPStatusError("m", request=request, response=response)
        assert default_retry_on(error) is expected


class TestQueues:
    def test_waiting_takes_nothing(self) -> None:
        items = SyncQueue()
        waiter = threading.Thread(target=items.wait)
        waiter.start()
        items.put("a")
        waiter.join(5)
        assert not waiter.is_alive() and items.qsize() == 1
        assert items.get() == "a" and items.empty()

    def test_an_empty_one_says_so(self) -> None:
        items = SyncQueue()
        with pytest.raises(queue.Empty):
            items.get()
        with pytest.raises(queue.Empty):
            items.get(block=True, timeout=0.001)
        with pytest.raises(ValueError, match="non-negative"):
            items.get(timeout=-1)
        items.wait(timeout=0.001)

    def test_async_waiters_all_wake_and_leave_the_item(self) -> None:
        async def run() -> Any:
            items: Any = AsyncQueue()
            waiters = [asyncio.ensure_future(items.wait()) for _ in range(2)]
            await asyncio.sleep(0)
            items.put_nowait("a")
            await asyncio.wait_for(waiters[0], 5)
            items.put_nowait("b")
            await asyncio.wait_for(waiters[1], 5)
            return items.qsize()

        assert asyncio.run(run()) == 2

    def test_a_cancelled_async_waiter_passes_its_wake_up_on(self) -> None:
        async def run() -> Any:
            items: Any = AsyncQueue()
            first, second = (asyncio.ensure_future(items.wait()) for _ in range(2))
            await asyncio.sleep(0)
            items.put_nowait("a")
            first.cancel()
            await asyncio.wait_for(second, 5)
            return items.qsize()

        assert asyncio.run(run()) == 1
