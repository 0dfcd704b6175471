"""What a program says to a graph and a graph to a program.

Commands and sends are here, questions in `_interrupts`, tasks and snapshots in `_tasks`, the
policies of a node in `_policies`, the shapes of streamed parts in `_stream_parts`; tasks and the
shapes are loaded when asked for.
Annotations are evaluated here, so that `typing.get_type_hints` needs no module named as these
classes are, and none of the libraries their fields speak of.
"""

import sys
from typing import (
    TYPE_CHECKING,
    Any,
    ClassVar,
    Dict,
    Generic,
    Hashable,
    Optional,
    Sequence,
    Tuple,
    Union,
)
from warnings import warn

from langgraph_rust._internal._compat import name_as_upstream
from langgraph_rust._internal._constants import INTERRUPT as _INTERRUPT_KEY
from langgraph_rust._internal._elsewhere import find_elsewhere
from langgraph_rust._internal._fields import get_cached_annotated_keys, get_update_as_tuples
from langgraph_rust._internal._newer_typing import Literal, TypeVar
from langgraph_rust._internal._record import record
from langgraph_rust._interrupts import (
    Interrupt,
    _interrupt_id,  # noqa: F401
    interrupt,
)
from langgraph_rust._interrupts import (
    ResponseT as ResponseT,
)
from langgraph_rust._langchain.register import when_imported
from langgraph_rust._policies import (
    CachePolicy,
    RetryPolicy,
    TimeoutPolicy,
    TracePolicy,
    default_cache_key,  # noqa: F401
    default_retry_on,  # noqa: F401
    omit_payload,
)
from langgraph_rust._policies import (
    KeyFuncT as KeyFuncT,
)
from langgraph_rust.warnings import LangGraphDeprecatedSinceV11

if TYPE_CHECKING:
    from datetime import timedelta

    from langgraph_rust._stream_parts import (
        CheckpointPayload,
        CheckpointStreamPart,
        CheckpointTask,
        CustomStreamPart,
        DebugPayload,
        DebugStreamPart,
        MessagesStreamPart,
        StreamPart,
        TaskPayload,
        TaskResultPayload,
        TasksStreamPart,
        UpdatesStreamPart,
        ValuesStreamPart,
    )
    from langgraph_rust._tasks import (
        CacheKey as CacheKey,
    )
    from langgraph_rust._tasks import (
        PregelExecutableTask,
        PregelTask,
        StateSnapshot,
        StateUpdate,
    )
    from langgraph_rust.checkpoint.base import BaseCheckpointSaver

    Checkpointer = Union[None, bool, BaseCheckpointSaver[Any]]

__all__ = (
    "All",
    "Checkpointer",
    "StreamMode",
    "StreamWriter",
    "StreamPart",
    "ValuesStreamPart",
    "UpdatesStreamPart",
    "MessagesStreamPart",
    "CustomStreamPart",
    "CheckpointStreamPart",
    "TasksStreamPart",
    "DebugStreamPart",
    "TaskPayload",
    "TaskResultPayload",
    "CheckpointTask",
    "CheckpointPayload",
    "DebugPayload",
    "RetryPolicy",
    "TimeoutPolicy",
    "CachePolicy",
    "TracePolicy",
    "omit_payload",
    "Interrupt",
    "StateUpdate",
    "PregelTask",
    "PregelExecutableTask",
    "StateSnapshot",
    "Send",
    "Command",
    "Durability",
    "interrupt",
    "Overwrite",
    "GraphOutput",
    "ensure_valid_checkpointer",
)

OutputT = TypeVar("OutputT")
N = TypeVar("N", bound=Hashable)

Durability = Literal["sync", "async", "exit"]
"""When a checkpoint is saved: before the next superstep, during it, or once the run ends."""

All = Literal["*"]
"""In the place of a list of nodes: every one."""

StreamMode = Literal["values", "updates", "checkpoints", "tasks", "debug", "messages", "custom"]
"""What a run streams.

``values``: the state after each superstep. ``updates``: what each task wrote. ``checkpoints``:
each checkpoint, as `get_state` shows it. ``tasks``: each task as it starts and ends. ``debug``:
checkpoints and tasks. ``messages``: the tokens of chat models. ``custom``: what nodes give to
their `StreamWriter`.
"""

