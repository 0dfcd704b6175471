"""What debugging shows of a run: its tasks, their results, its checkpoints."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Iterable, Iterator, Mapping, Sequence

from langgraph_rust._internal._compat import name_as_upstream
from langgraph_rust._internal._config import filter_to_user_tags, patch_checkpoint_map
from langgraph_rust._internal._constants import (
    CONF,
    CONFIG_KEY_CHECKPOINT_NS,
    ERROR,
    INTERRUPT,
    NS_END,
    NS_SEP,
    RETURN,
)
from langgraph_rust._internal._elsewhere import find_elsewhere
from langgraph_rust._internal._typing import MISSING
from langgraph_rust._tasks import PregelTask
from langgraph_rust.checkpoint.base import EXCLUDED_METADATA_KEYS
from langgraph_rust.constants import TAG_HIDDEN
from langgraph_rust.pregel._io import read_channels
from langgraph_rust.pregel._task_status import TaskStatus, read_task_statuses

if TYPE_CHECKING:
    from langchain_core.runnables import RunnableConfig

    from langgraph_rust.channels.base import BaseChannel
    from langgraph_rust.checkpoint.base import CheckpointMetadata, PendingWrite
    from langgraph_rust.types import (
        CheckpointPayload,
        PregelExecutableTask,
        StateSnapshot,
        TaskPayload,
        TaskResultPayload,
    )

_NOT_STARTED = TaskStatus()
COLOR_MAPPING = {
    name: f"0;3{digit}"
    for name, digit in (
        ("black", 0),
        ("red", 1),
        ("green", 2),
        ("yellow", 3),
        ("blue", 4),
        ("magenta", 5),
        ("cyan", 6),
        ("white", 7),
    )
}
COLOR_MAPPING["gray"] = "1;30"


_find_elsewhere = find_elsewhere(
    __name__,
    {
        "langgraph_rust.channels.base": "BaseChannel",
        "langgraph_rust.checkpoint.base": "CheckpointMetadata PendingWrite",
        "langgraph_rust.types": "CheckpointPayload PregelExecutableTask StateSnapshot TaskPayload "
        "TaskResultPayload",
    },
)


if not TYPE_CHECKING:

    def __getattr__(name: str) -> Any:
        if name == "TASK_NAMESPACE":
            from uuid import UUID

            return UUID("6ba7b831-9dad-11d1-80b4-00c04fd430c8")
        return _find_elsewhere(name)


def map_debug_tasks(tasks: Iterable[PregelExecutableTask]) -> Iterator[TaskPayload]:
    """Yield what is told of each task when it starts; nothing of hidden ones."""
    for task in tasks:
        config = task.config or {}
        if TAG_HIDDEN in (config.get("tags") or ()):
            continue
        payload: Any = {
            "id": task.id,
            "name": task.name,
            "input": task.input,
            "triggers": task.triggers,
        }
        metadata = {
            k: v
            for k, v in (config.get("metadata") or {}).items()
            if k not in EXCLUDED_METADATA_KEYS
        }
        tags = filter_to_user_tags(config.get("tags"))
        if tags is not None:
            metadata["tags"] = tags
        if metadata:
            payload["metadata"] = metadata
        yield payload


def is_multiple_channel_write(value: Any) -> bool:
    """Tell whether `value` is how several writes to one channel are shown."""
    return isinstance(value, dict) and isinstance(value.get("$writes"), list)


def map_task_result_writes(writes: Sequence[tuple[str, Any]]) -> dict[str, Any]:
    """Return `writes` by channel; several to one channel become `{"$writes": [...]}`."""
    result: dict[str, Any] = {}
    for channel, value in writes:
        present = result.get(channel)
        if present is None:
            result[channel] = value
        elif is_multiple_channel_write(present):
            result[channel] = {"$writes": [*present["$writes"], value]}
        else:
            result[channel] = {"$writes": [present, value]}
    return result


def map_debug_task_results(
    task_tup: tuple[PregelExecutableTask, Sequence[tuple[str, Any]]],
    stream_keys: str | Sequence[str],
) -> Iterator[TaskResultPayload]:
    """Yield what is told of a task when it ends: its writes to streamed channels, its error, its
    interrupts."""
    shown = [stream_keys] if isinstance(stream_keys, str) else stream_keys
    task, writes = task_tup
    raised = [
        each for channel, value in writes if channel == INTERRUPT for each in _as_sequence(value)
    ]
    yield {
        "id": task.id,
        "name": task.name,
        "error": next((value for channel, value in writes if channel == ERROR), None),
        "result": map_task_result_writes(
            [write for write in writes if write[0] in shown or write[0] == RETURN]
        ),
        "interrupts": _as_dicts(raised),
    }


def rm_pregel_keys(config: RunnableConfig | None) -> RunnableConfig | None:
    """Return `config` with nothing but `configurable`, without the engine's own keys in it."""
    if config is None:
        return None
    conf = config.get("configurable", {})
    return {
        "configurable": {
            key: value for key, value in conf.items() if not key.startswith("__pregel_")
        }
    }


