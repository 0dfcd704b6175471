"""The bodies of `invoke` and `stream`, sync and async.

Sync runs are driven in Rust: `_engine.Run.invoke` goes from input to output, `next_chunk` to the
next chunk. The asyncio driver is in `_async_driver`.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, AsyncIterator, Dict, Iterator, Optional

from langgraph_rust.pregel._chunks import Shaper
from langgraph_rust.pregel._fold import Fold
from langgraph_rust.pregel._open import Nested, Opened, asked_modes, lifecycle_event

if TYPE_CHECKING:
    from langgraph_rust.pregel.main import Pregel


def _asked(pregel: Pregel, config: Any, asked: Dict[str, Any]) -> Dict[str, Any]:
    asked["stream_mode"] = asked_modes(pregel, config, asked.get("stream_mode"))
    if asked.get("debug") or pregel.debug:
        asked["print_mode"] = ["updates", "values"]
    return asked


def _shaper(opened: Opened, asked: Dict[str, Any]) -> Shaper:
    pregel = opened.pregel
    second = opened.version == "v2"
    return Shaper(
        asked["stream_mode"],
        asked["print_mode"],
        opened.subgraphs,
        opened.version,
        pregel._output_mapper if second else None,
        pregel._state_mapper if second else None,
    )


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
    opened.options["has_lifecycle"] = bool(lifecycle.handlers)
    opened.graph_manager = lifecycle


def _tell_lifecycle(opened: Opened, run: Any) -> None:
    manager = opened.graph_manager
    if manager is None or not manager.handlers:
        return
    while True:
        kept = run.pop_lifecycle()
        if kept is None:
            return
        event = lifecycle_event(kept, manager.run_id)
        (manager.on_resume if kept[0] == "resume" else manager.on_interrupt)(event)


def stream(
    pregel: Pregel, input: Any, config: Any, *, context: Any, control: Any, **asked: Any
) -> Iterator[Any]:
    """See `Pregel.stream`."""
    asked = _asked(pregel, config, asked)
    opened = Opened(pregel, input, config, asked)
    shape = _shaper(opened, asked).shape
    run = None
    try:
        if opened.needs_manager(False):
            _start_callbacks(opened)
        run = opened.make_run(False, False, context, control)
        while True:
            chunk = run.next_chunk()
            if opened.graph_manager is not None:
                _tell_lifecycle(opened, run)
            if chunk is None:
                break
            yield from shape(chunk)
        run.raise_status()
    except BaseException as error:
        if run is not None:
            run.abort(error)
        if opened.manager is not None:
            opened.manager.on_chain_error(error)
        raise
    if opened.manager is not None:
        opened.manager.on_chain_end(run.output)


def invoke(
    pregel: Pregel,
    input: Any,
    config: Any,
    *,
    stream_mode: Any,
    print_mode: Any,
    version: str,
    context: Any,
    control: Any,
    **asked: Any,
) -> Any:
    """See `Pregel.invoke`."""
    asked.setdefault("subgraphs", False)
    if not _is_plain(pregel, stream_mode, print_mode, version) or asked["subgraphs"]:
        fold = Fold(stream_mode, version)
        asked.update(stream_mode=fold.stream_mode, print_mode=print_mode, version=version)
        for chunk in stream(pregel, input, config, context=context, control=control, **asked):
            fold.add(chunk)
        return fold.output()
    asked.update(stream_mode=stream_mode, print_mode=(), version=version)
    opened = Opened(pregel, input, config, asked)
    if not opened.needs_manager(False):
        return opened.make_run(False, True, context, control).invoke()
    fold = Fold(stream_mode, version)
    asked["stream_mode"] = fold.stream_mode
    for chunk in stream(pregel, input, config, context=context, control=control, **asked):
        fold.add(chunk)
    return fold.output()


async def astream(
    pregel: Pregel, input: Any, config: Any, *, context: Any, control: Any, **asked: Any
) -> AsyncIterator[Any]:
    """See `Pregel.astream`."""
    from langgraph_rust.pregel._async_driver import AsyncDriver, close_callbacks, open_callbacks

    asked = _asked(pregel, config, asked)
    opened = Opened(pregel, input, config, asked)
    shape = _shaper(opened, asked).shape
    driver = None
    try:
        if opened.needs_manager(True):
            await open_callbacks(opened)
        driver = AsyncDriver(opened, opened.make_run(True, False, context, control))
        sink = opened.sink
        more = True
        while more:
            more = await driver.advance()
            while sink is not None:
                chunk = sink.pop()
                if chunk is None:
                    break
                for shaped in shape(chunk):
                    yield shaped
        driver.run.raise_status()
    except BaseException as error:
        if driver is not None:
            await driver.abort(error)
        await close_callbacks(opened, error)
        raise
    if opened.manager is not None:
        await opened.manager.on_chain_end(driver.run.output)


async def ainvoke(
    pregel: Pregel,
    input: Any,
    config: Any,
    *,
    stream_mode: Any,
    print_mode: Any,
    version: str,
    context: Any,
    control: Any,
    **asked: Any,
) -> Any:
    """See `Pregel.ainvoke`."""
    asked.setdefault("subgraphs", False)
    if _is_plain(pregel, stream_mode, print_mode, version) and not asked["subgraphs"]:
        asked.update(stream_mode=stream_mode, print_mode=(), version=version)
        opened = Opened(pregel, input, config, asked)
        if not opened.needs_manager(True):
            return await _last_values(opened, opened.make_run(True, True, context, control))
    fold = Fold(stream_mode, version)
    asked.update(stream_mode=fold.stream_mode, print_mode=print_mode, version=version)
    async for chunk in astream(pregel, input, config, context=context, control=control, **asked):
        fold.add(chunk)
    return fold.output()


async def _last_values(opened: Any, run: Any) -> Any:
    """Drive a run to its end; return its last values."""
    from langgraph_rust.pregel._async_driver import AsyncDriver

    driver = AsyncDriver(opened, run)
    try:
        while await driver.advance():
            pass
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