if sys.version_info >= (3, 9, 2):
    # Parameters are recognised by this very annotation, which may be written without `typing`.
    from collections.abc import Callable
else:
    from typing import Callable

StreamWriter = Callable[[Any], None]
"""What a node is given to write to the ``custom`` stream; does nothing when nobody streams it."""


# Taken from here by LangGraph's own modules, where only some are replaced by ours.
_DC_KWARGS = {"kw_only": True, "slots": True, "frozen": True}


def ensure_valid_checkpointer(checkpointer: "Checkpointer") -> "Checkpointer":
    """Return a checkpointer as it is.

    Raises:
        TypeError: If it is neither a saver, nor a bool, nor None.
    """
    if checkpointer in (None, True, False) or _is_saver(checkpointer):
        return checkpointer
    raise TypeError(
        "Invalid checkpointer provided. Expected an instance of "
        "`BaseCheckpointSaver`, `True`, `False`, or `None`. "
        f"Received {type(checkpointer).__name__!s}. "
        "Pass a proper saver (e.g., InMemorySaver, AsyncPostgresSaver)."
    )


def _is_saver(checkpointer: "Checkpointer") -> bool:
    from langgraph_rust.checkpoint.base._saver import is_saver

    return is_saver(checkpointer)


@record(frozen=True)
class GraphOutput(Generic[OutputT]):
    """What `invoke` returns with ``version="v2"``.

    Attributes:
        value: The output of the graph.
        interrupts: The interrupts it stopped at.
    """

    value: OutputT
    interrupts: Tuple[Interrupt, ...] = ()

    def __init__(self, value: OutputT, interrupts: Tuple[Interrupt, ...] = ()) -> None:
        object.__setattr__(self, "value", value)
        object.__setattr__(self, "interrupts", interrupts)

    def __getitem__(self, key: str) -> Any:
        warn(
            "Accessing GraphOutput via `result[key]` is deprecated. "
            "Use `result.value` to access the output value directly, "
            "or `result.interrupts` for interrupts.",
            LangGraphDeprecatedSinceV11,
            stacklevel=2,
        )
        if key == _INTERRUPT_KEY:
            return self.interrupts
        if isinstance(self.value, dict):
            return self.value[key]
        try:
            return getattr(self.value, key)
        except AttributeError:
            raise KeyError(key) from None

    def __contains__(self, key: object) -> bool:
        warn(
            "Accessing GraphOutput via `key in result` is deprecated. "
            "Use `result.value` to access the output value directly, "
            "or `result.interrupts` for interrupts.",
            LangGraphDeprecatedSinceV11,
            stacklevel=2,
        )
        if key == _INTERRUPT_KEY:
            return bool(self.interrupts)
        if isinstance(self.value, dict):
            return key in self.value
        return isinstance(key, str) and hasattr(self.value, key)


class Send:
    """Run a node in the next superstep, with an input of its own instead of the state.

    A conditional edge returns several of them to run one node over many inputs at once.

    Attributes:
        node: The node to run.
        arg: Its input.
        timeout: The timeout of this task; None for the node's own.
    """

    __slots__ = ("node", "arg", "timeout")

    node: str
    arg: Any
    timeout: Optional[TimeoutPolicy]

    def __init__(
        self,
        /,
        node: str,
        arg: Any,
        *,
        timeout: "Union[float, timedelta, TimeoutPolicy, None]" = None,
    ) -> None:
        self.node = node
        self.arg = arg
        self.timeout = None if timeout is None else TimeoutPolicy.coerce(timeout)

    def __hash__(self) -> int:
        return hash((self.node, self.arg, self.timeout))

    def __repr__(self) -> str:
        timeout = "" if self.timeout is None else f", timeout={self.timeout!r}"
        return f"Send(node={self.node!r}, arg={self.arg!r}{timeout})"

    def __eq__(self, value: object) -> bool:
        return (
            isinstance(value, Send)
            and self.node == value.node
            and self.arg == value.arg
            and self.timeout == value.timeout
        )


class ToolOutputMixin:
    """Stands in for langchain-core's class of this name until that is loaded."""


