"""How one body serves the sync and the asyncio face of streams and prebuilt nodes.

The bodies are coroutines with a flag `wait`. With `wait=False` they call the
sync hooks only and therefore never suspend, so `finish` runs them to their end
in one step; with `wait=True` they are awaited.
"""

from __future__ import annotations

from typing import Any, Coroutine, TypeVar

T = TypeVar("T")


def finish(body: Coroutine[Any, Any, T]) -> T:
    """Run a coroutine that does not suspend and return its result.

    Raises:
        RuntimeError: If the body suspended, which only a wrong `wait` flag causes.
    """
    try:
        body.send(None)
    except StopIteration as done:
        return done.value
    body.close()
    raise RuntimeError("a synchronous body tried to wait")
