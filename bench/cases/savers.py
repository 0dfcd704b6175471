"""Savers, with a state so small that they are what is timed."""

from __future__ import annotations

from typing import Any, Dict, Iterator, Optional, Tuple

from langgraph.checkpoint.base import BaseCheckpointSaver, CheckpointTuple
from langgraph.checkpoint.memory import InMemorySaver

from cases._case import graph_case
from cases._graphs import count_by_hand, loop_until
from cases.checkpointed import in_threads


class Newest(BaseCheckpointSaver):
    """A saver written in Python that keeps each thread's last checkpoint, and nothing else."""

    def __init__(self) -> None:
        super().__init__()
        self._kept: Dict[str, CheckpointTuple] = {}

    def get_tuple(self, config: Any) -> Optional[CheckpointTuple]:
        return self._kept.get(config["configurable"]["thread_id"])

    def list(self, config: Any, **_: Any) -> Iterator[CheckpointTuple]:
        return iter(self._kept.values())

    def put(self, config: Any, checkpoint: Any, metadata: Any, new_versions: Any) -> Any:
        thread = config["configurable"]["thread_id"]
        kept = {"thread_id": thread, "checkpoint_ns": "", "checkpoint_id": checkpoint["id"]}
        stored: Any = {"configurable": kept}
        self._kept[thread] = CheckpointTuple(stored, checkpoint, metadata, config, [])
        return stored

    def put_writes(self, config: Any, writes: Any, task_id: str, task_path: str = "") -> None:
        pass

    def delete_thread(self, thread_id: str) -> None:
        self._kept.pop(thread_id, None)

    async def aget_tuple(self, config: Any) -> Optional[CheckpointTuple]:
        return self.get_tuple(config)

    async def aput(self, config: Any, checkpoint: Any, metadata: Any, new_versions: Any) -> Any:
        return self.put(config, checkpoint, metadata, new_versions)

    async def aput_writes(self, config: Any, writes: Any, task_id: str, path: str = "") -> None:
        pass


@graph_case("the loop, checkpointed in memory while it goes on", count_by_hand(200))
def loop_200_memory_saver() -> Tuple[Any, Any]:
    return in_threads(loop_until(200), InMemorySaver(), "async"), {"count": 0}


@graph_case("the loop with a saver written in Python, called while it goes on", count_by_hand(200))
def loop_200_python_saver() -> Tuple[Any, Any]:
    return in_threads(loop_until(200), Newest(), "async"), {"count": 0}
