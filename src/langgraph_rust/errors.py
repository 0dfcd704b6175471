"""The exceptions.

Four of them are bases that say where a failure belongs: `PregelError` (a run), `ChannelError`
(a channel), `StateGraphError` (a graph being built) and `CheckpointError` (saving and loading
state). What unwinds a run without being a failure, such as an interrupt, is a `GraphBubbleUp`
and none of these.
"""

from __future__ import annotations

from enum import Enum
from typing import TYPE_CHECKING, Any, Optional, Sequence, Tuple

from langgraph_rust._internal._compat import name_as_upstream
from langgraph_rust._internal._elsewhere import find_elsewhere
from langgraph_rust._internal._record import record

if TYPE_CHECKING:
    from typing_extensions import Literal

    from langgraph_rust.types import Command, Interrupt

__all__ = (
    "ChannelError",
    "CheckpointError",
    "EmptyChannelError",
    "ErrorCode",
    "GraphDrained",
    "GraphRecursionError",
    "InvalidUpdateError",
    "GraphBubbleUp",
    "GraphInterrupt",
    "NodeCancelledError",
    "NodeError",
    "NodeInterrupt",
    "NodeTimeoutError",
    "ParentCommand",
    "PregelError",
    "EmptyInputError",
    "StateGraphError",
    "TaskNotFound",
    "UnreadableCheckpointError",
    "UnknownInterruptError",
    "is_invalid_resume",
)


class ErrorCode(Enum):
    """Failures that have a page in the documentation."""

    GRAPH_RECURSION_LIMIT = "GRAPH_RECURSION_LIMIT"
    INVALID_CONCURRENT_GRAPH_UPDATE = "INVALID_CONCURRENT_GRAPH_UPDATE"
    INVALID_GRAPH_NODE_RETURN_VALUE = "INVALID_GRAPH_NODE_RETURN_VALUE"
    MULTIPLE_SUBGRAPHS = "MULTIPLE_SUBGRAPHS"
    INVALID_CHAT_HISTORY = "INVALID_CHAT_HISTORY"


def create_error_message(*, message: str, error_code: ErrorCode) -> str:
    """Add the address of the error's page to a message."""
    return (
        f"{message}\n"
        "For troubleshooting, visit: https://docs.langchain.com/oss/python/langgraph/"
        f"errors/{error_code.value}"
    )


class PregelError(Exception):
    """A run failed."""


class ChannelError(Exception):
    """A channel refused to be read or written."""


class StateGraphError(Exception):
    """A graph was put together wrongly."""


class CheckpointError(Exception):
    """State could not be saved or loaded."""


class UnreadableCheckpointError(CheckpointError, ValueError):
    """A stored checkpoint cannot be read, or not all of it.

    Attributes:
        thread_id: The thread it belongs to.
        checkpoint_ns: Which of the thread's graphs it is of: "" for the outermost.
        checkpoint_id: Its id; None if what failed is no single checkpoint.
        channel: The channel whose value cannot be read; None if it is more than one.
    """

    def __init__(
        self,
        message: str,
        thread_id: Any = None,
        checkpoint_ns: str = "",
        checkpoint_id: Optional[str] = None,
        channel: Optional[str] = None,
    ) -> None:
        super().__init__(message)
        self.thread_id = thread_id
        self.checkpoint_ns = checkpoint_ns
        self.checkpoint_id = checkpoint_id
        self.channel = channel

    def __reduce__(self) -> Any:
        where = (self.thread_id, self.checkpoint_ns, self.checkpoint_id, self.channel)
        return type(self), (self.args[0], *where)


class EmptyChannelError(ChannelError):
    """A channel without a value was read."""


class InvalidUpdateError(ChannelError):
    """A channel was given updates that it does not take.

    Most often two nodes of one superstep wrote to a key that takes one value, or a node
    returned something that is no update of the state.
    """


class GraphRecursionError(PregelError, RecursionError):
    """A run took as many supersteps as it may and was not done.

    The limit is ``recursion_limit`` in the config of the run.
    """


class EmptyInputError(PregelError):
    """A run was given nothing to start with."""


class TaskNotFound(PregelError):
    """A task that was to be run elsewhere is not there."""


class GraphBubbleUp(Exception):
    """Unwinds a run, up to the graph that it is meant for. Not a failure."""


class GraphDrained(GraphBubbleUp):
    """A run stopped between two supersteps because it was asked to; it can be resumed.

    Attributes:
        reason: What was given to `RunControl.request_drain`.
    """

    def __init__(self, reason: str = "shutdown") -> None:
        self.reason = reason
        super().__init__(f"Graph drained: {reason}")


class GraphInterrupt(GraphBubbleUp):
    """A task waits for answers. Its only argument is the sequence of its interrupts."""

    def __init__(self, interrupts: Sequence[Interrupt] = ()) -> None:
        super().__init__(interrupts)


