"""The shapes of what a run streams with ``version="v2"``. Public as names of ``types``.

Apart because fifteen TypedDicts cost more to define than most programs make of them.
"""

from typing import TYPE_CHECKING, Any, Dict, Generic, List, Optional, Tuple, Union

from typing_extensions import Literal, NotRequired, TypeAliasType, TypedDict, TypeVar

from langgraph_rust._internal._compat import name_as_upstream
from langgraph_rust.types import Interrupt, StateSnapshot

StateT = TypeVar("StateT")
OutputT = TypeVar("OutputT")

if TYPE_CHECKING:
    from langchain_core.messages import AnyMessage as _Message
    from langchain_core.runnables import RunnableConfig as _Config

    from langgraph_rust.checkpoint.base import CheckpointMetadata as _Metadata
else:
    # langchain-core is not imported for the sake of annotations
    _Message = Any
    _Config = _Metadata = Dict[str, Any]


class TaskPayload(TypedDict):
    """A task starts: its id, node, input, the channels that triggered it, and its metadata."""

    id: str
    name: str
    input: Any
    triggers: List[str]
    metadata: NotRequired[Dict[str, Any]]


class TaskResultPayload(TypedDict):
    """A task has ended: its error or else what it wrote, by channel, and what it asked."""

    id: str
    name: str
    error: Optional[str]
    interrupts: List[dict]
    result: Dict[str, Any]


class CheckpointTask(TypedDict):
    """A task of a checkpoint. `error` is there if it failed, `result` if it ended."""

    id: str
    name: str
    error: NotRequired[str]
    result: NotRequired[Any]
    interrupts: NotRequired[List[dict]]
    state: Union[StateSnapshot, _Config, None]


class CheckpointPayload(TypedDict, Generic[StateT]):
    """A checkpoint, as `get_state` shows it."""

    config: Optional[_Config]
    metadata: _Metadata
    values: StateT
    next: List[str]
    parent_config: Optional[_Config]
    tasks: List[CheckpointTask]


class _DebugCheckpointPayload(TypedDict, Generic[StateT]):
    step: int
    timestamp: str
    type: Literal["checkpoint"]
    payload: CheckpointPayload[StateT]


class _DebugTaskPayload(TypedDict):
    step: int
    timestamp: str
    type: Literal["task"]
    payload: TaskPayload


class _DebugTaskResultPayload(TypedDict):
    step: int
    timestamp: str
    type: Literal["task_result"]
    payload: TaskResultPayload


DebugPayload = TypeAliasType(
    "DebugPayload",
    Union[_DebugCheckpointPayload[StateT], _DebugTaskPayload, _DebugTaskResultPayload],
    type_params=(StateT,),
)
"""What the ``debug`` mode wraps a checkpoint or task in; ``type`` tells which it is."""


class ValuesStreamPart(TypedDict, Generic[OutputT]):
    """Of ``values``: the state after a superstep."""

    type: Literal["values"]
    ns: Tuple[str, ...]
    data: OutputT
    interrupts: Tuple[Interrupt, ...]


class UpdatesStreamPart(TypedDict):
    """Of ``updates``: what tasks wrote, by node; also ``__interrupt__`` and ``__metadata__``."""

    type: Literal["updates"]
    ns: Tuple[str, ...]
    data: Dict[str, Any]


class MessagesStreamPart(TypedDict):
    """Of ``messages``: a message or a piece of one, and the metadata of its task."""

    type: Literal["messages"]
    ns: Tuple[str, ...]
    data: Tuple[_Message, Dict[str, Any]]


class CustomStreamPart(TypedDict):
    """Of ``custom``: what a node gave to its `StreamWriter`."""

    type: Literal["custom"]
    ns: Tuple[str, ...]
    data: Any


class CheckpointStreamPart(TypedDict, Generic[StateT]):
    """Of ``checkpoints``: a checkpoint."""

    type: Literal["checkpoints"]
    ns: Tuple[str, ...]
    data: CheckpointPayload[StateT]


class TasksStreamPart(TypedDict):
    """Of ``tasks``: a task that starts, or one that has ended."""

    type: Literal["tasks"]
    ns: Tuple[str, ...]
    data: Union[TaskPayload, TaskResultPayload]


class DebugStreamPart(TypedDict, Generic[StateT]):
    """Of ``debug``: a checkpoint or a task, with its superstep and time."""

    type: Literal["debug"]
    ns: Tuple[str, ...]
    data: DebugPayload[StateT]


StreamPart = TypeAliasType(
    "StreamPart",
    Union[
        ValuesStreamPart[OutputT],
        UpdatesStreamPart,
        MessagesStreamPart,
        CustomStreamPart,
        CheckpointStreamPart[StateT],
        TasksStreamPart,
        DebugStreamPart[StateT],
    ],
    type_params=(StateT, OutputT),
)
"""Any part of a stream; ``part["type"]`` tells which."""

name_as_upstream(globals(), "types")
