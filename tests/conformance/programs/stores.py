"""Stores and caches: operations, searches, what nodes get of them, results taken from a cache."""

import asyncio
from typing import Annotated, TypedDict

from langgraph.cache.memory import InMemoryCache
from langgraph.config import get_store
from langgraph.func import entrypoint, task
from langgraph.graph import START, StateGraph
from langgraph.prebuilt import InjectedStore
from langgraph.runtime import Runtime, get_runtime
from langgraph.store.base import (
    BaseStore,
    GetOp,
    ListNamespacesOp,
    MatchCondition,
    PutOp,
    SearchOp,
)
from langgraph.store.memory import InMemoryStore
from langgraph.types import CachePolicy, Send


def tell(found):
    """A finding without its times."""
    if isinstance(found, (list, tuple)) and not all(isinstance(part, str) for part in found):
        return [tell(one) for one in found]
    if hasattr(found, "namespace"):
        parts = (type(found).__name__, found.namespace, found.key, found.value)
        score = getattr(found, "score", None)
        return parts if score is None else (*parts, round(score, 4))
    return found


def show(title, run):
    try:
        print(title, tell(run()))
    except BaseException as error:
        notes = getattr(error, "__notes__", [])
        print(title, type(error).__name__, str(error).splitlines()[:3], notes)


# -- a store --------------------------------------------------------------------------------------

PEOPLE = {
    "ann": {"name": "Ann", "age": 31, "tags": ["a", "b"], "home": {"city": "Graz"}},
    "bob": {"name": "Bob", "age": 25, "tags": [], "home": {"city": "Linz"}},
    "eve": {"name": "Eve", "age": 40, "tags": ["b"], "home": {"city": "Graz"}},
}
FILTERS = (
    {"age": 31},
    {"age": {"$gt": 30}},
    {"age": {"$gte": 31, "$lt": 40}},
    {"age": {"$lte": 25}},
    {"age": {"$ne": 31}},
    {"name": {"$eq": "Eve"}},
    {"home": {"city": "Graz"}},
    {"tags": ["b"]},
    {"nothing": 1},
    {"age": {"$in": [1]}},
)


def filled(**options):
    store = InMemoryStore(**options)
    for key, value in PEOPLE.items():
        store.put(("people", "all"), key, value)
    store.put(("people", "some"), "ann", PEOPLE["ann"])
    store.put(("places", "all", "old"), "graz", {"text": "Graz"})
    return store


store = filled()
show("get", lambda: store.get(("people", "all"), "ann"))
show("get nothing", lambda: store.get(("people", "all"), "zoe"))
show("search", lambda: store.search(("people",)))
show("search all", lambda: store.search(()))
show("search exactly", lambda: store.search(("people", "some")))
show("limit", lambda: store.search(("people",), limit=2))
show("offset", lambda: store.search(("people",), limit=2, offset=3))
for condition in FILTERS:
    show(f"filter {condition}", lambda: store.search(("people", "all"), filter=condition))
show("namespaces", lambda: store.list_namespaces())
show("prefix", lambda: store.list_namespaces(prefix=("people",)))
show("suffix", lambda: store.list_namespaces(suffix=("all",)))
show("wildcard", lambda: store.list_namespaces(prefix=("*", "all")))
show("depth", lambda: store.list_namespaces(max_depth=1))
show("some namespaces", lambda: store.list_namespaces(limit=1, offset=1))
store.put(("people", "all"), "bob", {"name": "Bob", "age": 26})
show("put again", lambda: store.get(("people", "all"), "bob"))
store.delete(("people", "all"), "bob")
show("deleted", lambda: store.search(("people", "all")))
store.put(("people", "all"), "eve", None)
show("put None", lambda: store.get(("people", "all"), "eve"))
BATCH = [
    PutOp(("batch",), "one", {"n": 1}),
    GetOp(("people", "all"), "ann"),
    SearchOp(("people",), filter={"age": 31}),
    ListNamespacesOp(match_conditions=(MatchCondition("prefix", ("people",)),)),
    PutOp(("batch",), "one", {"n": 2}),
    GetOp(("batch",), "one"),
]
show("batch", lambda: store.batch(BATCH))
show("after the batch", lambda: store.get(("batch",), "one"))
show("abatch", lambda: asyncio.run(store.abatch(BATCH)))
for namespace in ((), ("a.b",), ("",), ("langgraph",), ("langgraph", "x"), (1,), "text"):
    show(f"put to {namespace!r}", lambda: store.put(namespace, "key", {"a": 1}))
