"""The asyncio driver: performs on the user's event loop what the engine asks for.

It decides nothing about supersteps. The engine steps tasks on the loop's own thread and gives sync
functions to its executor (`Run.drive`); what is left to do here is what awaits: savers, caches,
callbacks, and tasks that wait.
"""

from __future__ import annotations

import asyncio
from typing import Any, Optional, Set

from langgraph_rust._engine import LoopKit
from langgraph_rust._internal._queue import AsyncQueue
from langgraph_rust.pregel import _support
from langgraph_rust.pregel._lane import Lane
from langgraph_rust.pregel._open import Opened, lifecycle_event


async def open_callbacks(opened: Opened) -> None:
    """Report the start of a run that is observed."""
    from langgraph_rust._langchain.callbacks import async_manager, is_stream_handler
    from langgraph_rust.callbacks import get_async_graph_callback_manager_for_config

    callbacks = async_manager(opened.config)
    opened.prune_handlers(callbacks)
    manager = await callbacks.on_chain_start(None, opened.input, **opened.start_arguments())
    opened.manager = manager
    opened.options["streams_nodes"] = any(is_stream_handler(h) for h in manager.handlers)
    lifecycle = get_async_graph_callback_manager_for_config(opened.config, run_id=manager.run_id)
    opened.tell_lifecycle_to(lifecycle)


async def close_callbacks(opened: Opened, error: BaseException) -> None:
    """Report the failure of a run that is observed, even while it is being cancelled."""
    if opened.manager is not None:
        await asyncio.shield(opened.manager.on_chain_error(error))


