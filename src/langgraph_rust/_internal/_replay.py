"""Which checkpoints the subgraphs of a replayed run start from.

Imported by the engine and by ``pregel``.
"""

from __future__ import annotations

from typing import Any, Set

from langgraph_rust._internal._constants import NS_END
from langgraph_rust.pregel._ask import Ask, AskAll, aanswered, answered


class ReplayState:
    """A replay from `checkpoint_id`, shared by a run and the runs below it.

    The first run in each namespace starts from its newest checkpoint before that one; those that
    follow start where the ones before them left off.
    """

    __slots__ = ("checkpoint_id", "_visited")

    def __init__(self, checkpoint_id: str) -> None:
        self.checkpoint_id = checkpoint_id
        self._visited: Set[str] = set()

    def _visit(self, checkpoint_ns: str) -> bool:
        """Tell whether this is the first run in the namespace, whatever its task's id."""
        stable = checkpoint_ns.rsplit(NS_END, 1)[0]
        first = stable not in self._visited
        self._visited.add(stable)
        return first

    def ask(self, checkpoint_ns: str, saver: Any, config: Any) -> Any:
        """Body that gives the checkpoint a run in `checkpoint_ns` starts from, or None."""
        if not self._visit(checkpoint_ns):
            return (yield Ask(saver, "get_tuple", config))
        before = {"configurable": {"checkpoint_id": self.checkpoint_id}}
        found = yield AskAll(saver, "list", config, before=before, limit=1)
        return found[0] if found else None

    def get_checkpoint(self, checkpoint_ns: str, checkpointer: Any, checkpoint_config: Any) -> Any:
        """Return the checkpoint a run in `checkpoint_ns` starts from, or None."""
        return answered(self.ask(checkpoint_ns, checkpointer, checkpoint_config))

    async def aget_checkpoint(
        self, checkpoint_ns: str, checkpointer: Any, checkpoint_config: Any
    ) -> Any:
        """Async twin of `get_checkpoint`."""
        return await aanswered(self.ask(checkpoint_ns, checkpointer, checkpoint_config))