show("ttl", lambda: store.put(("a",), "key", {"a": 1}, ttl=5))
show("not a dict", lambda: store.put(("a",), "key", 3))


async def later():
    await store.aput(("later",), "key", {"a": 1})
    found = [await store.aget(("later",), "key"), await store.asearch(("later",))]
    found.append(await store.alist_namespaces(prefix=("later",)))
    await store.adelete(("later",), "key")
    return [*found, await store.aget(("later",), "key")]


show("async", lambda: asyncio.run(later()))


def embed(texts):
    """Counts of letters."""
    return [[float(text.lower().count(letter)) for letter in "aegnz"] for text in texts]


for fields in (["$"], ["name"], ["home.city"], ["tags[*]"], ["name", "home.city"]):
    indexed = filled(index={"dims": 5, "embed": embed, "fields": fields})
    show(f"embedded {fields}", lambda: indexed.search(("people",), query="graz"))
    show("  fewer", lambda: indexed.search(("people", "all"), query="ann", limit=1))
    show("  filtered", lambda: indexed.search((), query="eve", filter={"name": {"$ne": "Eve"}}))
    indexed.put(("people", "all"), "zoe", {"name": "Zoe"}, index=False)
    indexed.put(("people", "all"), "max", {"name": "Max", "text": "gaze"}, index=["text"])
    show("  own fields", lambda: indexed.search(("people", "all"), query="gaze"))
    show("  async", lambda: asyncio.run(indexed.asearch(("people",), query="graz")))


# -- what nodes get of a store -------------------------------------------------------------------


class State(TypedDict, total=False):
    found: Annotated[list, lambda left, right: left + right]


def keyword(state, *, store: BaseStore):
    store.put(("nodes",), "keyword", {"n": 1})
    return {"found": [len(store.search(()))]}


def runtime(state, runtime: Runtime):
    runtime.store.put(("nodes",), "runtime", {"n": 1})
    return {"found": [runtime.store is get_store(), runtime.store is get_runtime().store]}


def ambient(state):
    return {"found": [tell(get_store().search(("nodes",)))]}


async def later_ambient(state):
    return {"found": [tell(await get_store().asearch(("nodes",)))]}


def annotated(state, store: Annotated[BaseStore, InjectedStore()]):
    return {"found": ["is for tools alone"]}


def chain(*nodes, **options):
    graph = StateGraph(State)
    before = START
    for node in nodes:
        graph.add_node(node.__name__, node)
        graph.add_edge(before, node.__name__)
        before = node.__name__
    return graph.compile(**options)


SYNC = (keyword, runtime, ambient)
show("annotated", lambda: chain(annotated, store=InMemoryStore()).invoke({"found": []}))
show("in nodes", lambda: chain(*SYNC, store=InMemoryStore()).invoke({"found": []}))
show(
    "in async nodes",
    lambda: asyncio.run(chain(*SYNC, later_ambient, store=InMemoryStore()).ainvoke({"found": []})),
)
show("no store", lambda: chain(ambient).invoke({"found": []}))
show("no store for a keyword", lambda: chain(keyword).invoke({"found": []}))
inner = chain(keyword, runtime)


def below(state):
    return inner.invoke({"found": []})


show("in a graph below", lambda: chain(below, store=InMemoryStore()).invoke({"found": []}))


@task
def remembers(value):
    get_store().put(("tasks",), str(value), {"value": value})
    return value


@entrypoint(store=InMemoryStore())
def workflow(values, *, store: BaseStore):
    done = [remembers(value).result() for value in values]
    return done, tell(store.search(("tasks",)))


show("in tasks", lambda: workflow.invoke([1, 2]))

# -- caches: between runs, which wait for what they have put --------------------------------------

