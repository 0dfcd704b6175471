"""The event envelope and the extension point of the streaming protocol."""

from __future__ import annotations

from abc import ABC, abstractmethod
from typing import TYPE_CHECKING, Any, ClassVar, Coroutine, Dict, List, Set, Tuple

from typing_extensions import Literal, NotRequired, TypedDict

from langgraph_rust._internal._home import settle

if TYPE_CHECKING:
    import asyncio


class _ProtocolEventParams(TypedDict):
    """Where and when an event happened, and what it carries.

    `timestamp` is wall-clock time in milliseconds since the epoch; clocks may be
    set back, so order events by `seq`.
    """

    namespace: List[str]
    timestamp: int
    data: Any
    interrupts: NotRequired[Tuple[Any, ...]]


class ProtocolEvent(TypedDict):
    """One event of a run.

    `method` is a stream mode, or the name of a stream channel whose items are
    forwarded. `seq` counts the events in the root mux's log, starting at 1.
    """

    type: Literal["event"]
    event_id: NotRequired[str]
    seq: NotRequired[int]
    method: str
    params: _ProtocolEventParams


class StreamTransformer(ABC):
    """Turns the events of a run into projections of its own.

    Subclasses implement `init`, which names the projections, and `process` or
    `aprocess`, which sees every event. `finalize` / `afinalize` and `fail` /
    `afail` are optional: the mux closes and fails stream channels by itself.

    A class with `_native = True` has its projections set as attributes of the
    run stream; those of other classes are found in `run.extensions`.

    Asynchronous work fits in two ways: override `aprocess` if later transformers
    must see its outcome, or call `schedule` if it only feeds a projection. Both
    need an asyncio run, and a sync run refuses such a transformer when it is
    registered.

    Attributes:
        scope: The namespace of the mux that owns this transformer; `()` is the
            root.
        requires_async: Set it on a class that needs an event loop although it
            overrides no `a…` method, because its `process` calls `schedule`.
        supports_sync: Set it on a class that overrides `a…` methods and works
            in sync runs as well.
        required_stream_modes: Stream modes the graph must emit for this
            transformer. A run asks the graph for the union over all of them.
        before_builtins: Set it on a class that changes events in place and must
            do so before the built-in transformers read them. Leave `namespace`
            and the bookkeeping fields of `tasks` events alone.
    """

    requires_async: ClassVar[bool] = False
    supports_sync: ClassVar[bool] = False
    required_stream_modes: ClassVar[Tuple[str, ...]] = ()
    before_builtins: ClassVar[bool] = False

    def __init__(self, scope: tuple[str, ...] = ()) -> None:
        """Keep the namespace of the owning mux.

        Args:
            scope: That namespace; `()` for the root.
        """
        self.scope: tuple[str, ...] = scope

    @abstractmethod
    def init(self) -> dict[str, Any]:
        """Return the projections by name, called once at registration.

        `StreamChannel` values are bound to the run; those with a name also have
        their items forwarded to the event log.
        """

    def _on_register(self, mux: Any) -> None:  # noqa: B027
        """Called last in registration, with the mux that now owns this transformer."""

    def process(self, event: ProtocolEvent) -> bool:
        """See one event of a sync run, before it reaches the log.

        Returns:
            Whether the event stays in the log.

        Raises:
            NotImplementedError: If the subclass overrides neither this nor
                `aprocess`.
        """
        raise NotImplementedError(f"{type(self).__name__} must override process() or aprocess()")

    async def aprocess(self, event: ProtocolEvent) -> bool:
        """See one event of an asyncio run; `process` unless overridden.

        The next transformer waits for this one.
        """
        return self.process(event)

    def finalize(self) -> None:  # noqa: B027
        """Called when the run has ended well."""

    async def afinalize(self) -> None:
        """`finalize` for asyncio runs; scheduled work has ended by then."""
        self.finalize()

    def fail(self, err: BaseException) -> None:  # noqa: B027
        """Called when the run has ended with `err`."""

    async def afail(self, err: BaseException) -> None:
        """`fail` for asyncio runs; scheduled work is cancelled by then."""
        self.fail(err)

    def schedule(
        self,
        coro: Coroutine[Any, Any, Any],
        *,
        on_error: Literal["log", "raise"] = "log",
    ) -> asyncio.Task[Any]:
        """Run a coroutine that the mux waits for before it closes.

        Args:
            coro: The work; it is cancelled if the run fails.
            on_error: `"log"` logs what it raises, `"raise"` fails the run with it.

        Returns:
            The task; results usually arrive through a projection instead.

        Raises:
            RuntimeError: If no event loop is running, that is in a sync run.
        """
        import asyncio

        try:
            asyncio.get_running_loop()
        except RuntimeError:
            raise RuntimeError(
                f"{type(self).__name__}.schedule() requires a running "
                "event loop; this transformer must run under astream(), "
                "not stream(). Set requires_async=True on the class so "
                "this fails at registration rather than at first event."
            ) from None
        task = asyncio.ensure_future(self._wrap_scheduled(coro) if on_error == "log" else coro)
        tasks = self._scheduled_task_set()
        tasks.add(task)
        task.add_done_callback(tasks.discard)
        return task

    @staticmethod
    async def _wrap_scheduled(coro: Coroutine[Any, Any, Any]) -> Any:
        from asyncio import CancelledError

        try:
            return await coro
        except CancelledError:
            raise
        except BaseException:
            import logging

            logging.getLogger("langgraph.stream._types").exception(
                "Scheduled StreamTransformer task failed"
            )

    def _scheduled_task_set(self) -> set[asyncio.Task[Any]]:
        # Made on demand: a subclass need not call our __init__.
        state: Dict[str, Set[asyncio.Task[Any]]] = self.__dict__
        return state.setdefault("_stream_scheduled_tasks", set())


def transformer_requires_async(transformer: StreamTransformer) -> bool:
    """Whether a transformer can only be registered in an asyncio run."""
    if transformer.requires_async:
        return True
    if transformer.supports_sync:
        return False
    cls = type(transformer)
    return any(
        getattr(cls, hook) is not getattr(StreamTransformer, hook)
        for hook in ("aprocess", "afinalize", "afail")
    )


settle(
    "langgraph.stream._types",
    _ProtocolEventParams,
    ProtocolEvent,
    StreamTransformer,
    transformer_requires_async,
)
