"""What a store keeps, finds and lists; and how operations are gathered in batches."""

from __future__ import annotations

import asyncio
import datetime
import pickle
import threading
import types

import pytest

from langgraph_rust.store.base import (
    NOT_PROVIDED,
    BaseStore,
    GetOp,
    InvalidNamespaceError,
    Item,
    ListNamespacesOp,
    MatchCondition,
    PutOp,
    SearchItem,
    SearchOp,
    ensure_embeddings,
    validate_op_namespace,
)
from langgraph_rust.store.base.batch import AsyncBatchedBaseStore, _dedupe_ops
from langgraph_rust.store.memory import InMemoryStore, _vectors

NOON = datetime.datetime(2024, 1, 2, 12, tzinfo=datetime.timezone.utc)


class SyncCalls:
    """The store by its sync methods."""

    def __init__(self, store):
        self.store = store

    def __getattr__(self, name):
        return getattr(self.store, name)


class AsyncCalls(SyncCalls):
    """The store by its async methods."""

    def __getattr__(self, name):
        return lambda *args, **kwargs: asyncio.run(getattr(self.store, "a" + name)(*args, **kwargs))


@pytest.fixture(params=[SyncCalls, AsyncCalls])
def lane(request):
    return request.param


@pytest.fixture
def calls(lane):
    return lane(InMemoryStore())


def keys(found):
    return [item.key for item in found]


def count_letters(texts):
    return [[float(text.count(letter)) for letter in "abcdefgh"] for text in texts]


async def acount_letters(texts):
    return count_letters(texts)


def test_what_is_put_is_got_until_it_is_deleted(calls):
    value = types.MappingProxyType({"a": 1})
    calls.put(("users", "1"), "note", value)
    item = calls.get(("users", "1"), "note")
    assert (item.value, item.key, item.namespace) == ({"a": 1}, "note", ("users", "1"))
    assert type(item.value) is dict
    assert item.created_at == item.updated_at
    assert item.created_at.tzinfo is datetime.timezone.utc
    assert calls.get(("users",), "note") is None
    calls.delete(("users", "1"), "note")
    calls.delete(("users", "1"), "note")
    assert calls.get(("users", "1"), "note") is None


def test_a_batch_reads_before_it_writes_and_the_last_put_of_a_key_counts(calls):
    calls.put(("a",), "k", {"n": 1})
    results = calls.batch(
        [
            PutOp(("a",), "k", {"n": 2}),
            GetOp(("a",), "k"),
            PutOp(("a",), "k", {"n": 3}),
            SearchOp(("a",)),
            ListNamespacesOp(),
        ]
    )
    assert results[1].value == {"n": 1}
    assert [item.value for item in results[3]] == [{"n": 1}]
    assert results[0] is results[2] is None
    assert results[4] == [("a",)]
    assert calls.get(("a",), "k").value == {"n": 3}
    with pytest.raises(ValueError, match="Unknown operation type"):
        calls.batch(["no operation"])


@pytest.mark.parametrize(
    ("namespace", "message"),
    [
        ((), "Namespace cannot be empty."),
        (("langgraph", "a"), 'Root label for namespace cannot be "langgraph"'),
        (("a.b",), r"Namespace labels cannot contain periods \('\.'\)\."),
        (("a", ""), "Namespace labels cannot be empty strings"),
        (("a\x00",), r"Namespace labels cannot contain NUL bytes \('\\x00'\)"),
        ((1,), "must be strings, but got int"),
    ],
)
def test_namespaces_that_are_not_allowed_are_told(calls, namespace, message):
    with pytest.raises(InvalidNamespaceError, match=message):
        calls.put(namespace, "k", {})
    if len(namespace) == 1 or "" in namespace:
        for op in (GetOp(namespace, "k"), SearchOp(namespace), PutOp(namespace, "k", None)):
            with pytest.raises(InvalidNamespaceError, match=message):
                validate_op_namespace(op)
        with pytest.raises(InvalidNamespaceError, match=message):
            calls.list_namespaces(suffix=namespace)


def test_items_do_not_expire_where_the_store_cannot(calls):
    with pytest.raises(NotImplementedError, match="TTL is not supported by InMemoryStore"):
        calls.put(("a",), "k", {}, ttl=1)
    calls.put(("a",), "k", {}, ttl=None)
    assert calls.get(("a",), "k", refresh_ttl=True) is not None
    assert not NOT_PROVIDED and repr(NOT_PROVIDED) == "NOT_GIVEN"


