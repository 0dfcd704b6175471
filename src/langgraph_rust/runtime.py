"""What a run gives to its nodes: context, store, stream writer, and who and where they are.

Annotations are evaluated here, so that a dataclass of these fields can be looked into without
the libraries they speak of.
"""

from typing import TYPE_CHECKING, Any, Callable, Generic, Optional, Type, cast

from langgraph_rust._internal._compat import name_as_upstream
from langgraph_rust._internal._constants import CONF, CONFIG_KEY_RUNTIME
from langgraph_rust._internal._elsewhere import find_elsewhere
from langgraph_rust._internal._record import record
from langgraph_rust.config import get_config
from langgraph_rust.types import StreamWriter
from langgraph_rust.typing import ContextT

if TYPE_CHECKING:
    from langgraph_sdk.auth.types import BaseUser
    from langgraph_sdk.auth.types import BaseUser as _User
    from typing_extensions import TypedDict, Unpack

    from langgraph_rust.store.base import BaseStore as _Store

    class _RuntimeOverrides(TypedDict, Generic[ContextT], total=False):
        context: ContextT
        store: Optional[_Store]
        stream_writer: StreamWriter
        heartbeat: Callable[[], None]
        previous: Any
        execution_info: "ExecutionInfo"
        server_info: "Optional[ServerInfo]"
        control: "Optional[RunControl]"

else:
    _User = _Store = Any

__all__ = (
    "BaseUser",
    "ExecutionInfo",
    "RunControl",
    "Runtime",
    "ServerInfo",
    "get_runtime",
)


@record(frozen=True)
class ExecutionInfo:
    """Which execution a node is in.

    Attributes:
        checkpoint_id: The checkpoint it started from.
        checkpoint_ns: The namespace of its checkpoints.
        task_id: Its task.
        thread_id: Its thread; None without a checkpointer.
        run_id: Its run; None unless the config names one.
        node_attempt: Which attempt this is, from 1.
        node_first_attempt_time: When the first attempt began, in seconds since the epoch.
    """

    __slots__ = (
        "checkpoint_id",
        "checkpoint_ns",
        "task_id",
        "thread_id",
        "run_id",
        "node_attempt",
        "node_first_attempt_time",
    )

    checkpoint_id: str
    checkpoint_ns: str
    task_id: str
    thread_id: Optional[str]
    run_id: Optional[str]
    node_attempt: int
    node_first_attempt_time: Optional[float]

    def __init__(
        self,
        checkpoint_id: str,
        checkpoint_ns: str,
        task_id: str,
        thread_id: Optional[str] = None,
        run_id: Optional[str] = None,
        node_attempt: int = 1,
        node_first_attempt_time: Optional[float] = None,
    ) -> None:
        put = object.__setattr__
        put(self, "checkpoint_id", checkpoint_id)
        put(self, "checkpoint_ns", checkpoint_ns)
        put(self, "task_id", task_id)
        put(self, "thread_id", thread_id)
        put(self, "run_id", run_id)
        put(self, "node_attempt", node_attempt)
        put(self, "node_first_attempt_time", node_first_attempt_time)

    def patch(self, **overrides: Any) -> "ExecutionInfo":
        """A copy with some fields replaced."""
        from dataclasses import replace

        return replace(self, **overrides)


@record(frozen=True)
class ServerInfo:
    """What LangGraph Server adds.

    Attributes:
        assistant_id: The assistant.
        graph_id: The graph.
        user: Who is logged in, if anyone: a `BaseUser`.
    """

    __slots__ = ("assistant_id", "graph_id", "user")

    assistant_id: str
    graph_id: str
    user: Optional[_User]

    def __init__(self, assistant_id: str, graph_id: str, user: Optional[_User] = None) -> None:
        object.__setattr__(self, "assistant_id", assistant_id)
        object.__setattr__(self, "graph_id", graph_id)
        object.__setattr__(self, "user", user)


class RunControl:
    """Asks one run to stop between two supersteps, from any thread. Use a new one each run."""

    __slots__ = ("_drain_reason",)

    def __init__(self) -> None:
        # One attribute, written once: threads need no lock.
        self._drain_reason: Optional[str] = None

    def request_drain(self, reason: str = "shutdown") -> None:
        """Ask the run to stop; it ends with `GraphDrained` if it had more to do."""
        self._drain_reason = reason

    @property
    def drain_requested(self) -> bool:
        """Whether it has been asked to stop."""
        return self._drain_reason is not None

    @property
    def drain_reason(self) -> Optional[str]:
        """Why it has been."""
        return self._drain_reason


def _no_op_stream_writer(_: Any) -> None: ...


def _no_op_heartbeat() -> None: ...


