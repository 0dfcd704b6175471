"""Both faces of the streaming protocol behind one, so that one test body holds both."""

from __future__ import annotations

import asyncio

from langgraph_rust.stream._mux import StreamMux
from langgraph_rust.stream.run_stream import AsyncGraphRunStream, GraphRunStream


class SyncLane:
    """Calls the sync methods."""

    is_async = False

    def mux(self, *transformers, **kwargs):
        return StreamMux(list(transformers), is_async=self.is_async, **kwargs)

    def push(self, mux, event):
        mux.push(event)

    def close(self, mux):
        mux.close()

    def fail(self, mux, err):
        mux.fail(err)

    def run(self, parts, mux):
        return GraphRunStream(iter(parts), mux)

    def drain(self, channel):
        return list(channel)

    def output(self, run):
        return run.output

    def abort(self, run):
        run.abort()


class AsyncLane(SyncLane):
    """Calls the asyncio methods, on one loop per test."""

    is_async = True

    def __init__(self):
        self.loop = asyncio.new_event_loop()

    def _wait(self, awaitable):
        return self.loop.run_until_complete(awaitable)

    def push(self, mux, event):
        self._wait(mux.apush(event))

    def close(self, mux):
        self._wait(mux.aclose())

    def fail(self, mux, err):
        self._wait(mux.afail(err))

    def run(self, parts, mux):
        return AsyncGraphRunStream(_each(parts), mux)

    def drain(self, channel):
        async def collect():
            return [item async for item in channel]

        return self._wait(collect())

    def output(self, run):
        return self._wait(run.output())

    def abort(self, run):
        self._wait(run.abort())


async def _each(parts):
    for part in parts:
        yield part


def event(method, data, ns=(), **params):
    """A protocol event."""
    return {
        "type": "event",
        "method": method,
        "params": {"namespace": list(ns), "timestamp": 0, "data": data, **params},
    }


def part(kind, data, ns=(), **extra):
    """A v2 stream part, as graphs emit them."""
    return {"type": kind, "ns": ns, "data": data, **extra}