def test_settings_of_the_store_fill_in_what_an_operation_does_not_say(lane):
    class Recording(BaseStore):
        supports_ttl = True
        ttl_config = {"default_ttl": 5.0, "refresh_on_read": False}

        def batch(self, ops):
            self.seen = list(ops)
            return [None]

        async def abatch(self, ops):
            return self.batch(ops)

    store = Recording()
    calls = lane(store)
    calls.put(("a",), 1, {})
    assert store.seen == [PutOp(("a",), "1", {}, None, 5.0)]
    calls.put(("a",), "k", {}, False, ttl=1)
    assert store.seen == [PutOp(("a",), "k", {}, False, 1)]
    calls.get(("a",), 1)
    assert store.seen == [GetOp(("a",), "1", False)]
    calls.search(("a",), query="q", filter={"x": 1}, limit=2, offset=3, refresh_ttl=True)
    assert store.seen == [SearchOp(("a",), {"x": 1}, 2, 3, "q", True)]
    calls.list_namespaces(prefix=("a",), suffix=("*",), max_depth=2, limit=3, offset=4)
    conditions = (MatchCondition("prefix", ("a",)), MatchCondition("suffix", ("*",)))
    assert store.seen == [ListNamespacesOp(conditions, 2, 3, 4)]


def test_searching_takes_a_namespace_and_those_below(calls):
    for namespace in (("a",), ("a", "b"), ("ab",)):
        for number in range(3):
            calls.put(namespace, f"{namespace[-1]}{number}", {"n": number})
    assert keys(calls.search(("a",))) == ["a0", "a1", "a2", "b0", "b1", "b2"]
    assert keys(calls.search(("a",), limit=2, offset=1)) == ["a1", "a2"]
    assert keys(calls.search((), limit=20)) == [
        f"{name}{n}" for name in ("a", "b", "ab") for n in range(3)
    ]
    assert calls.search(("a",), limit=0) == []
    assert calls.search(("c",)) == []
    (found,) = calls.search(("a", "b"), filter={"n": 2})
    assert type(found) is SearchItem and found.score is None


@pytest.mark.parametrize(
    ("filter", "expected"),
    [
        ({"n": 1}, ["1"]),
        ({"n": {"$gt": 1}}, ["2", "3"]),
        ({"n": {"$gte": 1, "$lt": 3}}, ["1", "2"]),
        ({"n": {"$lte": 0}}, ["0"]),
        ({"n": {"$ne": 0}, "kind": "odd"}, ["1", "3"]),
        ({"kind": {"$eq": "even"}}, ["0", "2"]),
        ({"in": {"side": 2}}, ["2"]),
        ({"in": {"side": {"$gt": 2}}}, ["3"]),
        ({"rows": [1, {"$gt": 2}]}, ["3"]),
        ({"rows": (1, 1)}, ["1"]),
        ({"rows": [1]}, []),
        ({"missing": None}, ["0", "1", "2", "3"]),
        ({"n": {"side": 1}}, []),
    ],
)
def test_a_filter_compares_by_operators_or_by_what_it_names(calls, filter, expected):
    for n in range(4):
        value = {
            "n": n,
            "kind": "odd" if n % 2 else "even",
            "in": {"side": n, "x": 0},
            "rows": [1, n],
        }
        calls.put(("a",), str(n), value)
    assert keys(calls.search(("a",), filter=filter)) == expected
    with pytest.raises(ValueError, match=r"Unsupported operator: \$in"):
        calls.search(("a",), filter={"n": {"$in": [1]}})


def test_namespaces_are_listed_by_their_ends_and_to_a_depth(calls):
    names = [("a", "b", "c"), ("a", "b", "d"), ("a", "x"), ("b", "c")]
    for namespace in reversed(names):
        calls.put(namespace, "k", {})
    assert calls.list_namespaces() == names
    assert calls.list_namespaces(prefix=("a",)) == names[:3]
    assert calls.list_namespaces(prefix=("*", "b")) == names[:2]
    assert calls.list_namespaces(suffix=("c",)) == [names[0], names[3]]
    assert calls.list_namespaces(prefix=("a",), suffix=("b", "*")) == names[:2]
    assert calls.list_namespaces(prefix=("a", "b", "c", "d")) == []
    assert calls.list_namespaces(max_depth=2) == [("a", "b"), ("a", "x"), ("b", "c")]
    assert calls.list_namespaces(max_depth=1, limit=1, offset=1) == [("b",)]
    with pytest.raises(ValueError, match="Unsupported match type: middle"):
        calls.batch([ListNamespacesOp((MatchCondition("middle", ("a",)),))])


@pytest.fixture(params=["numpy", "none"])
def numbers(request, monkeypatch):
    """With numpy, and without."""
    if request.param == "numpy":
        pytest.importorskip("numpy")
    else:
        monkeypatch.setattr(_vectors, "_check_numpy", lambda: False)