class AsyncDriver:
    """Drives one run."""

    __slots__ = (
        "arrivals",
        "cache",
        "cache_lane",
        "calls",
        "durable",
        "ending",
        "gate",
        "is_light",
        "kit",
        "lane",
        "loop",
        "opened",
        "phase",
        "run",
        "saver",
        "sink",
    )

    def __init__(self, opened: Opened, run: Any) -> None:
        self.opened = opened
        self.run = run
        self.sink = opened.sink
        self.loop = asyncio.get_running_loop()
        self.durable = opened.options["durability"] == "sync"
        self.saver = opened.checkpointer
        self.cache = opened.options["cache"]
        self.phase = "enter"
        self.calls: Optional[Set[Any]] = None
        self.ending: Optional[BaseException] = None
        self.kit = LoopKit.of(self.loop)
        # where nothing but tasks can have to be awaited, the engine goes on by itself
        stores_alone = self.saver is None or (
            run.saves_inline and self.sink is None and not self.durable
        )
        self.is_light = stores_alone and self.cache is None and opened.graph_manager is None
        run.board(self.kit, self.is_light)
        self.lane: Optional[Lane] = None
        self.cache_lane: Optional[Lane] = None
        self.gate: Optional[asyncio.Semaphore] = None
        limit = opened.config.get("max_concurrency")
        if limit:
            self.gate = asyncio.Semaphore(limit)
            run.set_gate(self.gate)
        run.set_driver(self)
        # says that chunks have come; only where they go out while tasks run
        self.arrivals: Optional[AsyncQueue] = None
        if self.sink is not None and opened.options["eager"]:
            self.arrivals = AsyncQueue()
            self.sink.notify(self._announce_from_anywhere)

    async def advance(self) -> bool:
        """Move the run on; False when it has ended. A failure is raised by the call after, once
        the last chunks have gone out."""
        try:
            if self.phase == "enter":
                await self._enter()
            elif self.phase == "drive":
                await self._drive()
            elif self.ending is not None:
                raise self.ending
            else:
                return False
        except Exception as error:
            if self.phase == "done":
                self._raise_again(error)
            else:
                await self._fail_run(error)
        if self.opened.graph_manager is not None:
            await self._tell_lifecycle()
        return True

    async def _fail_run(self, error: BaseException) -> None:
        try:
            await self._close(error)
        except Exception as shown:
            self.ending = shown

    def _raise_again(self, error: BaseException) -> None:
        """Raise what ended the run: at once if that is due, else with the next call."""
        if self.ending is error:
            self.ending = None
            raise error
        self.ending = error

    def begin(self) -> None:
        """Begin a run that has nothing to load."""
        self.run.begin(None, False, False, None)
        self.phase = "drive"

    async def _enter(self) -> None:
        if self.run.loads_nothing:
            self.begin()
        else:
            self.run.begin(*await _support.aload(self.run, self.saver))
            self.phase = "drive"

    async def _drive(self) -> None:
        """Go on until there may be chunks or the run has ended."""
        while True:
            stop, subject, detail = self.run.drive()
            self._persist()
            if stop == "waits":
                if detail is None and self.arrivals is None:
                    await subject
                else:
                    await self._wait(subject, detail)
                if self.run.is_over:
                    # it went on without the driver
                    return
            elif stop == "news":
                await self._let_saver_follow()
                if self.sink is not None:
                    return
            elif stop == "over":
                await self._close(None)
                return
            elif stop == "turn":
                await self._let_saver_follow()
                await asyncio.sleep(0)
                if self.sink is not None and self.sink.waiting:
                    return
            elif stop == "cached":
                await self._match_cached()
            else:
                await self._handle(subject, detail)
            if self.opened.graph_manager is not None:
                return

    async def _wait(self, bell: Any, left_s: Optional[float]) -> None:
        """Wait for the bell, which time and chunks ring too."""
        timer = None if left_s is None else self.loop.call_later(left_s, self.run.wake)
        arrival = None
        if self.arrivals is not None:
            # by way of a task: who caused the chunk goes on before it is shown
            arrival = self.loop.create_task(self.arrivals.wait())
            arrival.add_done_callback(self._ring)
        try:
            await bell
        finally:
            if timer is not None:
                timer.cancel()
            if arrival is not None and self.arrivals is not None:
                arrival.cancel()
                while not self.arrivals.empty():
                    self.arrivals.get_nowait()

    def _ring(self, arrival: Any) -> None:
        if not arrival.cancelled():
            self.run.wake()

    def _announce_from_anywhere(self) -> None:
        """Called after each chunk, on the thread that made it."""
        if asyncio._get_running_loop() is self.loop:
            self._announce()
        elif not self.loop.is_closed():
            self.loop.call_soon_threadsafe(self._announce)

    def _announce(self) -> None:
        if self.arrivals is not None and self.arrivals.empty():
            self.arrivals.put_nowait(None)

    async def _handle(self, task: Any, error: BaseException) -> None:
        """Start the handler of an error, once the failure is stored."""
        if self.lane is not None:
            await self.lane.drained()
        handler = self.run.schedule_handler(task, error)
        if handler is None:
            return
        if self.cache is not None:
            await self._match_cached()
        if not handler.writes:
            self.run.enqueue(handler)

    async def _match_cached(self) -> None:
        tasks = self.run.uncached()
        if tasks:
            if self.cache_lane is not None:
                await self.cache_lane.drained()
            self.run.take_cached(await _support.acache_get(self.cache, tasks))

    def start_call(self, push: Any, options: Any) -> Any:
        """Start a call made from inside a task, on this loop or from a thread; gives its future."""
        from langgraph_rust.pregel._async_calls import start_call

        return start_call(self, push, options)

    def begin_call(self, running: Any) -> None:
        """Count a call as part of the superstep until it has ended."""
        if self.calls is None:
            self.calls = set()
        self.calls.add(running)
        self.run.count_call(1)
        running.add_done_callback(self._end_call)

    def _end_call(self, running: Any) -> None:
        if self.calls is not None:
            self.calls.discard(running)
        self.run.count_call(-1)
        self.run.wake()

    # -- what the run asks of its saver, in order ---------------------------------------------

    def _persist(self) -> None:
        if self.saver is None and self.cache is None:
            return
        for request in self.run.take_ops():
            if request[0] == "cache_set":
                if self.cache_lane is None:
                    self.cache_lane = Lane(self.loop, self._ask_cache)
                self.cache_lane.add(request)
            else:
                if self.lane is None:
                    self.lane = Lane(self.loop, self._ask_saver)
                self.lane.add(request)

    def _ask_saver(self, name: str, args: Any) -> Any:
        return getattr(self.saver, "a" + name)(*args)

    def _ask_cache(self, _: str, args: Any) -> Any:
        key, writes = args
        return self.cache.aset({(key.ns, key.key): (writes, key.ttl)})

    async def _let_saver_follow(self) -> None:
        """Wait until what a superstep stored is durable, or at most a few checkpoints behind."""
        if self.durable:
            await self._drained()
            self._raise_failure()
        elif self.lane is not None:
            await self.lane.room()

    async def _drained(self) -> None:
        for lane in (self.lane, self.cache_lane):
            if lane is not None:
                await lane.drained()

    def _raise_failure(self) -> None:
        for lane in (self.lane, self.cache_lane):
            failure = None if lane is None else lane.take_failure()
            if failure is not None:
                raise failure
        self.run.raise_failure()

    # -- the end ------------------------------------------------------------------------------

    async def abort(self, error: BaseException) -> None:
        """End a run that is cancelled or whose stream is closed; the caller raises `error`."""
        if self.phase == "done" or self.run.is_over:
            return
        if self.is_light and not self.calls and not self.run.running():
            # nothing is to be awaited, so nothing can be cancelled meanwhile
            await self._end_run(error)
            return
        closing = self.loop.create_task(self._end_run(error))
        try:
            await asyncio.shield(closing)
        except asyncio.CancelledError:
            # a second cancellation must not leave tasks behind
            await asyncio.wait((closing,))

    async def _close(self, error: Optional[BaseException]) -> None:
        shown = await self._end_run(error)
        if shown is not None:
            raise shown
        self._raise_failure()

    async def _end_run(self, error: Optional[BaseException]) -> Optional[BaseException]:
        """End the run; return the error that its caller is to see."""
        self.phase = "done"
        if self.sink is not None:
            self.sink.notify(None)
            self.sink.deafen(error is not None)
        await self._cancel_tasks()
        if self.sink is not None:
            self.sink.deafen(False)
        shown: Optional[BaseException] = self.run.exit(error)
        self._persist()
        await self._drained()
        if self.opened.graph_manager is not None:
            await self._tell_lifecycle()
        self.run.forget_tasks()
        return shown

    async def _cancel_tasks(self) -> None:
        running = [*self.run.running(), *(self.calls or ())]
        if running:
            for one in running:
                one.cancel()
            await asyncio.wait(running)
        self.run.commit_ended()

    async def _tell_lifecycle(self) -> None:
        manager = self.opened.graph_manager
        while True:
            kept = self.run.pop_lifecycle()
            if kept is None:
                return
            event = lifecycle_event(kept, manager.run_id)
            await (manager.on_resume if kept[0] == "resume" else manager.on_interrupt)(event)
