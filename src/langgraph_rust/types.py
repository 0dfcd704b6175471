"""What a program says to a graph and a graph to a program.

Commands, sends and interrupts; snapshots and tasks. The policies of a node come from
`_policies`; the shapes of streamed parts are in `_stream_parts` and loaded when asked for.
Annotations are evaluated here, so that `typing.get_type_hints` needs no module named as these
classes are, and none of the libraries their fields speak of.
"""

import sys
from typing import (
    TYPE_CHECKING,
    Any,
    Callable,
    ClassVar,
    Deque,
    Dict,
    Generic,
    Hashable,
    List,
    NamedTuple,
    Optional,
    Sequence,
    Tuple,
    Type,
    Union,
    final,
    overload,
)
from warnings import warn

from typing_extensions import Literal, TypeVar, deprecated

from langgraph_rust._internal._compat import dataclass, name_as_upstream
from langgraph_rust._internal._constants import (
    CONFIG_KEY_CHECKPOINT_NS,
    CONFIG_KEY_SCRATCHPAD,
    CONFIG_KEY_SEND,
    NS_SEP,
    RESUME,
)
from langgraph_rust._internal._constants import INTERRUPT as _INTERRUPT_KEY
from langgraph_rust._internal._fields import get_cached_annotated_keys, get_update_as_tuples
from langgraph_rust._internal._typing import MISSING
from langgraph_rust._policies import (
    CachePolicy,
    KeyFuncT,
    RetryPolicy,
    TimeoutPolicy,
    TracePolicy,
    default_cache_key,
    default_retry_on,
    omit_payload,
)
from langgraph_rust.config import get_config
from langgraph_rust.errors import GraphInterrupt, _mark_invalid_resume
from langgraph_rust.warnings import LangGraphDeprecatedSinceV10, LangGraphDeprecatedSinceV11

if TYPE_CHECKING:
    from datetime import timedelta

    from langchain_core.runnables import Runnable, RunnableConfig
    from pydantic import TypeAdapter
    from typing_extensions import Unpack

    from langgraph_rust._internal._typing import DeprecatedKwargs
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
    from langgraph_rust.checkpoint.base import BaseCheckpointSaver, CheckpointMetadata
    from langgraph_rust.pregel.protocol import PregelProtocol

    Checkpointer = Union[None, bool, BaseCheckpointSaver[Any]]
    _Config = RunnableConfig
    _Metadata = CheckpointMetadata
    _Runnable = Runnable[Any, Any]
    _Graph = PregelProtocol
    _Snapshot = "StateSnapshot"
else:
    _Config = _Metadata = Dict[str, Any]
    _Runnable = _Graph = _Snapshot = Any

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
ResponseT = TypeVar("ResponseT", default=Any)
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
    # Nodes are recognised by this very annotation, which people write without `typing` too.
    from collections.abc import Callable as _AnyCallable

    StreamWriter = _AnyCallable[[Any], None]
else:
    StreamWriter = Callable[[Any], None]
"""What a node is given to write to the ``custom`` stream; does nothing when nobody streams it."""

_DC_KWARGS = {"kw_only": True, "slots": True, "frozen": True}


def ensure_valid_checkpointer(checkpointer: "Checkpointer") -> "Checkpointer":
    """Return a checkpointer as it is.

    Raises:
        TypeError: If it is neither a saver, nor a bool, nor None.
    """
    if checkpointer in (None, True, False) or isinstance(checkpointer, _saver_types()):
        return checkpointer
    raise TypeError(
        "Invalid checkpointer provided. Expected an instance of "
        "`BaseCheckpointSaver`, `True`, `False`, or `None`. "
        f"Received {type(checkpointer).__name__!s}. "
        "Pass a proper saver (e.g., InMemorySaver, AsyncPostgresSaver)."
    )


def _saver_types() -> Tuple[type, ...]:
    from langgraph_rust.checkpoint.base import BaseCheckpointSaver

    # Without install(), savers of other distributions derive from LangGraph's own base.
    theirs = getattr(sys.modules.get("langgraph.checkpoint.base"), "BaseCheckpointSaver", None)
    return (BaseCheckpointSaver,) if theirs is None else (BaseCheckpointSaver, theirs)


@dataclass(frozen=True)
class GraphOutput(Generic[OutputT]):
    """What `invoke` returns with ``version="v2"``.

    Attributes:
        value: The output of the graph.
        interrupts: The interrupts it stopped at.
    """

    value: OutputT
    interrupts: "Tuple[Interrupt[Any], ...]" = ()

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


_DEFAULT_INTERRUPT_ID = "placeholder-id"


def _interrupt_id(ns: str, answered: int) -> str:
    # The answers a task already has number its questions; calls that run in parallel within
    # one task would not. The first question's id is the hash of the bare namespace, which is
    # all there was when a task had one id: what was saved then still matches.
    return _hash_text(f"{ns}{NS_SEP}{answered}" if answered else ns)


def _hash_text(text: str) -> str:
    try:
        from langgraph_rust._engine import xxh3_128_hexdigest
    except ImportError:
        from xxhash import xxh3_128_hexdigest
    return xxh3_128_hexdigest(text.encode())