@pytest.mark.parametrize(
    ("lane", "embed"),
    # A function that is not async serves both.
    [(SyncCalls, count_letters), (AsyncCalls, count_letters), (AsyncCalls, acount_letters)],
)
def test_a_query_ranks_by_nearness(lane, numbers, embed):
    calls = lane(
        InMemoryStore(index={"dims": 8, "embed": embed, "fields": ["text", "more[*].text"]})
    )
    calls.put(("d",), "aa", {"text": "aaaa"})
    calls.put(("d",), "ab", {"text": "zz", "more": [{"text": "ab"}, {"text": "hh"}]})
    calls.put(("d",), "hidden", {"text": "aaaa"}, index=False)
    calls.put(("d",), "other", {"text": "hh", "side": "aaab"}, index=["side"])
    calls.put(("d",), "none", {"side": "aaaa"})
    found = calls.search(("d",), query="a")
    assert keys(found) == ["aa", "other", "ab", "hidden", "none"]
    assert found[0].score == pytest.approx(1)
    assert found[1].score == pytest.approx(3 / 10**0.5)
    assert [item.score for item in found[3:]] == [None, None]
    assert keys(calls.search(("d",), query="a", limit=2, offset=1)) == ["other", "ab"]
    assert keys(calls.search(("d",), query="h", limit=1)) == ["ab"]
    assert keys(calls.search(("d",), query="a", filter={"side": "aaaa"})) == ["none"]
    assert [item.score for item in calls.search(("d",))] == [None] * 5
    calls.delete(("d",), "aa")
    assert "aa" not in keys(calls.search(("d",), query="a"))
    queries = [SearchOp(("d",), query=text, limit=1) for text in ("b", "h")]
    assert [keys(one) for one in calls.batch(queries)] == [["ab"], ["ab"]]


def test_equal_texts_of_a_batch_share_a_vector(lane):
    calls = lane(InMemoryStore(index={"dims": 8, "embed": count_letters}))
    calls.batch([PutOp(("d",), str(n), {"text": "a"}) for n in range(3)])
    assert [item.score for item in calls.search(("d",), query='{"text": "a"}')] == pytest.approx(
        [1] * 3
    )


def test_a_wrong_number_of_vectors_is_told():
    store = InMemoryStore(index={"dims": 8, "embed": lambda texts: []})
    with pytest.raises(ValueError, match=r"Number of embeddings \(0\) does not match"):
        store.put(("d",), "k", {"text": "a"})


def test_embeddings_are_made_of_what_is_given():
    with pytest.raises(ValueError, match="embed must be provided"):
        ensure_embeddings(None)
    sync, asynchronous = ensure_embeddings(count_letters), ensure_embeddings(acount_letters)
    assert ensure_embeddings(sync) is sync or type(sync).__mro__[-2].__name__ == "_LambdaMethods"
    assert sync.embed_query("a") == count_letters(["a"])[0]
    assert asyncio.run(sync.aembed_documents(["a", "b"])) == count_letters(["a", "b"])
    assert asyncio.run(sync.aembed_query("b")) == count_letters(["b"])[0]
    assert asyncio.run(asynchronous.aembed_query("b")) == count_letters(["b"])[0]
    with pytest.raises(ValueError, match="initialized with an async function but no sync function"):
        asynchronous.embed_query("a")


def test_embeddings_by_name_need_langchain(monkeypatch):
    monkeypatch.setitem(__import__("sys").modules, "langchain.embeddings", None)
    with pytest.raises(ValueError, match="Could not load embeddings from string 'openai:small'"):
        ensure_embeddings("openai:small")


def test_items_are_equal_by_content_and_read_times_from_text():
    parts = dict(
        value={"a": 1}, key="k", namespace=["x", "y"], created_at=NOON, updated_at=NOON.isoformat()
    )
    item = Item(**parts)
    assert item.namespace == ("x", "y")
    assert item.updated_at == NOON
    assert item == Item(**parts) and hash(item) == hash(Item(**parts))
    assert item != Item(**dict(parts, key="other")) and item != "item"
    assert item.dict()["created_at"] == NOON.isoformat()
    assert item.dict()["namespace"] == ["x", "y"]
    assert repr(item).startswith(
        "Item(namespace=['x', 'y'], key='k', value={'a': 1}, created_at='2024"
    )
    found = SearchItem(("x", "y"), "k", {"a": 1}, NOON, NOON, 0.5)
    assert found.dict()["score"] == 0.5
    assert found == item