@record(frozen=True, kw_only=True)
class Runtime(Generic[ContextT]):
    """What a run gives to a node that has a parameter `runtime: Runtime[...]`.

    The config is not part of it: take a parameter `config: RunnableConfig` for that.

    Attributes:
        context: What the run was given as its context, such as a user id or a connection.
        store: The store of the graph, if any.
        stream_writer: Writes to the ``custom`` stream.
        heartbeat: Tells an idle timeout that the node is at work; does nothing without one.
        previous: What the last run of an entrypoint on this thread returned or saved.
        execution_info: Which execution this is; None until a task is made.
        server_info: What LangGraph Server adds; None without it.
        control: What a drain of this run is asked by; None outside of one.
    """

    __slots__ = (
        "context",
        "store",
        "stream_writer",
        "heartbeat",
        "previous",
        "execution_info",
        "server_info",
        "control",
    )

    context: ContextT
    store: Optional[_Store]
    stream_writer: StreamWriter
    heartbeat: Callable[[], None]
    previous: Any
    execution_info: Optional[ExecutionInfo]
    server_info: Optional[ServerInfo]
    control: Optional[RunControl]

    def __init__(
        self,
        *,
        context: ContextT = None,  # type: ignore[assignment]
        store: Optional[_Store] = None,
        stream_writer: StreamWriter = _no_op_stream_writer,
        heartbeat: Callable[[], None] = _no_op_heartbeat,
        previous: Any = None,
        execution_info: Optional[ExecutionInfo] = None,
        server_info: Optional[ServerInfo] = None,
        control: Optional[RunControl] = None,
    ) -> None:
        put = object.__setattr__
        put(self, "context", context)
        put(self, "store", store)
        put(self, "stream_writer", stream_writer)
        put(self, "heartbeat", heartbeat)
        put(self, "previous", previous)
        put(self, "execution_info", execution_info)
        put(self, "server_info", server_info)
        put(self, "control", control)

    def merge(self, other: "Runtime[ContextT]") -> "Runtime[ContextT]":
        """A runtime with what `other` has, and the rest from this one."""
        writes = other.stream_writer is not _no_op_stream_writer
        beats = other.heartbeat is not _no_op_heartbeat
        return Runtime(
            context=other.context or self.context,
            store=other.store or self.store,
            stream_writer=(other if writes else self).stream_writer,
            heartbeat=(other if beats else self).heartbeat,
            previous=self.previous if other.previous is None else other.previous,
            execution_info=other.execution_info or self.execution_info,
            server_info=other.server_info or self.server_info,
            control=other.control or self.control,
        )

    def override(self, **overrides: "Unpack[_RuntimeOverrides[ContextT]]") -> "Runtime[ContextT]":
        """A copy with some fields replaced."""
        if type(self) is not Runtime:
            from dataclasses import replace

            return replace(self, **overrides)
        # what `replace` does, which asks for the fields each time; each task has such a copy
        fields: Any = {
            "context": self.context,
            "store": self.store,
            "stream_writer": self.stream_writer,
            "heartbeat": self.heartbeat,
            "previous": self.previous,
            "execution_info": self.execution_info,
            "server_info": self.server_info,
            "control": self.control,
        }
        fields.update(overrides)
        return Runtime(**fields)

    def patch_execution_info(self, **overrides: Any) -> "Runtime[ContextT]":
        """A copy with some fields of `execution_info` replaced.

        Raises:
            RuntimeError: If there is none yet.
        """
        if self.execution_info is None:
            raise RuntimeError("Cannot patch execution_info before it has been set")
        return self.override(execution_info=self.execution_info.patch(**overrides))

    @property
    def drain_requested(self) -> bool:
        """Whether the run has been asked to stop."""
        return self.control is not None and self.control.drain_requested

    @property
    def drain_reason(self) -> Optional[str]:
        """Why it has been."""
        return None if self.control is None else self.control.drain_reason


DEFAULT_RUNTIME: Runtime[Any] = Runtime()


def get_runtime(context_schema: Optional[Type[ContextT]] = None) -> Runtime[ContextT]:
    """The runtime of the running task.

    Args:
        context_schema: The type of its context, for the type checker.

    Raises:
        RuntimeError: If no task runs here.
    """
    return cast("Runtime[ContextT]", get_config()[CONF].get(CONFIG_KEY_RUNTIME))


_find_elsewhere = find_elsewhere(__name__, {"langgraph_rust.store.base": "BaseStore"})


if not TYPE_CHECKING:

    def __getattr__(name: str) -> Any:
        if name == "BaseUser":
            try:
                from langgraph_sdk.auth.types import BaseUser
            except ImportError:
                # Without the SDK there are no such users; the name still serves in annotations.
                return Any
            return BaseUser
        return _find_elsewhere(name)


name_as_upstream(globals())