@final
@dataclass(init=False, slots=True)
class Interrupt(Generic[ResponseT]):
    """A question that a task waits to have answered.

    Attributes:
        value: The question.
        id: What an answer names it by.
        response_schema: What an answer must look like, as JSON schema, if the question said so.
    """

    value: Any
    id: str
    response_schema: Union[Type[ResponseT], Dict[str, Any], None] = None

    def __init__(
        self,
        value: Any,
        id: str = _DEFAULT_INTERRUPT_ID,
        *,
        response_schema: Union[Type[ResponseT], Dict[str, Any], None] = None,
        **deprecated_kwargs: "Unpack[DeprecatedKwargs]",
    ) -> None:
        ns: Any = deprecated_kwargs.get("ns", MISSING)
        if id == _DEFAULT_INTERRUPT_ID and isinstance(ns, Sequence):
            id = _hash_text(NS_SEP.join(ns))
        self.value = value
        self.id = id
        self.response_schema = response_schema

    @classmethod
    def from_ns(
        cls,
        value: Any,
        ns: str,
        *,
        response_schema: Union[Type[ResponseT], Dict[str, Any], None] = None,
    ) -> "Interrupt[ResponseT]":
        """The first interrupt of the task whose checkpoint namespace is `ns`."""
        return cls(value, _interrupt_id(ns, 0), response_schema=response_schema)

    @property
    @deprecated("`interrupt_id` is deprecated. Use `id` instead.", category=None)
    def interrupt_id(self) -> str:
        """The former name of `id`."""
        warn(
            "`interrupt_id` is deprecated. Use `id` instead.",
            LangGraphDeprecatedSinceV10,
            stacklevel=2,
        )
        return self.id


class StateUpdate(NamedTuple):
    """One update of a saved state from outside.

    Attributes:
        values: What is written.
        as_node: The node it counts as written by.
        task_id: The task it counts as written by.
    """

    values: Optional[Dict[str, Any]]
    as_node: Optional[str] = None
    task_id: Optional[str] = None


class CacheKey(NamedTuple):
    """Where the writes of a task are cached.

    Attributes:
        ns: The namespace: one per node and version of its code.
        key: The key within it.
        ttl: Seconds the entry lives; None for ever.
    """

    ns: Tuple[str, ...]
    key: str
    ttl: Optional[int]


class PregelTask(NamedTuple):
    """A task as a snapshot shows it.

    Attributes:
        id: Its id.
        name: The node it runs.
        path: What made it: a trigger, a send or a call, and where in the superstep it stands.
        error: What it raised, if it failed.
        interrupts: The questions it asked.
        state: If it runs a subgraph: the subgraph's snapshot, or the config to get it by.
        result: What it wrote, if it ended.
    """

    id: str
    name: str
    path: Tuple[Union[str, int, tuple], ...]
    error: Optional[Exception] = None
    interrupts: Tuple[Interrupt, ...] = ()
    state: Union[None, _Config, _Snapshot] = None
    result: Optional[Any] = None


class StateSnapshot(NamedTuple):
    """The state of a graph at a checkpoint.

    Attributes:
        values: The state.
        next: The nodes that run next, one entry a task.
        config: The config that leads to this checkpoint.
        metadata: The checkpoint's metadata.
        created_at: When it was made, as ISO 8601.
        parent_config: The config that leads to the checkpoint before it.
        tasks: The tasks of the next superstep, with what they have done so far.
        interrupts: The questions of those tasks. Of the latest state only those that wait for
            an answer; of a checkpoint that is named, or in the history, the latest each task
            asked, answered or not.
    """

    values: Union[Dict[str, Any], Any]
    next: Tuple[str, ...]
    config: _Config
    metadata: Optional[_Metadata]
    created_at: Optional[str]
    parent_config: Optional[_Config]
    tasks: Tuple[PregelTask, ...]
    interrupts: Tuple[Interrupt, ...]


if sys.version_info > (3, 11):
    _T_DC_KWARGS = {"weakref_slot": True, "slots": True, "frozen": True}
else:
    _T_DC_KWARGS = {"frozen": True}


@dataclass(**_T_DC_KWARGS)  # type: ignore[call-overload]
class PregelExecutableTask:
    """A task ready to be run: its node, input and config, and the deque its writes go to."""

    name: str
    input: Any
    proc: _Runnable
    writes: Deque[Tuple[str, Any]]
    config: _Config
    triggers: Sequence[str]
    retry_policy: Sequence[RetryPolicy]
    cache_key: Optional[CacheKey]
    id: str
    path: Tuple[Union[str, int, tuple], ...]
    writers: Sequence[_Runnable] = ()
    subgraphs: Sequence[_Graph] = ()
    timeout: Optional[TimeoutPolicy] = None


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


