"""What a cache keeps, for how long, and how it is forgotten."""

from __future__ import annotations

import asyncio
import fnmatch

import pytest
from stored_objects import Node

from langgraph_rust.cache import memory
from langgraph_rust.cache.base import BaseCache
from langgraph_rust.cache.memory import InMemoryCache
from langgraph_rust.cache.redis import RedisCache
from langgraph_rust.checkpoint.serde.jsonplus import JsonPlusSerializer
from langgraph_rust.graph import START, StateGraph
from langgraph_rust.types import CachePolicy


class Clock:
    """The time that a test says it is, in seconds."""

    now = 1000.0

    def __call__(self):
        return self.now


class Redis:
    """As much of a client as a cache uses, keeping bytes by key."""

    def __init__(self, clock):
        self.clock = clock
        self.kept: dict = {}
        self.fails = False

    def mget(self, keys):
        self.check()
        found = [self.kept.get(key) for key in keys]
        return [
            one[0] if one and (one[1] is None or self.clock() < one[1]) else None for one in found
        ]

    def pipeline(self):
        return Pipe(self)

    def keys(self, pattern):
        self.check()
        return [key.encode() for key in self.kept if fnmatch.fnmatchcase(key, pattern)]

    def delete(self, *keys):
        for key in keys:
            del self.kept[key.decode()]

    def check(self):
        if self.fails:
            raise ConnectionError("no server")


class Pipe:
    """Commands that run together."""

    def __init__(self, redis):
        self.redis = redis
        self.commands: list = []

    def set(self, key, value):
        self.commands.append((key, value, None))

    def setex(self, key, seconds, value):
        self.commands.append((key, value, self.redis.clock() + seconds))

    def execute(self):
        self.redis.check()
        for key, value, expiry in self.commands:
            self.redis.kept[key] = (value, expiry)


class SyncCalls:
    """The cache by its sync methods."""

    def __init__(self, cache):
        self.cache = cache

    def __getattr__(self, name):
        return getattr(self.cache, name)


class AsyncCalls(SyncCalls):
    """The cache by its async methods."""

    def __getattr__(self, name):
        return lambda *args: asyncio.run(getattr(self.cache, "a" + name)(*args))


@pytest.fixture
def clock(monkeypatch):
    clock = Clock()
    monkeypatch.setattr(memory, "time", clock)
    return clock


@pytest.fixture(params=[SyncCalls, AsyncCalls])
def lane(request):
    return request.param


@pytest.fixture(params=["memory", "redis"])
def calls(request, lane, clock):
    return lane(InMemoryCache() if request.param == "memory" else RedisCache(Redis(clock)))


A, B, OTHER = (("n", "a"), "k1"), (("n", "a"), "k2"), (("m",), "k1")


def test_what_is_set_is_got(calls):
    calls.set({A: ([1, {"a": None}], None), B: ("b", None), OTHER: (None, None)})
    assert calls.get([A, OTHER, (("n",), "k1")]) == {A: [1, {"a": None}], OTHER: None}
    calls.set({A: ("new", None)})
    assert calls.get([A]) == {A: "new"}
    assert calls.get([]) == {}
    calls.set({})


def test_a_value_lives_as_long_as_was_said(calls, clock):
    calls.set({A: (1, 10), B: (2, 20), OTHER: (3, None)})
    clock.now += 9.9
    assert calls.get([A, B, OTHER]) == {A: 1, B: 2, OTHER: 3}
    clock.now += 0.1
    assert calls.get([A, B, OTHER]) == {B: 2, OTHER: 3}
    clock.now += 1000
    assert calls.get([A, B, OTHER]) == {OTHER: 3}


def test_namespaces_are_forgotten_alone_or_all_together(calls):
    calls.set({A: (1, None), B: (2, None), OTHER: (3, None)})
    calls.clear([("n", "a"), ("never there",)])
    assert calls.get([A, B, OTHER]) == {OTHER: 3}
    calls.clear()
    assert calls.get([OTHER]) == {}
    calls.clear()


def test_values_are_kept_as_copies(calls):
    rows = [1]
    calls.set({A: (rows, None)})
    rows.append(2)
    calls.get([A])[A].append(3)
    assert calls.get([A]) == {A: [1]}


def test_a_cache_does_not_pickle():
    assert BaseCache.serde.pickle_fallback is False
    with pytest.raises(TypeError):
        InMemoryCache().set({A: (1j, None)})
    with pytest.raises(TypeError):
        BaseCache()


def test_a_cache_uses_the_serializer_it_is_given():
    serde = JsonPlusSerializer(allowed_msgpack_modules=None)
    cache = InMemoryCache(serde=serde)
    cache.set({A: (Node(1), None)})
    assert cache.serde is serde
    assert cache.get([A]) == {A: {"value": 1, "next": None}}


def test_keys_in_redis_are_readable_and_apart_from_others(clock):
    redis = Redis(clock)
    cache = RedisCache(redis, prefix="mine:")
    redis.kept["others:k"] = (b"theirs", None)
    cache.set({A: (1, None), ((), "bare"): (2, None)})
    assert set(redis.kept) == {"mine:n:a:k1", "mine:bare", "others:k"}
    assert redis.kept["mine:bare"][0] == b"msgpack:\x02"
    assert cache._parse_key("mine:n:a:k1") == A
    assert cache._parse_key("mine:bare") == ((), "bare")
    with pytest.raises(ValueError, match="does not start with prefix"):
        cache._parse_key("others:k")
    cache.clear()
    assert set(redis.kept) == {"others:k"}


def test_a_redis_that_fails_is_an_empty_cache(lane, clock):
    redis = Redis(clock)
    calls = lane(RedisCache(redis))
    calls.set({A: (1, None)})
    redis.fails = True
    assert calls.get([A]) == {}
    calls.set({B: (2, None)})
    calls.clear()
    redis.fails = False
    assert calls.get([A, B]) == {A: 1}


def test_a_damaged_value_in_redis_is_not_there(clock):
    redis = Redis(clock)
    cache = RedisCache(redis)
    cache.set({A: (1, None), B: (2, None)})
    for damaged in (b"no colon", b"msgpack:", b"unknown:x", b"\xff:x"):
        redis.kept[cache._make_key(*A)] = (damaged, None)
        assert cache.get([A, B]) == {B: 2}


def _counting(key_func):
    calls: list = []
    graph = StateGraph(dict)
    graph.add_node(
        "node", lambda count: calls.append(count), cache_policy=CachePolicy(key_func=key_func)
    )
    graph.add_edge(START, "node")
    return graph.compile(cache=InMemoryCache()), calls


@pytest.mark.parametrize("kind", [str, bytes, bytearray, lambda size: memoryview(bytes(size))])
def test_a_nodes_key_may_be_a_string_or_hold_bytes(kind):
    graph, calls = _counting(lambda state: kind(state["count"]))
    for count in (1, 2, 1):
        graph.invoke({"count": count})
    assert calls == [{"count": 1}, {"count": 2}]


def test_a_nodes_key_of_another_kind_is_refused():
    graph, _ = _counting(lambda state: state["count"])
    with pytest.raises(TypeError, match="a bytes-like object is required, not 'int'"):
        graph.invoke({"count": 1})
