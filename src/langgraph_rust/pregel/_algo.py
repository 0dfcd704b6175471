"""The engine's plan and barrier as functions on channel objects and checkpoint dicts.

Imported by upstream's tests and by other packages. Nothing is decided here: each call makes a
`State` of the engine over the given channel objects and writes back what it came to.
"""

from __future__ import annotations

from typing import Any, Callable, Dict, Iterable, Mapping, Optional, Sequence, Set

from langgraph_rust import _engine
from langgraph_rust._internal._constants import NULL_TASK_ID as NULL_TASK_ID
from langgraph_rust.pregel._io import read_channels as read_channels
from langgraph_rust.pregel._loaded import Writes as PregelTaskWrites

GetNextVersion = Callable[[Any, None], Any]

__all__ = (
    "GetNextVersion",
    "PregelTaskWrites",
    "apply_writes",
    "increment",
    "prepare_next_tasks",
    "task_path_str",
)


def task_path_str(tup: Any) -> str:
    """Return the key by which savers sort the writes of a task with this path."""
    return _engine.path_sort_key(tup)


def increment(current: Optional[int], channel: None) -> int:
    """Return the version after `current`, of runs without a saver."""
    return 1 if current is None else current + 1


def _state(
    nodes: Mapping[str, Any],
    channels: Mapping[str, Any],
    managed: Mapping[str, Any],
    checkpoint: Any,
    pending_writes: Any,
    config: Any,
    step: int,
    stop: int,
    **options: Any,
) -> Any:
    graph = _engine.Graph(
        dict(nodes),
        {**channels, **managed},
        input_channels=[],
        output_channels=[],
        stream_channels=[],
        retry_policy=options.pop("retry_policy", None),
        cache_policy=options.pop("cache_policy", None),
    )
    return _engine.State(
        graph,
        checkpoint,
        list(pending_writes),
        config,
        step,
        stop,
        channels=dict(channels) or None,
        **options,
    )


def prepare_next_tasks(
    checkpoint: Any,
    pending_writes: Any,
    processes: Mapping[str, Any],
    channels: Mapping[str, Any],
    managed: Mapping[str, Any],
    config: Any,
    step: int,
    stop: int,
    *,
    for_execution: bool,
    store: Any = None,
    checkpointer: Any = None,
    manager: Any = None,
    trigger_to_nodes: Optional[Mapping[str, Sequence[str]]] = None,
    updated_channels: Optional[Set[str]] = None,
    retry_policy: Sequence[Any] = (),
    cache_policy: Any = None,
) -> Dict[str, Any]:
    """Return the tasks of the next superstep by id.

    Args:
        checkpoint: Where the channels stand; its marks tell what each node has seen.
        pending_writes: Of the superstep, `(task id, channel, value)`.
        processes: The nodes.
        channels: Their channels.
        managed: Managed values.
        config: What the tasks' configs derive from.
        step: The number of the superstep.
        stop: The number before which the run must be done.
        for_execution: `PregelExecutableTask`s rather than `PregelTask`s.
    """
    state = _state(
        processes,
        channels,
        managed,
        checkpoint,
        pending_writes,
        config,
        step,
        stop,
        store=store,
        checkpointer=checkpointer,
        retry_policy=retry_policy,
        cache_policy=cache_policy,
    )
    return state.plan(for_execution, with_config=for_execution)


def apply_writes(
    checkpoint: Any,
    channels: Mapping[str, Any],
    tasks: Iterable[Any],
    get_next_version: Optional[GetNextVersion],
    trigger_to_nodes: Mapping[str, Sequence[str]],
) -> Set[str]:
    """Apply the writes of `tasks` to the channels; return the names of those that changed.

    The marks of `checkpoint` are brought up to date in place. Without `get_next_version` values
    change and no marks.
    """
    from langgraph_rust.pregel._read import PregelNode

    nodes: Dict[str, Any] = {}
    for channel, names in trigger_to_nodes.items():
        for name in names:
            node = nodes.setdefault(name, PregelNode(channels=[], triggers=[]))
            node.triggers.append(channel)
    state = _state(nodes, channels, {}, checkpoint, (), {}, 0, 0, get_next_version=get_next_version)
    updated = state.apply(list(tasks))
    checkpoint["channel_versions"].update(state.versions)
    checkpoint["versions_seen"].update(state.versions_seen)
    return updated