def map_debug_checkpoint(
    config: RunnableConfig,
    channels: Mapping[str, BaseChannel],
    stream_channels: str | Sequence[str],
    metadata: CheckpointMetadata,
    tasks: Iterable[PregelExecutableTask],
    pending_writes: list[PendingWrite],
    parent_config: RunnableConfig | None,
    output_keys: str | Sequence[str],
) -> Iterator[CheckpointPayload]:
    """Yield what is told of a checkpoint: values, what comes next, and the tasks of that."""
    tasks = list(tasks)
    parent_ns = config[CONF].get(CONFIG_KEY_CHECKPOINT_NS, "")
    states: dict[str, Any] = {}
    for task in tasks:
        if task.subgraphs:
            task_ns = f"{task.name}{NS_END}{task.id}"
            task_ns = f"{parent_ns}{NS_SEP}{task_ns}" if parent_ns else task_ns
            states[task.id] = {
                CONF: {"thread_id": config[CONF]["thread_id"], CONFIG_KEY_CHECKPOINT_NS: task_ns}
            }
    yield {
        "config": rm_pregel_keys(patch_checkpoint_map(config, metadata)),
        "parent_config": rm_pregel_keys(patch_checkpoint_map(parent_config, metadata)),
        "values": read_channels(channels, stream_channels),
        "metadata": metadata,
        "next": [task.name for task in tasks],
        "tasks": [
            _shown(task) for task in tasks_w_writes(tasks, pending_writes, states, output_keys)
        ],
    }


def tasks_w_writes(
    tasks: Iterable[PregelTask | PregelExecutableTask],
    pending_writes: list[PendingWrite] | None,
    states: dict[str, RunnableConfig | StateSnapshot] | None,
    output_keys: str | Sequence[str],
    *,
    live: bool = False,
) -> tuple[PregelTask, ...]:
    """Return `tasks` with what `pending_writes` tell of them.

    Args:
        tasks: The tasks of a superstep.
        pending_writes: Of the checkpoint it starts from.
        states: Per task the state of the graph it runs.
        output_keys: Channels whose writes are a task's result.
        live: Whether to leave out interrupts of tasks that have finished since.
    """
    statuses = read_task_statuses(pending_writes or ())
    shown = []
    for task in tasks:
        status = statuses.get(task.id, _NOT_STARTED)
        shown.append(
            PregelTask(
                id=task.id,
                name=task.name,
                path=task.path,
                error=status.error,  # type: ignore[arg-type]
                interrupts=status.pending_interrupts if live else status.interrupts,
                state=(states or {}).get(task.id),
                result=_result(status, output_keys) if status.finished else None,
            )
        )
    return tuple(shown)


def _result(status: TaskStatus, output_keys: str | Sequence[str]) -> Any:
    """Return what a finished task returned, else its writes to `output_keys`."""
    returned = next((value for channel, value in status.output if channel == RETURN), MISSING)
    if returned is not MISSING:
        return returned
    if isinstance(output_keys, str):
        return map_task_result_writes(
            [write for write in status.output if write[0] == output_keys]
        ).get(output_keys)
    return map_task_result_writes([write for write in status.output if write[0] in output_keys])


def _shown(task: PregelTask) -> Any:
    payload: dict[str, Any] = {"id": task.id, "name": task.name}
    if task.error:
        payload["error"] = task.error
    else:
        if task.result:
            payload["result"] = task.result
        payload["interrupts"] = tuple(_as_dicts(task.interrupts))
    payload["state"] = task.state
    return payload


def _as_dicts(interrupts: Iterable[Any]) -> list[dict[str, Any]]:
    interrupts = list(interrupts)
    if not interrupts:
        return []
    from dataclasses import asdict

    return [asdict(interrupt) for interrupt in interrupts]


def _as_sequence(value: Any) -> Sequence[Any]:
    return value if isinstance(value, Sequence) else [value]


def get_colored_text(text: str, color: str) -> str:
    """Return `text` with the terminal codes of a bold color."""
    return f"\033[1;3{COLOR_MAPPING[color]}m{text}\033[0m"


def get_bolded_text(text: str) -> str:
    """Return `text` with the terminal codes of bold."""
    return f"\033[1m{text}\033[0m"


name_as_upstream(globals())
