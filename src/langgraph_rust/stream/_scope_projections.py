"""The transformers that pass on one stream mode's data of their own namespace."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, ClassVar, Dict, List, Optional, Tuple

from langgraph_rust.stream._types import StreamTransformer
from langgraph_rust.stream.stream_channel import StreamChannel

if TYPE_CHECKING:
    from langgraph_rust.stream._types import ProtocolEvent


class _ScopeProjection(StreamTransformer):
    """A channel of what one stream mode emits at this namespace, in order.

    Events of deeper namespaces stay in the log; the run streams of the
    subgraphs they come from project them.
    """

    _native = True
    _mode: ClassVar[str]
    _hears: ClassVar[Tuple[str, ...]]

    def __init_subclass__(cls, mode: Optional[str] = None, **kwargs: Any) -> None:
        super().__init_subclass__(**kwargs)
        if mode is not None:
            cls._mode = mode
            cls._hears = cls.required_stream_modes = (mode,)
            cls.__module__ = "langgraph.stream.transformers"

    def __init__(self, scope: Tuple[str, ...] = ()) -> None:
        super().__init__(scope)
        self._log: StreamChannel[Any] = StreamChannel()
        self._scope_list: List[str] = list(scope)

    def init(self) -> Dict[str, Any]:
        return {self._mode: self._log}

    def _is_mine(self, event: ProtocolEvent) -> bool:
        return event["method"] == self._mode and event["params"]["namespace"] == self._scope_list

    def process(self, event: ProtocolEvent) -> bool:
        if self._is_mine(event):
            self._log.push(event["params"]["data"])
        return True


class ValuesTransformer(_ScopeProjection, mode="values"):
    """`run.values`: the state after every superstep."""

    def __init__(self, scope: Tuple[str, ...] = ()) -> None:
        super().__init__(scope)
        self._latest: Optional[Dict[str, Any]] = None
        self._interrupted = False
        self._interrupts: List[Any] = []

    @property
    def error(self) -> Optional[BaseException]:
        """What the run failed with, once it has."""
        return self._log._error

    def process(self, event: ProtocolEvent) -> bool:
        if self._is_mine(event):
            params = event["params"]
            self._latest = params["data"]
            interrupts = params.get("interrupts")
            if interrupts:
                self._interrupted = True
                self._interrupts.extend(interrupts)
            self._log.push(params["data"])
        return True


class CustomTransformer(_ScopeProjection, mode="custom"):
    """`run.custom`: what nodes write with `get_stream_writer()`."""


class UpdatesTransformer(_ScopeProjection, mode="updates"):
    """`run.updates`: what each node or task returned, by its name."""


class CheckpointsTransformer(_ScopeProjection, mode="checkpoints"):
    """`run.checkpoints`: saved checkpoints, in the form `get_state` returns.

    Without a checkpointer nothing arrives.
    """


class DebugTransformer(_ScopeProjection, mode="debug"):
    """`run.debug`: checkpoints, tasks and their results, with step and time."""


class TasksTransformer(_ScopeProjection, mode="tasks"):
    """`run.tasks`: the start and the result of every task."""