@pytest.mark.parametrize(
    "obj",
    [
        GetOp(("a",), "k"),
        SearchOp(("a",), {"x": 1}),
        PutOp(("a",), "k", {"x": 1}),
        ListNamespacesOp((MatchCondition("prefix", ("a",)),)),
        Item(value={}, key="k", namespace=("a",), created_at=NOON, updated_at=NOON),
        SearchItem(("a",), "k", {}, NOON, NOON, 0.5),
    ],
)
def test_operations_and_items_are_pickled(obj):
    copied = pickle.loads(pickle.dumps(obj))
    assert copied == obj
    assert type(copied) is type(obj)


class Batched(AsyncBatchedBaseStore):
    """Remembers its batches; what it holds is a store in memory."""

    def __init__(self):
        super().__init__()
        self.kept = InMemoryStore()
        self.batches = []

    async def abatch(self, ops):
        self.batches.append(list(ops))
        if any(op == GetOp(("fail",), "k") for op in self.batches[-1]):
            raise LookupError("no such thing")
        return await self.kept.abatch(self.batches[-1])


def test_what_is_asked_at_once_is_one_batch():
    async def use():
        store = Batched()
        await asyncio.gather(store.aput(("a",), "1", {"n": 1}), store.aput(("a",), "2", {"n": 2}))
        first, second, found, names = await asyncio.gather(
            store.aget(("a",), "1"),
            store.aget(("a",), "1"),
            store.asearch(("a",), filter={"n": 2}),
            store.alist_namespaces(prefix=("a",)),
        )
        assert first is second and first.value == {"n": 1}
        assert keys(found) == ["2"]
        assert names == [("a",)]
        await store.adelete(("a",), "1")
        assert await store.aget(("a",), "1") is None
        return [len(batch) for batch in store.batches]

    assert asyncio.run(use()) == [2, 3, 1, 1]


def test_a_failing_batch_fails_those_in_it_and_no_others():
    async def use():
        store = Batched()
        results = await asyncio.gather(
            store.aget(("fail",), "k"), store.aput(("a",), "k", {}), return_exceptions=True
        )
        assert [type(result) for result in results] == [LookupError, LookupError]
        await store.aput(("a",), "k", {"n": 1})
        assert (await store.aget(("a",), "k")).value == {"n": 1}

    asyncio.run(use())


def test_what_is_no_longer_waited_for_is_not_run():
    async def use():
        store = Batched()
        task = asyncio.ensure_future(store.aget(("a",), "k"))
        await asyncio.sleep(0)
        task.cancel()
        with pytest.raises(asyncio.CancelledError):
            await task
        assert await store.aget(("b",), "k") is None
        return store.batches

    assert asyncio.run(use()) == [[GetOp(("b",), "k")]]


def test_a_stopped_batch_task_starts_again():
    async def use():
        store = Batched()
        store._task.cancel()
        with pytest.raises(asyncio.CancelledError):
            await store._task
        assert await store.aget(("a",), "k") is None

    asyncio.run(use())


def test_a_store_that_is_gone_ends_its_task():
    async def use():
        store = Batched()
        await store.aget(("a",), "k")
        task = store._task
        del store
        with pytest.raises(asyncio.CancelledError):
            await task

    asyncio.run(use())


def test_sync_calls_are_for_other_threads():
    async def use():
        store = Batched()
        with pytest.raises(asyncio.InvalidStateError, match=r"await store\.aget\(\.\.\.\)"):
            store.get(("a",), "k")
        with pytest.raises(asyncio.InvalidStateError):
            store.batch([])
        results = []

        def work():
            store.put(("a",), "k", {"n": 1})
            results.append(store.get(("a",), "k").value)
            results.append(keys(store.search(("a",))))
            results.append(store.list_namespaces())
            store.delete(("a",), "k")
            results.append(store.batch([GetOp(("a",), "k")]))

        thread = threading.Thread(target=work)
        thread.start()
        while thread.is_alive():
            await asyncio.sleep(0)
        return results

    assert asyncio.run(use()) == [{"n": 1}, ["k"], [("a",)], [None]]


def test_reads_asked_twice_run_once_and_of_puts_the_last():
    get, search = GetOp(("a",), "k"), SearchOp(("a",), {"n": 1})
    puts = [PutOp(("a",), "k", {"n": n}) for n in range(3)]
    assert _dedupe_ops([get]) == (None, [get])
    ops = [get, puts[0], search, puts[1], get, SearchOp(("a",), {"n": 1}), puts[2]]
    assert _dedupe_ops(ops) == ([0, 1, 2, 1, 0, 2, 1], [get, puts[2], search])
    unhashable = SearchOp(["a"])
    assert _dedupe_ops([unhashable, unhashable]) == ([0, 0], [unhashable])
