"""The functional interface."""

from __future__ import annotations

from typing import Any

from langgraph.checkpoint.memory import InMemorySaver
from langgraph.func import entrypoint, task
from langgraph.runtime import Runtime, get_runtime
from langgraph.types import CachePolicy, RetryPolicy, StreamWriter


@task
def double(value: int) -> int:
    return 2 * value


@task()
async def adouble(value: int, *, by: str = "") -> int:
    return 2 * value


@task(name="named", retry_policy=RetryPolicy(), cache_policy=CachePolicy())
def named(value: int) -> str:
    return str(value)


reveal_type(double)
reveal_type(adouble)
reveal_type(named)
reveal_type(double(3))
reveal_type(double(3).result())
reveal_type(adouble(3))
reveal_type(named(3).result())


@entrypoint(checkpointer=InMemorySaver())
def work(values: list[int], *, previous: int | None = None, writer: StreamWriter) -> int:
    futures = [double(value) for value in values]
    return sum(future.result() for future in futures)


@entrypoint()
async def awork(value: int) -> int:
    reveal_type(await adouble(value))
    return await adouble(value)


@entrypoint()
def saves(value: int, *, runtime: Runtime[Any]) -> entrypoint.final[int, str]:
    reveal_type(get_runtime())
    return entrypoint.final(value=value, save=str(value))


reveal_type(work)
reveal_type(awork)
reveal_type(saves)
reveal_type(work.invoke([1]))
reveal_type(entrypoint.final(value=1, save="a"))
for chunk in work.stream([1], stream_mode="updates"):
    reveal_type(chunk)
double.clear_cache(None)

# what checkers refuse
double("3")
double()
double(3, 4)
double(3).result() + "a"
entrypoint(checkpointer=3)
task(name=3)
