"""What a parent graph may ask of a graph used as a node, local or remote."""

from __future__ import annotations

from abc import abstractmethod
from typing import (
    TYPE_CHECKING,
    Any,
    AsyncIterator,
    Callable,
    Generic,
    Iterator,
    Sequence,
    Set,
    Tuple,
)

from langgraph_rust._internal._elsewhere import find_elsewhere
from langgraph_rust._internal._newer_typing import fill_parameters
from langgraph_rust._internal._runnable import Runnable
from langgraph_rust.types import All, Command, StreamMode
from langgraph_rust.typing import ContextT, InputT, OutputT, StateT

if TYPE_CHECKING:
    from typing import Literal

    from langchain_core.runnables import RunnableConfig
    from langchain_core.runnables.graph import Graph as DrawableGraph
    from typing_extensions import Self

    from langgraph_rust.types import StateSnapshot, StateUpdate

__all__ = ("PregelProtocol", "StreamProtocol")


class PregelProtocol(Runnable[InputT, Any], Generic[StateT, ContextT, InputT, OutputT]):
    """The interface shared by `Pregel` and `RemoteGraph`."""

    __module__ = "langgraph.pregel.protocol"

    if not TYPE_CHECKING:

        def __class_getitem__(cls, given):
            return super().__class_getitem__(fill_parameters(cls, given))

    @abstractmethod
    def with_config(self, config: RunnableConfig | None = None, **kwargs: Any) -> Self:
        """Return a copy whose runs start from `config`."""

    @abstractmethod
    def get_graph(
        self, config: RunnableConfig | None = None, *, xray: int | bool = False
    ) -> DrawableGraph:
        """Return the graph as nodes and edges to draw."""

    @abstractmethod
    async def aget_graph(
        self, config: RunnableConfig | None = None, *, xray: int | bool = False
    ) -> DrawableGraph:
        """Async twin of `get_graph`."""

    @abstractmethod
    def get_state(self, config: RunnableConfig, *, subgraphs: bool = False) -> StateSnapshot:
        """Return the state of the thread in `config`."""

    @abstractmethod
    async def aget_state(self, config: RunnableConfig, *, subgraphs: bool = False) -> StateSnapshot:
        """Async twin of `get_state`."""

    @abstractmethod
    def get_state_history(
        self,
        config: RunnableConfig,
        *,
        filter: dict[str, Any] | None = None,
        before: RunnableConfig | None = None,
        limit: int | None = None,
    ) -> Iterator[StateSnapshot]:
        """Yield the states of the thread in `config`, newest first."""

    @abstractmethod
    def aget_state_history(
        self,
        config: RunnableConfig,
        *,
        filter: dict[str, Any] | None = None,
        before: RunnableConfig | None = None,
        limit: int | None = None,
    ) -> AsyncIterator[StateSnapshot]:
        """Async twin of `get_state_history`."""

    @abstractmethod
    def bulk_update_state(
        self, config: RunnableConfig, updates: Sequence[Sequence[StateUpdate]]
    ) -> RunnableConfig:
        """Apply several supersteps of updates to the thread in `config`."""

    @abstractmethod
    async def abulk_update_state(
        self, config: RunnableConfig, updates: Sequence[Sequence[StateUpdate]]
    ) -> RunnableConfig:
        """Async twin of `bulk_update_state`."""

    @abstractmethod
    def update_state(
        self,
        config: RunnableConfig,
        values: dict[str, Any] | Any | None,
        as_node: str | None = None,
    ) -> RunnableConfig:
        """Write `values` to the thread in `config` as if `as_node` had returned them."""

    @abstractmethod
    async def aupdate_state(
        self,
        config: RunnableConfig,
        values: dict[str, Any] | Any | None,
        as_node: str | None = None,
    ) -> RunnableConfig:
        """Async twin of `update_state`."""

    @abstractmethod
    def stream(
        self,
        input: InputT | Command[Any] | None,
        config: RunnableConfig | None = None,
        *,
        context: ContextT | None = None,
        stream_mode: StreamMode | list[StreamMode] | None = None,
        interrupt_before: All | Sequence[str] | None = None,
        interrupt_after: All | Sequence[str] | None = None,
        subgraphs: bool = False,
        version: Literal["v1", "v2"] = "v1",
    ) -> Iterator[dict[str, Any] | Any]:
        """Run the graph and yield what it emits."""

    @abstractmethod
    def astream(
        self,
        input: InputT | Command[Any] | None,
        config: RunnableConfig | None = None,
        *,
        context: ContextT | None = None,
        stream_mode: StreamMode | list[StreamMode] | None = None,
        interrupt_before: All | Sequence[str] | None = None,
        interrupt_after: All | Sequence[str] | None = None,
        subgraphs: bool = False,
        version: Literal["v1", "v2"] = "v1",
    ) -> AsyncIterator[dict[str, Any] | Any]:
        """Async twin of `stream`."""

    @abstractmethod
    def invoke(
        self,
        input: InputT | Command[Any] | None,
        config: RunnableConfig | None = None,
        *,
        context: ContextT | None = None,
        interrupt_before: All | Sequence[str] | None = None,
        interrupt_after: All | Sequence[str] | None = None,
        version: Literal["v1", "v2"] = "v1",
    ) -> dict[str, Any] | Any:
        """Run the graph to its end and return its output."""

    @abstractmethod
    async def ainvoke(
        self,
        input: InputT | Command[Any] | None,
        config: RunnableConfig | None = None,
        *,
        context: ContextT | None = None,
        interrupt_before: All | Sequence[str] | None = None,
        interrupt_after: All | Sequence[str] | None = None,
        version: Literal["v1", "v2"] = "v1",
    ) -> dict[str, Any] | Any:
        """Async twin of `invoke`."""


StreamChunk = Tuple[Tuple[str, ...], str, Any]
"""(namespace, stream mode, payload)"""


class StreamProtocol:
    """Where a run sends its chunks, with the modes someone listens to.

    Calling it passes a `StreamChunk` on: `__call__` is a slot, so a call costs no extra frame.
    """

    __slots__ = ("modes", "__call__")
    __module__ = "langgraph.pregel.protocol"

    modes: Set[StreamMode]
    if not TYPE_CHECKING:
        __call__: Callable[[StreamChunk], None]

    def __init__(self, __call__: Callable[[StreamChunk], None], modes: set[StreamMode]) -> None:
        self.__call__ = __call__  # type: ignore[assignment,method-assign]
        self.modes = modes

    if TYPE_CHECKING:

        def __call__(self, chunk: StreamChunk) -> None: ...


if not TYPE_CHECKING:
    __getattr__ = find_elsewhere(
        __name__,
        {
            "langgraph_rust.types": "GraphOutput StateSnapshot StateUpdate StreamPart",
        },
    )