@dataclass(kw_only=True, slots=True, frozen=True)
class Command(Generic[N], ToolOutputMixin):
    """Update the state, go to nodes, answer interrupts: any of these at once.

    A node returns it; a program gives it to a graph as input.

    Attributes:
        graph: Whom it is for: None for this graph, `Command.PARENT` for the one around it.
        update: The update of the state.
        resume: The answer to the next interrupt, or a dict of answers by interrupt id.
        goto: Where to go next: a node's name, a `Send`, or a sequence of these.
    """

    graph: Optional[str] = None
    update: Optional[Any] = None
    resume: Union[Dict[str, Any], Any, None] = None
    goto: Union[Send, Sequence[Union[Send, N]], N] = ()

    PARENT: ClassVar[Literal["__parent__"]] = "__parent__"

    def __post_init__(self) -> None:
        if ToolOutputMixin in Command.__bases__ and _TOOL_MODULE in sys.modules:
            _join_tool_outputs()

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


_TOOL_MODULE = "langchain_core.messages.tool"


def _join_tool_outputs() -> None:
    """Make commands what langchain-core lets a tool return as it is, once that is loaded."""
    mixin = getattr(sys.modules.get(_TOOL_MODULE), "ToolOutputMixin", None)
    if mixin is not None and ToolOutputMixin in Command.__bases__:
        Command.__bases__ = tuple(mixin if b is ToolOutputMixin else b for b in Command.__bases__)


@overload
def interrupt(value: Any, *, response_schema: Type[ResponseT]) -> ResponseT: ...


@overload
def interrupt(value: Any, *, response_schema: Optional[Dict[str, Any]] = None) -> Any: ...


def interrupt(
    value: Any, *, response_schema: Union[Dict[str, Any], type, None] = None
) -> Any:
    """Ask a question from within a node, and stop until it is answered.

    Asked for the first time it ends the task; the question is streamed and saved, so the graph
    needs a checkpointer. Answered by `Command(resume=...)`, the node runs anew from its
    beginning, and the call returns the answer. Several calls of one task are told apart by their
    order.

    Args:
        value: The question.
        response_schema: What an answer must look like: a JSON schema, which is passed on and not
            checked, or a pydantic model, TypedDict or dataclass, to which an answer is
            converted.

    Returns:
        The answer.

    Raises:
        GraphInterrupt: If there is no answer yet. Let it pass.
        pydantic.ValidationError: If the answer does not fit. It is not saved; answer again.
        RuntimeError: If called outside of a task.
    """
    conf = get_config()["configurable"]
    adapter = _answer_adapter(response_schema)
    scratchpad = conf[CONFIG_KEY_SCRATCHPAD]
    number = scratchpad.interrupt_counter()
    answers: List[Any] = scratchpad.resume
    if number < len(answers):
        answer = _checked_answer(adapter, answers[number])
        conf[CONFIG_KEY_SEND]([(RESUME, answers[: number + 1])])
        return answer
    given = scratchpad.get_null_resume(True)
    if given is not None:
        assert len(answers) == number, (answers, number)
        answer = _checked_answer(adapter, given)
        answers.append(given)
        conf[CONFIG_KEY_SEND]([(RESUME, answers)])
        return answer
    raise GraphInterrupt(
        (
            Interrupt(
                value,
                _interrupt_id(conf[CONFIG_KEY_CHECKPOINT_NS], len(answers)),
                response_schema=adapter.json_schema() if adapter else response_schema,
            ),
        )
    )


def _answer_adapter(schema: Any) -> "Optional[TypeAdapter[Any]]":
    if schema is None or isinstance(schema, dict):
        return None
    from pydantic import TypeAdapter

    return TypeAdapter(schema)


def _checked_answer(adapter: "Optional[TypeAdapter[Any]]", answer: Any) -> Any:
    if adapter is None:
        return answer
    from pydantic import ValidationError

    try:
        return adapter.validate_python(answer)
    except ValidationError as error:
        _mark_invalid_resume(error)
        raise


@dataclass(slots=True)
class Overwrite:
    """Replace the value of a reducing channel, past its reducer.

    A channel takes one of them a superstep.

    Attributes:
        value: The new value.
        type: Marks an overwrite that has become a plain dict on its way through JSON.
    """

    value: Any
    type: Literal["__overwrite__"] = "__overwrite__"


_ELSEWHERE = {
    "AnyMessage": "langchain_core.messages",
    "BaseCheckpointSaver": "langgraph_rust.checkpoint.base",
    "CheckpointMetadata": "langgraph_rust.checkpoint.base",
    "Runnable": "langchain_core.runnables",
    "RunnableConfig": "langchain_core.runnables",
}


def __getattr__(name: str) -> Any:
    from importlib import import_module

    if name == "Checkpointer":
        from langgraph_rust.checkpoint.base import BaseCheckpointSaver

        value = Union[None, bool, BaseCheckpointSaver]
    elif name in _ELSEWHERE:
        value = getattr(import_module(_ELSEWHERE[name]), name)
    elif name in __all__ or name.endswith("Payload"):
        value = getattr(import_module("langgraph_rust._stream_parts"), name)
    else:
        raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
    globals()[name] = value
    return value


name_as_upstream(globals())
_join_tool_outputs()
