"""What a timed attempt may do, and when it last did something.

While the scope is open, what the node sends out of its attempt passes and counts as progress; once
it is closed, nothing of the attempt gets out any more.
"""

from __future__ import annotations

import time
from contextvars import ContextVar
from threading import Lock
from typing import Any, Callable, Dict, Optional, Sequence

from langgraph_rust._internal._config import merge_configs, patch_configurable
from langgraph_rust._internal._constants import (
    CONF,
    CONFIG_KEY_CALL,
    CONFIG_KEY_RUNTIME,
    CONFIG_KEY_SEND,
    CONFIG_KEY_STREAM,
)
from langgraph_rust.pregel.protocol import StreamProtocol
from langgraph_rust.runtime import Runtime

RUNNING_SCOPE: ContextVar[Optional[TimedAttemptScope]] = ContextVar("running_scope", default=None)
"""The scope of the attempt whose code runs here."""


class TimedAttemptScope:
    """The guards around one attempt.

    Writes and the closing exclude each other, so that no write of a late thread gets in after the
    close. Streams and calls run without the lock held: what they call is anyone's code.

    Args:
        on_progress: Called at a heartbeat or callback of the node.
        progress_min_interval: Seconds that lie between two such calls at least.
        refresh_on: What restarts the idle clock: anything the node does, or its heartbeats alone;
            None without an idle timeout.
    """

    __slots__ = (
        "__weakref__",
        "_active",
        "_last_progress",
        "_last_report",
        "_lock",
        "_min_interval",
        "_on_progress",
        "_refresh_on",
    )

    def __init__(
        self,
        on_progress: Optional[Callable[[], None]] = None,
        progress_min_interval: float = 0.0,
        refresh_on: Optional[str] = None,
    ) -> None:
        self._active = True
        self._last_progress = time.monotonic()
        self._last_report = float("-inf")
        self._lock = Lock()
        self._min_interval = progress_min_interval
        self._on_progress = on_progress
        self._refresh_on = refresh_on

    @property
    def active(self) -> bool:
        """Whether the attempt still counts."""
        return self._active

    def close(self) -> None:
        """Let nothing of the attempt out from now on."""
        with self._lock:
            self._active = False

    def start(self) -> None:
        """Start the idle clock."""
        self._last_progress = time.monotonic()

    def idle_s(self) -> float:
        """Return how many seconds ago there last was progress."""
        return time.monotonic() - self._last_progress

    def touch(self) -> None:
        """Take note of progress; threads may race here, which costs at most a report too many."""
        now = self._last_progress = time.monotonic()
        if self._on_progress is not None and now - self._last_report >= self._min_interval:
            self._last_report = now
            self._on_progress()

    def touch_on_chunk(self) -> None:
        """Take note of a chunk that the node's own stream gave."""
        if self._refresh_on == "auto":
            self.touch()

    def wrap_config(self, config: Any) -> Any:
        """Return the config under which the attempt is to run."""
        conf = config.get(CONF, {})
        guards: Dict[str, Callable[[Any], Any]] = {
            CONFIG_KEY_SEND: self._guard_send,
            CONFIG_KEY_STREAM: self._guard_stream,
            CONFIG_KEY_CALL: self._guard_call,
        }
        patch = {
            key: guard(conf[key]) for key, guard in guards.items() if conf.get(key) is not None
        }
        runtime = conf.get(CONFIG_KEY_RUNTIME)
        if isinstance(runtime, Runtime):
            overrides: Dict[str, Any] = {
                "stream_writer": self._guard_stream_writer(runtime.stream_writer)
            }
            if self._refresh_on is not None:
                overrides["heartbeat"] = self.touch
            patch[CONFIG_KEY_RUNTIME] = runtime.override(**overrides)
        if patch:
            config = patch_configurable(config, patch)
        handler = self._handler()
        return config if handler is None else merge_configs(config, {"callbacks": [handler]})

    def _handler(self) -> Any:
        from langgraph_rust._langchain.installed import installed

        if self._refresh_on != "auto" or not installed():
            return None
        from langgraph_rust._langchain.progress import ProgressHandler

        return ProgressHandler(self)

    def _note(self) -> None:
        if self._refresh_on == "auto":
            self._last_progress = time.monotonic()

    def _guard_send(self, send: Callable[[Sequence[Any]], None]) -> Callable[..., None]:
        def guarded(writes: Sequence[Any]) -> None:
            with self._lock:
                if self._active:
                    if writes:
                        self._note()
                    send(writes)

        return guarded

    def _guard_stream(self, stream: Any) -> StreamProtocol:
        def guarded(chunk: Any) -> None:
            if self._active:
                self._note()
                stream(chunk)

        return StreamProtocol(guarded, stream.modes)

    def _guard_call(self, call: Callable[..., Any]) -> Callable[..., Any]:
        def guarded(*args: Any, **kwargs: Any) -> Any:
            if not self._active:
                from asyncio import CancelledError

                raise CancelledError
            self._note()
            return call(*args, **kwargs)

        return guarded

    def _guard_stream_writer(self, write: Callable[[Any], None]) -> Callable[[Any], None]:
        def guarded(chunk: Any) -> None:
            if self._active:
                self._note()
                write(chunk)

        return guarded
