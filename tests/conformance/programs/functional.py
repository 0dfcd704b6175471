"""The functional interface: caching, retries, timeouts, `previous`, `final`, streams, failures."""

import asyncio
import time

from langgraph.cache.memory import InMemoryCache
from langgraph.checkpoint.memory import InMemorySaver
from langgraph.func import entrypoint, task
from langgraph.types import CachePolicy, Command, RetryPolicy, interrupt

CALLS = []
FAST = RetryPolicy(initial_interval=0.001, max_interval=0.002, jitter=False, max_attempts=3)


def show(title, run):
    try:
        print(title, run())
    except BaseException as error:
        notes = getattr(error, "__notes__", ())
        print(title, type(error).__name__, str(error).splitlines()[:3], list(notes))


@task
def double(value):
    CALLS.append(value)
    return 2 * value


@task(cache_policy=CachePolicy(key_func=lambda value: str(value).encode()))
def cached(value):
    CALLS.append(("cached", value))
    return value + 100


@task(retry_policy=FAST)
def flaky(value):
    CALLS.append(("flaky", value))
    if len([call for call in CALLS if call == ("flaky", value)]) < 3:
        raise ConnectionError("not yet")
    return value


@task(retry_policy=[RetryPolicy(retry_on=KeyError), FAST])
def never(value):
    CALLS.append(("never", value))
    raise ConnectionError("never")


@task
async def slow(value):
    await asyncio.sleep(value)
    return value


@task(timeout=0.05)
async def limited(value):
    await asyncio.sleep(value)
    return value


@task(name="renamed")
def fails():
    raise ValueError("as told")


def modes(graph, value, config=None):
    for mode in ("values", "updates", "tasks", "debug", "custom", "checkpoints"):
        for chunk in graph.stream(value, config, stream_mode=mode):
            print("  ", mode, chunk)


@entrypoint()
def plain(values):
    return [future.result() for future in [double(value) for value in values]]


@entrypoint(cache=InMemoryCache())
def caching(values):
    return [cached(value).result() for value in values]


@entrypoint(cache=InMemoryCache(), cache_policy=CachePolicy(ttl=60))
def caching_all(values):
    CALLS.append("body")
    return [double(value).result() for value in values]


@entrypoint()
def retrying(value):
    return flaky(value).result()


@entrypoint()
def failing(value):
    return never(value).result()


@entrypoint()
def named(_):
    return fails().result()


@entrypoint()
def caught(_):
    try:
        fails().result()
    except ValueError as error:
        return f"caught {error}"


show("plain", lambda: plain.invoke([1, 2, 3]))
show("calls", lambda: sorted(CALLS))
CALLS.clear()
show("cached", lambda: (caching.invoke([1, 2]), caching.invoke([2, 1, 3])))
print(CALLS)
show("cache streams", lambda: list(caching.stream([1, 5], stream_mode="updates")))
caching.clear_cache()
cached.clear_cache(caching.cache)
show("cleared", lambda: caching.invoke([1]))
CALLS.clear()
show("all cached", lambda: (caching_all.invoke([1]), caching_all.invoke([1]), CALLS))
CALLS.clear()
show("retrying", lambda: (retrying.invoke(3), CALLS))
CALLS.clear()
show("failing", lambda: failing.invoke(3))
print(CALLS)
show("named", lambda: named.invoke(0))
show("caught", lambda: caught.invoke(0))
show("stream of a failure", lambda: list(named.stream(0, stream_mode=["updates", "tasks"])))
modes(plain, [1])


@entrypoint()
async def waiting(values):
    return await asyncio.gather(*(slow(value) for value in values))


@entrypoint()
async def limits(values):
    return [await limited(value) for value in values]


@entrypoint()
async def mixed(value):
    return [await slow(value), await double(3)]


show("waiting", lambda: asyncio.run(waiting.ainvoke([0.02, 0.01])))
show("limits", lambda: asyncio.run(limits.ainvoke([0.0])))
show("past limits", lambda: asyncio.run(limits.ainvoke([0.5])))
show("mixed", lambda: asyncio.run(mixed.ainvoke(0)))
show("async as sync", lambda: waiting.invoke([0]))

THREAD = {"configurable": {"thread_id": "1"}}


@entrypoint(checkpointer=InMemorySaver())
def adds(value, *, previous=None):
    return (previous or 0) + value


show("previous", lambda: [adds.invoke(value, THREAD) for value in (1, 2, 3)])
show("state", lambda: (adds.get_state(THREAD).values, adds.get_state(THREAD).next))
show(
    "history",
    lambda: [(s.values, s.next, s.metadata["step"]) for s in adds.get_state_history(THREAD)],
)


@entrypoint(checkpointer=InMemorySaver())
def keeps(value, *, previous=None, config=None, writer=None):
    writer({"previous": previous})
    return entrypoint.final(value=previous, save=value)


show("final", lambda: [keeps.invoke(value, THREAD) for value in (1, 2, 3)])
modes(keeps, 4, THREAD)


@entrypoint(checkpointer=InMemorySaver())
def asks(value):
    done = double(value).result()
    first = interrupt({"first": done})
    second = interrupt({"second": first})
    return [done, first, second]


CALLS.clear()
show("asked", lambda: asks.invoke(1, THREAD)["__interrupt__"][0].value)
show("again", lambda: asks.invoke(Command(resume="a"), THREAD)["__interrupt__"][0].value)
show("answered", lambda: asks.invoke(Command(resume="b"), THREAD))
print(CALLS)
show("tasks", lambda: [(t.name, t.path, len(t.interrupts)) for t in asks.get_state(THREAD).tasks])


@entrypoint()
def typed(value: int) -> str:
    """Doc."""
    return str(value)


show("schemas", lambda: (typed.get_input_jsonschema(), typed.get_output_jsonschema()))
show("graph", lambda: typed.get_graph().draw_mermaid())
show("name", lambda: (typed.name, typed.get_name(), repr(double)[:0]))
show("bad", lambda: entrypoint()(lambda: 1))
show("generator", lambda: entrypoint()((lambda: (yield))))
show("outside", lambda: double(1))


@entrypoint()
def nested(value):
    return plain.invoke([value])[0] + caching.invoke([value])[0]


show("nested", lambda: nested.invoke(5))
show("nested stream", lambda: list(nested.stream(5, stream_mode="updates", subgraphs=True)))


@entrypoint()
def uses_map(values):
    return [f.result() for f in map(double, values)]


begun = time.monotonic()
show("map", lambda: uses_map.invoke(list(range(5))))
show("batch", lambda: plain.batch([[1], [2]]))