CALLS = []


def counted(state):
    CALLS.append("counted")
    return {"found": [len(state["found"])]}


async def acounted(state):
    CALLS.append("acounted")
    return {"found": [len(state["found"])]}


def caching(*nodes, policy=None, cache=None, **options):
    graph = StateGraph(State)
    before = START
    for node in nodes:
        graph.add_node(node.__name__, node, cache_policy=policy or CachePolicy())
        graph.add_edge(before, node.__name__)
        before = node.__name__
    return graph.compile(cache=cache or InMemoryCache(), **options)


def runs(graph, *states, is_async=False):
    """What runs with these states give, one after another, and which nodes were called."""
    CALLS.clear()
    lines = []
    for state in states:
        given = {"found": list(state)}
        done = asyncio.run(graph.ainvoke(given)) if is_async else graph.invoke(given)
        lines.append((done["found"], list(CALLS)))
    return lines


for is_async in (False, True):
    nodes = (counted, acounted) if is_async else (counted,)
    title = "async" if is_async else "sync"
    show(f"{title} cached", lambda: runs(caching(*nodes), [], [], [1], [], is_async=is_async))
    for kind in (str, lambda size: b"." * size, bytearray, lambda size: memoryview(bytes(size))):
        by_length = CachePolicy(key_func=lambda state: kind(len(state["found"])))
        show(
            f"{title} key",
            lambda: runs(caching(*nodes, policy=by_length), [1], [2], [3, 4], is_async=is_async),
        )
    lasting = CachePolicy(ttl=600)
    show(
        f"{title} ttl",
        lambda: runs(caching(*nodes, policy=lasting), [], [], is_async=is_async),
    )
shared = InMemoryCache()
show("first of two graphs", lambda: runs(caching(counted, cache=shared), []))
show("second of two graphs", lambda: runs(caching(counted, cache=shared), []))
graph = caching(counted)
show("before it is cleared", lambda: runs(graph, [], []))
graph.clear_cache()
show("cleared", lambda: runs(graph, [], []))
graph.clear_cache(["nothing"])
show("others cleared", lambda: runs(graph, []))
asyncio.run(graph.aclear_cache(["counted"]))
show("cleared by name", lambda: runs(graph, []))
show("streamed", lambda: list(graph.stream({"found": []}, stream_mode="updates")))
show(
    "streamed tasks",
    lambda: [sorted(chunk) for chunk in graph.stream({"found": []}, stream_mode="tasks")],
)
show("no cache", lambda: runs(chain(counted), [], []))
bare = StateGraph(State)
bare.add_node("counted", counted)
bare.add_edge(START, "counted")
show(
    "a policy of the graph's",
    lambda: runs(bare.compile(cache=InMemoryCache()), [], []),
)
sends = StateGraph(State)
sends.add_node("counted", counted, cache_policy=CachePolicy())
sends.add_conditional_edges(START, lambda state: [Send("counted", {"found": [1]})], ["counted"])
show("sent", lambda: runs(sends.compile(cache=InMemoryCache()), [], [1]))


def fails(state):
    CALLS.append("fails")
    raise ValueError("not cached")


failing = caching(fails)
show("failing", lambda: runs(failing, []))
show("failing again", lambda: runs(failing, []))
print(CALLS)

cache = InMemoryCache()
KEYS = [(("a", "b"), "1"), (("a", "c"), "2"), (("d",), "3")]
cache.set({key: ({"value": key[1]}, None) for key in KEYS})
show("cache", lambda: sorted(cache.get(KEYS).items()))
cache.clear([("a",)])
show("cache without a", lambda: sorted(cache.get(KEYS).items()))
cache.clear([("a", "b")])
show("cache without a and b", lambda: sorted(cache.get(KEYS).items()))
cache.clear()
show("empty cache", lambda: cache.get(KEYS))
show("no keys", lambda: cache.get([]))
show("late", lambda: asyncio.run(cache.aget(KEYS)))
cache.set({KEYS[0]: ("gone", -1), KEYS[1]: ("here", 600)})
show("past its time", lambda: cache.get(KEYS))