@record(frozen=True, kw_only=True)
class Command(Generic[N], ToolOutputMixin):
    """Update the state, go to nodes, answer interrupts: any of these at once.

    A node returns it; a program gives it to a graph as input.

    Attributes:
        graph: Whom it is for: None for this graph, `Command.PARENT` for the one around it.
        update: The update of the state.
        resume: The answer to the next interrupt, or a dict of answers by interrupt id.
        goto: Where to go next: a node's name, a `Send`, or a sequence of these.
    """

    __slots__ = ("graph", "update", "resume", "goto")

    graph: Optional[str]
    update: Optional[Any]
    resume: Union[Dict[str, Any], Any, None]
    goto: Union[Send, Sequence[Union[Send, N]], N]

    PARENT: ClassVar[Literal["__parent__"]] = "__parent__"

    def __init__(
        self,
        *,
        graph: Optional[str] = None,
        update: Optional[Any] = None,
        resume: Union[Dict[str, Any], Any, None] = None,
        goto: Union[Send, Sequence[Union[Send, N]], N] = (),
    ) -> None:
        object.__setattr__(self, "graph", graph)
        object.__setattr__(self, "update", update)
        object.__setattr__(self, "resume", resume)
        object.__setattr__(self, "goto", goto)

    def __repr__(self) -> str:
        from dataclasses import asdict

        given = ", ".join(f"{key}={value!r}" for key, value in asdict(self).items() if value)
        return f"Command({given})"

    def _update_as_tuples(self) -> Sequence[Tuple[str, Any]]:
        update = self.update
        if update is None:
            return []
        if isinstance(update, dict):
            return list(update.items())
        if isinstance(update, (list, tuple)) and all(
            isinstance(pair, tuple) and len(pair) == 2 and isinstance(pair[0], str)
            for pair in update
        ):
            return update
        keys = get_cached_annotated_keys(type(update))
        return get_update_as_tuples(update, keys) if keys else [("__root__", update)]


def _join_tool_outputs(module: Any) -> None:
    """Make commands what langchain-core lets a tool return as it is."""
    mixin = getattr(module, "ToolOutputMixin", ToolOutputMixin)
    Command.__bases__ = tuple(mixin if b is ToolOutputMixin else b for b in Command.__bases__)


@record()
class Overwrite:
    """Replace the value of a reducing channel, past its reducer.

    A channel takes one of them a superstep.

    Attributes:
        value: The new value.
        type: Marks an overwrite that has become a plain dict on its way through JSON.
    """

    __slots__ = ("value", "type")

    value: Any
    type: Literal["__overwrite__"]

    def __init__(self, value: Any, type: Literal["__overwrite__"] = "__overwrite__") -> None:
        self.value = value
        self.type = type


_find_elsewhere = find_elsewhere(
    __name__,
    {
        "langchain_core.messages": "AnyMessage",
        "langchain_core.runnables": "Runnable RunnableConfig",
        "langgraph_rust._internal._constants": "NS_SEP",
        "langgraph_rust._internal._typing": "DeprecatedKwargs MISSING",
        "langgraph_rust._stream_parts": "CheckpointPayload CheckpointStreamPart CheckpointTask "
        "CustomStreamPart DebugPayload DebugStreamPart MessagesStreamPart StateT StreamPart "
        "TaskPayload TaskResultPayload TasksStreamPart UpdatesStreamPart ValuesStreamPart "
        "_DebugCheckpointPayload _DebugTaskPayload _DebugTaskResultPayload",
        "langgraph_rust._tasks": "CacheKey PregelExecutableTask PregelTask StateSnapshot "
        "StateUpdate",
        "langgraph_rust.checkpoint.base": "BaseCheckpointSaver CheckpointMetadata",
        "langgraph_rust.warnings": "LangGraphDeprecatedSinceV10",
    },
)


if not TYPE_CHECKING:

    def __getattr__(name: str) -> Any:
        if name == "Checkpointer":
            from langgraph_rust.checkpoint.base import BaseCheckpointSaver

            return Union[None, bool, BaseCheckpointSaver]
        return _find_elsewhere(name)


name_as_upstream(globals())
when_imported("langchain_core.messages.tool", _join_tool_outputs)
