"""The asyncio driver: performs on the user's event loop what the engine asks for.

It decides nothing about supersteps. `advance` goes on until a chunk may have come or the run has
ended; a lone task whose coroutine does not wait is stepped inline.
"""

from __future__ import annotations

import asyncio
from collections import deque
from typing import Any, Deque, Dict, List, Optional, Set

from langgraph_rust._engine import LoopKit
from langgraph_rust._internal._queue import AsyncQueue
from langgraph_rust.errors import GraphBubbleUp, GraphInterrupt, is_invalid_resume
from langgraph_rust.pregel import _support
from langgraph_rust.pregel._async_tasks import attempt, context_of
from langgraph_rust.pregel._open import Opened, lifecycle_event

_INLINE_STEPS = 64
"""Supersteps without a wait after which other tasks of the loop get their turn."""


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
    opened.options["has_lifecycle"] = bool(lifecycle.handlers)
    opened.graph_manager = lifecycle


async def close_callbacks(opened: Opened, error: BaseException) -> None:
    """Report the failure of a run that is observed, even while it is being cancelled."""
    if opened.manager is not None:
        await asyncio.shield(opened.manager.on_chain_error(error))


class AsyncDriver:
    """Drives one run."""

    def __init__(self, opened: Opened, run: Any) -> None:
        self.opened = opened
        self.run = run
        self.sink = opened.sink
        self.loop = asyncio.get_running_loop()
        self.kit = LoopKit(self.loop)
        self.eager = opened.options["eager"]
        self.timeout: Optional[float] = opened.options["step_timeout"]
        self.durable = opened.options["durability"] == "sync"
        limit = opened.config.get("max_concurrency")
        self.gate = asyncio.Semaphore(limit) if limit else None
        self.saver = opened.checkpointer
        self.cache = opened.options["cache"]
        self.phase = "enter"
        self.inflight: Dict[Any, Any] = {}
        self.calls: Set[Any] = set()
        self.ended: Deque[Any] = deque()
        self.waiter: Optional[asyncio.Future[None]] = None
        # says that chunks have come; only where they go out while tasks run
        self.arrivals: Optional[AsyncQueue] = None
        self.deadline: Optional[float] = None
        self.interrupts: List[GraphInterrupt] = []
        self.failure: Optional[BaseException] = None
        self.stopping = False
        self.ending: Optional[BaseException] = None
        self.lane: Optional[asyncio.Task[None]] = None
        self.ops: Deque[Any] = deque()
        self.op_failure: Optional[BaseException] = None
        self.put_failed = False
        run.set_driver(self)
        if self.sink is not None and self.eager:
            self.arrivals = AsyncQueue()
            self.sink.notify(self._wake_from_anywhere)

    async def advance(self) -> bool:
        """Move the run on; False when it has ended. A failure is raised by the call after, once
        the last chunks have gone out."""
        try:
            if self.phase == "enter":
                await self._enter()
            elif self.phase == "plan":
                await self._superstep()
            elif self.phase == "run":
                await self._work()
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

    async def _enter(self) -> None:
        if self.saver is None:
            self.run.begin(None, False, False, None)
        else:
            self.run.begin(*await _support.aload(self.run, self.saver))
        self.phase = "plan"

    async def _superstep(self) -> None:
        """Go on inline while supersteps are lone tasks that do not wait; start what does."""
        alone = not self.eager and self.timeout is None and self.gate is None
        stop, task, detail = self.run.run_inline(self.kit, _INLINE_STEPS, alone)
        self._persist()
        if stop == "pause":
            if self.durable:
                await self._drained()
                self._raise_op_failure()
            if self.sink is None:
                await asyncio.sleep(0)
        elif stop == "over":
            await self._close(None)
        elif stop == "many":
            if self.cache is not None:
                await self._match_cached()
                task = self.run.open_tasks()
            self._hand_out(task)
        elif stop == "failed":
            await self._end_lone(task, detail)
        elif stop == "calls":
            self._begin_work()
            await self._end_lone(task, None)
        else:
            self._begin_work()
            rest = attempt(task, detail) if stop == "waits" else _retry(task, detail)
            self._watch(self.kit.start(rest, context_of(task), task.name), task)

    async def _end_lone(self, task: Any, error: Optional[BaseException]) -> None:
        """Take in the end of a task that ran inline; go on with what is left of its superstep."""
        self.phase = "run"
        if self.calls and error is not None:
            await asyncio.wait(tuple(self.calls))
        if self._take_in(task, error):
            await self._handle(task, error)
        elif error is not None:
            raise error

    def _begin_work(self) -> None:
        self.phase = "run"
        self.stopping = False
        self.deadline = None if self.timeout is None else self.loop.time() + self.timeout

    def _hand_out(self, tasks: List[Any]) -> None:
        self._begin_work()
        for task in tasks:
            self._start(task)

    def _start(self, task: Any) -> None:
        coroutine = attempt(task) if self.gate is None else _gated(self.gate, task)
        self._watch(self.kit.start(coroutine, context_of(task), task.name), task)

    def _watch(self, running: Any, task: Any) -> None:
        self.inflight[running] = task
        if running.done():
            self.ended.append(running)
        else:
            running.add_done_callback(self._end)

    def _end(self, running: Any) -> None:
        self.ended.append(running)
        self._wake()

    def _wake(self) -> None:
        if self.waiter is not None and not self.waiter.done():
            self.waiter.set_result(None)

    def _wake_from_anywhere(self) -> None:
        """Called after each chunk, on the thread that made it."""
        if asyncio._get_running_loop() is self.loop:
            self._announce()
        elif not self.loop.is_closed():
            self.loop.call_soon_threadsafe(self._announce)

    def _announce(self) -> None:
        if self.arrivals is not None and self.arrivals.empty():
            self.arrivals.put_nowait(None)

    async def _work(self) -> None:
        """Await tasks until one has ended or a chunk has come."""
        if not self.ended and (self.inflight or self.calls) and not self.stopping:
            await self._wait()
        while self.ended:
            running = self.ended.popleft()
            task = self.inflight.pop(running, None)
            if task is None:
                continue
            error = _error_of(running)
            if self._take_in(task, error):
                await self._handle(task, error)
            elif error is not None:
                self._fail(error)
            if self.sink is not None and self.sink.waiting:
                break
        if self.stopping or not (self.inflight or self.calls):
            await self._settle()

    async def _wait(self) -> None:
        if self.sink is not None and self.sink.waiting:
            return
        self.waiter = self.loop.create_future()
        waits: List[Any] = [self.waiter]
        if self.arrivals is not None:
            waits.append(self.loop.create_task(self.arrivals.wait()))
        left = None if self.deadline is None else max(0.0, self.deadline - self.loop.time())
        try:
            if left is None and len(waits) == 1:
                await self.waiter
                return
            done, _ = await asyncio.wait(waits, timeout=left, return_when=asyncio.FIRST_COMPLETED)
            if not done and not self.ended:
                raise asyncio.TimeoutError
        finally:
            self.waiter = None
            for arrival in waits[1:]:
                arrival.cancel()
            while self.arrivals is not None and not self.arrivals.empty():
                self.arrivals.get_nowait()

    def _take_in(self, task: Any, error: Optional[BaseException]) -> bool:
        """Commit the end of a task; tell whether its error is left to a handler."""
        handled = self.run.commit(task, error)
        self._persist()
        return handled

    async def _handle(self, task: Any, error: Optional[BaseException]) -> None:
        await self._drained()
        handler = self.run.schedule_handler(task, error)
        if handler is None:
            return
        if self.cache is not None:
            await self._match_cached()
        if not handler.writes:
            self._start(handler)

    def _fail(self, error: BaseException) -> None:
        if isinstance(error, GraphInterrupt):
            self.interrupts.append(error)
        elif isinstance(error, asyncio.CancelledError):
            pass
        elif self.failure is None:
            self.failure = error
        if not isinstance(error, (GraphBubbleUp, asyncio.CancelledError)):
            self.stopping = self.stopping or not is_invalid_resume(error)

    async def _settle(self) -> None:
        """Every task has ended, or one has failed for all."""
        if self.failure is not None:
            raise self.failure
        if self.interrupts:
            raise GraphInterrupt(tuple(i for e in self.interrupts for i in (e.args or ((),))[0]))
        await self._apply()

    async def _apply(self) -> None:
        self.run.finish()
        self._persist()
        if self.durable:
            await self._drained()
            self._raise_op_failure()
        self.phase = "plan"

    async def _match_cached(self) -> None:
        tasks = self.run.uncached()
        if tasks:
            self.run.take_cached(await _support.acache_get(self.cache, tasks))

    def start_call(self, push: Any, options: Any) -> Any:
        """Start a call made from inside a task, on this loop or from a thread; gives its future."""
        from langgraph_rust.pregel._async_calls import start_call

        return start_call(self, push, options)

    def begin_call(self, running: Any) -> None:
        """Count a call as part of the superstep until it has ended."""
        self.calls.add(running)
        self.run.count_call(1)
        running.add_done_callback(self._end_call)

    def _end_call(self, running: Any) -> None:
        self.calls.discard(running)
        self.run.count_call(-1)
        self._wake()

    # -- what the run asks of its saver, in order ---------------------------------------------

    def _persist(self) -> None:
        if self.saver is None and self.cache is None:
            return
        self.ops.extend(self.run.take_ops())
        if self.ops and self.lane is None:
            self.lane = self.loop.create_task(self._perform())

    async def _perform(self) -> None:
        while self.ops:
            name, args, binds = self.ops.popleft()
            try:
                if name == "cache_set":
                    key, writes = args
                    await self.cache.aset({(key.ns, key.key): (writes, key.ttl)})
                elif not (name == "put" and self.put_failed):
                    await getattr(self.saver, "a" + name)(*args)
            except BaseException as error:
                self.put_failed = self.put_failed or binds
                if self.op_failure is None:
                    self.op_failure = error
                if isinstance(error, asyncio.CancelledError):
                    raise
        self.lane = None

    async def _drained(self) -> None:
        while self.lane is not None:
            lane = self.lane
            await asyncio.wait((lane,))
            if lane is self.lane and lane.done():
                self.lane = None

    def _raise_op_failure(self) -> None:
        failure, self.op_failure = self.op_failure, None
        if failure is not None:
            raise failure
        self.run.raise_failure()

    # -- the end ------------------------------------------------------------------------------

    async def abort(self, error: BaseException) -> None:
        """End a run that is cancelled or whose stream is closed; the caller raises `error`."""
        if self.phase == "done":
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
        self._raise_op_failure()

    async def _end_run(self, error: Optional[BaseException]) -> Optional[BaseException]:
        """End the run; return the error that its caller is to see."""
        self.phase = "done"
        if self.sink is not None:
            self.sink.notify(None)
        if self.inflight or self.calls:
            await self._cancel_tasks()
        shown: Optional[BaseException] = self.run.exit(error)
        self._persist()
        await self._drained()
        if self.opened.graph_manager is not None:
            await self._tell_lifecycle()
        self.run.forget_tasks()
        return shown

    async def _cancel_tasks(self) -> None:
        running = [*self.inflight, *self.calls]
        for one in running:
            one.cancel()
        await asyncio.wait(running)
        for one, task in self.inflight.items():
            if one not in self.ended or not one.cancelled():
                self.run.commit(task, _error_of(one))
            else:
                self.run.commit(task, asyncio.CancelledError())
        self.inflight.clear()

    async def _tell_lifecycle(self) -> None:
        manager = self.opened.graph_manager
        while True:
            kept = self.run.pop_lifecycle()
            if kept is None:
                return
            event = lifecycle_event(kept, manager.run_id)
            await (manager.on_resume if kept[0] == "resume" else manager.on_interrupt)(event)


def _error_of(running: Any) -> Optional[BaseException]:
    return asyncio.CancelledError() if running.cancelled() else running.exception()


async def _gated(gate: asyncio.Semaphore, task: Any) -> None:
    async with gate:
        await attempt(task)


async def _retry(task: Any, delay: float) -> None:
    await asyncio.sleep(delay)
    await attempt(task)
