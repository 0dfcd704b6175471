"""Which checkpoints the subgraphs of a replayed run start from.

Imported by the engine and by ``pregel``.
"""

from __future__ import annotations

from typing import Any, Set

from langgraph_rust._internal._constants import NS_END
from langgraph_rust.pregel._ask import aanswered, answered
from langgraph_rust.pregel._stored import ask_list, ask_stored, check_readable


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

    def ask(self, checkpoint_ns: str, saver: Any, config: Any, specs: Any = None) -> Any:
        """Body that gives the checkpoint a run in `checkpoint_ns` starts from, or None."""
        if not self._visit(checkpoint_ns):
            return (yield from ask_stored(saver, config, specs))
        before = {"configurable": {"checkpoint_id": self.checkpoint_id}}
        found = yield from ask_list(saver, config, before=before, limit=1)
        if not found:
            return None
        check_readable(found[0], specs)
        return found[0]

    def get_checkpoint(self, checkpoint_ns: str, checkpointer: Any, checkpoint_config: Any) -> Any:
        """Return the checkpoint a run in `checkpoint_ns` starts from, or None."""
        return answered(self.ask(checkpoint_ns, checkpointer, checkpoint_config))

    async def aget_checkpoint(
        self, checkpoint_ns: str, checkpointer: Any, checkpoint_config: Any
    ) -> Any:
        """Async twin of `get_checkpoint`."""
        return await aanswered(self.ask(checkpoint_ns, checkpointer, checkpoint_config))