class NodeInterrupt(GraphInterrupt):
    """The older way to interrupt: raised by a node. `langgraph.types.interrupt` replaces it."""

    __deprecated__ = (
        "NodeInterrupt is deprecated. Please use [`interrupt`][langgraph.types.interrupt] instead."
    )

    def __init__(self, value: Any, id: Optional[str] = None) -> None:
        from warnings import warn

        from langgraph_rust.types import Interrupt
        from langgraph_rust.warnings import LangGraphDeprecatedSinceV10

        warn(
            "NodeInterrupt is deprecated. Please use `langgraph.types.interrupt` instead.",
            LangGraphDeprecatedSinceV10,
            stacklevel=2,
        )
        super().__init__([Interrupt(value) if id is None else Interrupt(value, id)])


class ParentCommand(GraphBubbleUp):
    """A command on its way to the graph around this one. Its only argument is the command."""

    args: Tuple[Command]

    def __init__(self, command: Command) -> None:
        super().__init__(command)


class UnknownInterruptError(PregelError):
    """Strict resume: the answers do not fit the interrupts that wait for one.

    Raised before anything is written, so the interrupts can still be answered.

    Attributes:
        reason: ``"not_pending"`` if it answers interrupts that wait for none,
            ``"empty_map"`` if it answers nothing, ``"ambiguous"`` if one bare value meets
            several interrupts.
        interrupt_ids: With ``"not_pending"``, the ids that were answered in vain.
        pending_ids: The ids that wait for an answer.
    """

    reason: Literal["not_pending", "empty_map", "ambiguous"]
    interrupt_ids: Tuple[str, ...]
    pending_ids: Tuple[str, ...]

    def __init__(
        self,
        message: str,
        *,
        reason: Literal["not_pending", "empty_map", "ambiguous"],
        interrupt_ids: Sequence[str] = (),
        pending_ids: Sequence[str] = (),
    ) -> None:
        super().__init__(message)
        self.reason = reason
        self.interrupt_ids = tuple(interrupt_ids)
        self.pending_ids = tuple(pending_ids)


@record(frozen=True)
class NodeError:
    """What an error handler is told: a parameter annotated so receives it.

    Attributes:
        node: The node that failed.
        error: What it raised.
    """

    __slots__ = ("node", "error")

    node: str
    error: BaseException

    def __init__(self, node: str, error: BaseException) -> None:
        object.__setattr__(self, "node", node)
        object.__setattr__(self, "error", error)


class NodeCancelledError(PregelError):
    """A node raised ``asyncio.CancelledError`` of its own accord.

    The run did not cancel it, so it counts as a failure of the node.

    Attributes:
        node: The node.
    """

    node: str

    def __init__(self, node: str, message: Optional[str] = None) -> None:
        super().__init__(message or f"Node {node!r} raised asyncio.CancelledError")
        self.node = node


class NodeTimeoutError(PregelError):
    """An attempt of a node took longer than its `TimeoutPolicy` allows.

    It is not a `TimeoutError`, which as an `OSError` would not be retried by default.

    Attributes:
        node: The node.
        kind: Which limit was passed: ``"idle"`` or ``"run"``.
        timeout: That limit, in seconds.
        elapsed: How long the attempt had run, in seconds.
        idle_timeout: The policy's idle limit in seconds, if any.
        run_timeout: The policy's run limit in seconds, if any.
    """

    node: str
    timeout: float
    run_timeout: Optional[float]
    idle_timeout: Optional[float]
    elapsed: float
    kind: Literal["idle", "run"]

    def __init__(
        self,
        node: str,
        elapsed: float,
        *,
        kind: Literal["idle", "run"],
        idle_timeout: Optional[float] = None,
        run_timeout: Optional[float] = None,
    ) -> None:
        if kind not in ("idle", "run"):
            raise ValueError("kind must be 'idle' or 'run'")
        limit = idle_timeout if kind == "idle" else run_timeout
        if limit is None:
            raise ValueError(f"{kind}_timeout is required when kind='{kind}'")
        stalled = " without making progress" if kind == "idle" else ""
        super().__init__(
            f"Node '{node}' exceeded its {kind} timeout of {limit:.3f}s{stalled} "
            f"(elapsed: {elapsed:.3f}s)."
        )
        self.node = node
        self.timeout = limit
        self.elapsed = elapsed
        self.kind = kind
        self.idle_timeout = idle_timeout
        self.run_timeout = run_timeout


_INVALID_RESUME = "_langgraph_invalid_resume"


def _mark_invalid_resume(error: BaseException) -> None:
    setattr(error, _INVALID_RESUME, True)


def is_invalid_resume(error: BaseException) -> bool:
    """Whether an error says that an answer did not fit the `response_schema` of its interrupt.

    Such an answer was not saved; the interrupt can be answered again.
    """
    return getattr(error, _INVALID_RESUME, False) is True


if not TYPE_CHECKING:
    __getattr__ = find_elsewhere(
        __name__,
        {
            "langgraph_rust.types": "Command Interrupt",
            "langgraph_rust.warnings": "LangGraphDeprecatedSinceV10",
        },
    )

name_as_upstream(globals())
EmptyChannelError.__module__ = "langgraph.checkpoint.base"
