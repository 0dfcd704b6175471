"""The handler of graph lifecycle events and its managers. Importing this imports langchain."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Iterable, List, Optional, Sequence, Union
from uuid import UUID

from langchain_core.callbacks import BaseCallbackHandler, BaseCallbackManager
from langchain_core.callbacks.manager import ahandle_event, handle_event

if TYPE_CHECKING:
    from langgraph_rust.callbacks import GraphInterruptEvent, GraphResumeEvent


class GraphCallbackHandler(BaseCallbackHandler):
    """Base class of handlers that hear when a graph pauses and when it goes on.

    Pass instances among a config's `callbacks`. They may be langchain handlers as well; handlers
    that do not derive from this class hear nothing of these events.
    """

    __module__ = "langgraph.callbacks"

    def on_interrupt(self, event: GraphInterruptEvent) -> Any:
        """Hear that a graph paused."""

    def on_resume(self, event: GraphResumeEvent) -> Any:
        """Hear that a graph goes on."""


_KEEP = object()


def _graph_handlers(handlers: Iterable[Any]) -> List[GraphCallbackHandler]:
    return [h for h in handlers if isinstance(h, GraphCallbackHandler)]


class _GraphCallbacks(BaseCallbackManager):
    """What both managers of graph events share: how they are made and copied."""

    run_id: Optional[UUID]

    def __init__(
        self,
        handlers: Optional[Sequence[Any]] = None,
        inheritable_handlers: Optional[Sequence[Any]] = None,
        parent_run_id: Optional[UUID] = None,
        *,
        run_id: Optional[UUID] = None,
        **tags_and_metadata: Any,
    ) -> None:
        super().__init__(
            handlers=list(handlers or ()),
            inheritable_handlers=list(inheritable_handlers or ()),
            parent_run_id=parent_run_id,
            **tags_and_metadata,
        )
        self.run_id = run_id

    @classmethod
    def _from(cls, other: BaseCallbackManager, run_id: Optional[UUID]) -> Any:
        return cls(
            _graph_handlers(other.handlers),
            _graph_handlers(other.inheritable_handlers),
            other.parent_run_id,
            run_id=run_id,
            tags=other.tags.copy(),
            inheritable_tags=other.inheritable_tags.copy(),
            metadata=other.metadata.copy(),
            inheritable_metadata=other.inheritable_metadata.copy(),
        )

    def copy(self, *, run_id: Any = _KEEP) -> Any:
        """Return a copy, for another run if `run_id` is given.

        Raises:
            TypeError: If `run_id` is neither a UUID nor None.
        """
        if run_id is _KEEP:
            run_id = self.run_id
        elif run_id is not None and not isinstance(run_id, UUID):
            raise TypeError("run_id must be a UUID or None")
        return self._from(self, run_id)

    @classmethod
    def configure(cls, callbacks: Any = None, *, run_id: Optional[UUID] = None) -> Any:
        """Make a manager from a handler, some handlers, another manager or nothing.

        Raises:
            TypeError: If `callbacks` is none of these.
        """
        if callbacks is None:
            return cls(run_id=run_id)
        if isinstance(callbacks, cls):
            return callbacks.copy(run_id=run_id)
        if isinstance(callbacks, BaseCallbackManager):
            return cls._from(callbacks, run_id)
        if isinstance(callbacks, GraphCallbackHandler):
            return cls((callbacks,), run_id=run_id)
        if isinstance(callbacks, (str, bytes)) or not isinstance(callbacks, Sequence):
            raise TypeError("callbacks must be a handler, sequence, or manager")
        return cls(_graph_handlers(callbacks), run_id=run_id)


class _GraphCallbackManager(_GraphCallbacks):
    """Reports a graph's lifecycle events in sync runs."""

    __module__ = "langgraph.callbacks"

    def on_interrupt(self, event: GraphInterruptEvent) -> None:
        """Tell the handlers that the graph paused."""
        handle_event(self.handlers, "on_interrupt", None, event)

    def on_resume(self, event: GraphResumeEvent) -> None:
        """Tell the handlers that the graph goes on."""
        handle_event(self.handlers, "on_resume", None, event)


class _AsyncGraphCallbackManager(_GraphCallbacks):
    """Reports a graph's lifecycle events in asyncio runs."""

    __module__ = "langgraph.callbacks"

    @property
    def is_async(self) -> bool:
        """Whether the manager's methods are coroutines."""
        return True

    async def on_interrupt(self, event: GraphInterruptEvent) -> None:
        """See `_GraphCallbackManager.on_interrupt`."""
        await ahandle_event(self.handlers, "on_interrupt", None, event)

    async def on_resume(self, event: GraphResumeEvent) -> None:
        """See `_GraphCallbackManager.on_resume`."""
        await ahandle_event(self.handlers, "on_resume", None, event)


GraphCallbacks = Union[
    BaseCallbackManager,
    GraphCallbackHandler,
    Sequence[BaseCallbackHandler],
    Sequence[GraphCallbackHandler],
    None,
]
"""What a config's `callbacks` may hold."""
