"""Tasks, and the state between two supersteps. Public as names of ``types``."""

from typing import TYPE_CHECKING, Any, Deque, Dict, NamedTuple, Optional, Sequence, Tuple, Union

from langgraph_rust._internal._compat import name_as_upstream
from langgraph_rust._internal._record import record
from langgraph_rust._interrupts import Interrupt
from langgraph_rust._policies import RetryPolicy, TimeoutPolicy

if TYPE_CHECKING:
    from langchain_core.runnables import Runnable as _Runnable
    from langchain_core.runnables import RunnableConfig as _Config

    from langgraph_rust.checkpoint.base import CheckpointMetadata as _Metadata
    from langgraph_rust.pregel.protocol import PregelProtocol as _Graph

    _TaskState = Union[None, _Config, "StateSnapshot"]
else:
    _Config = _Metadata = Dict[str, Any]
    _Runnable = _Graph = _TaskState = Any


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
    state: _TaskState = None
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


@record(frozen=True)
class PregelExecutableTask:
    """A task ready to be run: its node, input and config, and the deque its writes go to."""

    __slots__ = (
        "name",
        "input",
        "proc",
        "writes",
        "config",
        "triggers",
        "retry_policy",
        "cache_key",
        "id",
        "path",
        "writers",
        "subgraphs",
        "timeout",
        "__weakref__",
    )

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
    writers: Sequence[_Runnable]
    subgraphs: Sequence[_Graph]
    timeout: Optional[TimeoutPolicy]

    def __init__(
        self,
        name: str,
        input: Any,
        proc: _Runnable,
        writes: Deque[Tuple[str, Any]],
        config: _Config,
        triggers: Sequence[str],
        retry_policy: Sequence[RetryPolicy],
        cache_key: Optional[CacheKey],
        id: str,
        path: Tuple[Union[str, int, tuple], ...],
        writers: Sequence[_Runnable] = (),
        subgraphs: Sequence[_Graph] = (),
        timeout: Optional[TimeoutPolicy] = None,
    ) -> None:
        put = object.__setattr__
        put(self, "name", name)
        put(self, "input", input)
        put(self, "proc", proc)
        put(self, "writes", writes)
        put(self, "config", config)
        put(self, "triggers", triggers)
        put(self, "retry_policy", retry_policy)
        put(self, "cache_key", cache_key)
        put(self, "id", id)
        put(self, "path", path)
        put(self, "writers", writers)
        put(self, "subgraphs", subgraphs)
        put(self, "timeout", timeout)


name_as_upstream(globals(), "types")
