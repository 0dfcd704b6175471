"""The bodies of `invoke` and `stream`, sync and async.

Sync runs are driven in Rust: `_engine.Run.invoke` goes from input to output, `next_chunk` to the
next chunk. The asyncio driver is in `_async_driver`.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, AsyncIterator, Callable, Dict, Iterator, Optional

from langgraph_rust._internal._typing import MISSING
from langgraph_rust.pregel._chunks import ChunkShape, Second
from langgraph_rust.pregel._fold import Fold
from langgraph_rust.pregel._open import (
    Nested,
    Opened,
    Plain,
    asked_modes,
    lifecycle_event,
    open_plain,
)

if TYPE_CHECKING:
    from langgraph_rust.pregel.main import Pregel


def _asked(pregel: Pregel, config: Any, asked: Dict[str, Any]) -> Dict[str, Any]:
    asked["stream_mode"] = asked_modes(pregel, config, asked.get("stream_mode"))
    if asked.get("debug") or pregel.debug:
        asked["print_mode"] = ["updates", "values"]
    return asked


def _shape(opened: Opened, asked: Dict[str, Any]) -> ChunkShape:
    second = None
    if opened.version == "v2":
        second = Second(opened.pregel._output_mapper, opened.pregel._state_mapper)
    return ChunkShape(asked["stream_mode"], asked["print_mode"], opened.subgraphs, second)


def _is_plain(pregel: Pregel, stream_mode: str, print_mode: Any, version: str) -> bool:
    """Tell whether a caller wants nothing but the last values."""
    return stream_mode == "values" and not print_mode and version != "v2" and not pregel.debug


def _start_callbacks(opened: Opened) -> None:
    from langgraph_rust._langchain.callbacks import sync_manager
    from langgraph_rust.callbacks import get_sync_graph_callback_manager_for_config

    callbacks = sync_manager(opened.config)
    opened.prune_handlers(callbacks)
    opened.manager = callbacks.on_chain_start(None, opened.input, **opened.start_arguments())
    lifecycle = get_sync_graph_callback_manager_for_config(
        opened.config, run_id=opened.manager.run_id
    )
    opened.tell_lifecycle_to(lifecycle)


def _tell_lifecycle(opened: Opened, run: Any) -> None:
    manager = opened.graph_manager
    if manager is None:
        return
    while True:
        kept = run.pop_lifecycle()
        if kept is None:
            return
        event = lifecycle_event(kept, manager.run_id)
        (manager.on_resume if kept[0] == "resume" else manager.on_interrupt)(event)


def _open_plain_stream(
    pregel: Pregel,
    input: Any,
    config: Any,
    asynchronous: bool,
    context: Any,
    control: Any,
    asked: Dict[str, Any],
) -> Any:
    """Return the run of a caller who wants chunks as they are, where the engine can open it."""
    if (
        # fed by a handler, which the engine does not open runs with
        asked["stream_mode"] == "messages"
        or asked.get("print_mode")
        or asked.get("subgraphs")
        or asked.get("debug")
        or asked["version"] != "v1"
        or "checkpoint_during" in asked
    ):
        return None
    stream_mode = asked["stream_mode"]
    return open_plain(
        pregel,
        input,
        config,
        asynchronous,
        context,
        control,
        pregel.stream_mode if stream_mode is None else stream_mode,
        asked["output_keys"],
        asked["interrupt_before"],
        asked["interrupt_after"],
        asked["durability"],
    )


def stream(
    pregel: Pregel, input: Any, config: Any, context: Any, control: Any, asked: Dict[str, Any]
) -> Iterator[Any]:
    """See `Pregel.stream`."""
    run = _open_plain_stream(pregel, input, config, False, context, control, asked)
    opened = None
    if run is None:
        asked = _asked(pregel, config, asked)
        opened = Opened(pregel, input, config, asked)
    try:
        if opened is not None:
            if opened.needs_manager(False):
                _start_callbacks(opened)
            run = opened.make_run(False, _shape(opened, asked), context, control)
        next_chunk = run.next_chunk
        observed = opened if opened is not None and opened.graph_manager is not None else None
        while True:
            chunk = next_chunk()
            if observed is not None:
                _tell_lifecycle(observed, run)
            if chunk is MISSING:
                break
            yield chunk
        run.raise_status()
    except BaseException as error:
        if run is not None:
            run.abort(error)
        if opened is not None and opened.manager is not None:
            opened.manager.on_chain_error(error)
        raise
    if opened is not None and opened.manager is not None:
        opened.manager.on_chain_end(run.output)


def _open_plain_invoke(
    pregel: Pregel,
    input: Any,
    config: Any,
    asynchronous: bool,
    context: Any,
    control: Any,
    asked: Dict[str, Any],
) -> Any:
    """Return the run of a caller who wants the last values, where the engine can open it.

    `asked` is all that was said to `invoke` but for the modes and the version.
    """
    if len(asked) != 4:
        return None
    return open_plain(
        pregel,
        input,
        config,
        asynchronous,
        context,
        control,
        None,
        asked["output_keys"],
        asked["interrupt_before"],
        asked["interrupt_after"],
        asked["durability"],
    )


def invoke(
    pregel: Pregel,
    input: Any,
    config: Any,
    stream_mode: Any,
    print_mode: Any,
    version: str,
    context: Any,
    control: Any,
    asked: Dict[str, Any],
) -> Any:
    """See `Pregel.invoke`."""
    plain = _is_plain(pregel, stream_mode, print_mode, version)
    if plain:
        run = _open_plain_invoke(pregel, input, config, False, context, control, asked)
        if run is not None:
            return run.invoke()
    asked.setdefault("subgraphs", False)
    if not plain or asked["subgraphs"]:
        fold = Fold(stream_mode, version)
        asked.update(stream_mode=fold.stream_mode, print_mode=print_mode, version=version)
        for chunk in stream(pregel, input, config, context, control, asked):
            fold.add(chunk)
        return fold.output()
    asked.update(stream_mode=stream_mode, print_mode=(), version=version)
    opened = Opened(pregel, input, config, asked)
    if not opened.needs_manager(False):
        return opened.make_run(False, None, context, control).invoke()
    fold = Fold(stream_mode, version)
    asked["stream_mode"] = fold.stream_mode
    for chunk in stream(pregel, input, config, context, control, asked):
        fold.add(chunk)
    return fold.output()


class AsyncChunks:
    """The chunks of an asyncio run, for a generator to hand on.

    Once it is open, `ready` gives the next one, or `MISSING` where that needs a wait; `more` waits.
    """

    __slots__ = ("driver", "opened", "ready", "run", "shape", "start")

    def __init__(
        self,
        pregel: Pregel,
        input: Any,
        config: Any,
        context: Any,
        control: Any,
        asked: Dict[str, Any],
    ) -> None:
        self.driver: Any = None
        self.ready: Callable[[], Any]
        run = _open_plain_stream(pregel, input, config, True, context, control, asked)
        if run is not None:
            self.run = run
            self.opened: Any = Plain(run)
            return
        self.run = None
        asked = _asked(pregel, config, asked)
        self.opened = Opened(pregel, input, config, asked)
        self.shape = _shape(self.opened, asked)
        self.start = (context, control)

    async def open(self) -> None:
        """Begin the run."""
        from langgraph_rust.pregel._async_driver import AsyncDriver, open_callbacks

        opened = self.opened
        run = self.run
        if run is None:
            if opened.needs_manager(True):
                await open_callbacks(opened)
            run = opened.make_run(True, self.shape, *self.start)
        self.driver = AsyncDriver(opened, run)
        self.run = run
        self.ready = run.next_ready
        if self.driver.is_light and run.loads_nothing:
            self.driver.begin()

    async def more(self) -> bool:
        """Wait until there may be chunks; False when the run has ended."""
        if not self.run.is_over and await self.driver.advance():
            return True
        self.run.raise_status()
        manager = self.opened.manager
        # langchain makes a task of this, for however few
        if manager is not None and manager.handlers:
            await manager.on_chain_end(self.run.output)
        return False

    async def close(self, error: BaseException) -> None:
        """End a run that failed or is not wanted any more; the caller raises `error`."""
        from langgraph_rust.pregel._async_driver import close_callbacks

        if self.driver is not None:
            await self.driver.abort(error)
        await close_callbacks(self.opened, error)


async def astream(
    pregel: Pregel, input: Any, config: Any, context: Any, control: Any, asked: Dict[str, Any]
) -> AsyncIterator[Any]:
    """See `Pregel.astream`."""
    run = AsyncChunks(pregel, input, config, context, control, asked)
    try:
        await run.open()
        ready = run.ready
        while True:
            chunk = ready()
            if chunk is not MISSING:
                yield chunk
            elif not await run.more():
                return
    except BaseException as error:
        await run.close(error)
        raise


async def ainvoke(
    pregel: Pregel,
    input: Any,
    config: Any,
    stream_mode: Any,
    print_mode: Any,
    version: str,
    context: Any,
    control: Any,
    asked: Dict[str, Any],
) -> Any:
    """See `Pregel.ainvoke`."""
    plain = _is_plain(pregel, stream_mode, print_mode, version)
    if plain:
        run = _open_plain_invoke(pregel, input, config, True, context, control, asked)
        if run is not None:
            return await _last_values(Plain(run), run)
    asked.setdefault("subgraphs", False)
    if plain and not asked["subgraphs"]:
        asked.update(stream_mode=stream_mode, print_mode=(), version=version)
        opened = Opened(pregel, input, config, asked)
        if not opened.needs_manager(True):
            return await _last_values(opened, opened.make_run(True, None, context, control))
    fold = Fold(stream_mode, version)
    asked.update(stream_mode=fold.stream_mode, print_mode=print_mode, version=version)
    async for chunk in astream(pregel, input, config, context, control, asked):
        fold.add(chunk)
    return fold.output()


async def _last_values(opened: Any, run: Any) -> Any:
    """Drive a run to its end; return its last values."""
    from langgraph_rust.pregel._async_driver import AsyncDriver

    driver = AsyncDriver(opened, run)
    is_light = driver.is_light
    try:
        if is_light and run.loads_nothing:
            driver.begin()
        while not (is_light and run.go_to_end()) and await driver.advance():
            pass
        if is_light:
            # the first of what could not be stored on the way
            run.raise_failure()
    except BaseException as error:
        await driver.abort(error)
        raise
    run.raise_status()
    return run.result()


def ainvoke_nested(
    pregel: Pregel, run: Any, max_concurrency: Optional[int], checkpointer: Any, waits: bool
) -> Any:
    """Return the coroutine that drives a run which the engine opened for a task.

    Args:
        pregel: The graph.
        run: The engine's run.
        max_concurrency: Tasks at a time.
        checkpointer: The saver, if there is one.
        waits: Whether each superstep waits until it is saved.
    """
    return _last_values(Nested(pregel, max_concurrency, checkpointer, waits), run)
