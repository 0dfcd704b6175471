"""What a node is made of: what triggers it, what it reads, what it runs and what it writes."""

from __future__ import annotations

from functools import cached_property
from typing import (
    TYPE_CHECKING,
    Any,
    AsyncIterator,
    Callable,
    Dict,
    Iterator,
    Mapping,
    Optional,
    Sequence,
    Tuple,
    Union,
)

from langgraph_rust._internal._config import merge_configs
from langgraph_rust._internal._constants import CONF, CONFIG_KEY_READ
from langgraph_rust._internal._runnable import Runnable, RunnableCallable, RunnableSeq
from langgraph_rust._internal._timeout import coerce_timeout_policy
from langgraph_rust.pregel._utils import find_subgraph_pregel
from langgraph_rust.pregel._write import ChannelWrite
from langgraph_rust.types import CachePolicy, RetryPolicy, TimeoutPolicy, TracePolicy

if TYPE_CHECKING:
    from datetime import timedelta

    from langchain_core.runnables import RunnableConfig

    from langgraph_rust.pregel.protocol import PregelProtocol

READ_TYPE = Callable[[Union[str, Sequence[str]], bool], Union[Any, Dict[str, Any]]]
INPUT_CACHE_KEY_TYPE = Tuple[Optional[Callable[..., Any]], Tuple[str, ...]]


class ChannelRead(RunnableCallable):
    """A runnable that ignores its input and returns the value of channels."""

    __module__ = "langgraph.pregel._read"

    channel: str | list[str]
    fresh: bool = False
    mapper: Callable[[Any], Any] | None = None

    def __init__(
        self,
        channel: str | list[str],
        *,
        fresh: bool = False,
        mapper: Callable[[Any], Any] | None = None,
        tags: list[str] | None = None,
    ) -> None:
        super().__init__(func=self._read, afunc=self._aread, tags=tags, name=None, trace=False)
        self.fresh = fresh
        self.mapper = mapper
        self.channel = channel

    def get_name(self, suffix: str | None = None, *, name: str | None = None) -> str:
        """Return `name`, or one made of the channels read."""
        channels = [self.channel] if isinstance(self.channel, str) else self.channel
        return super().get_name(suffix, name=name or f"ChannelRead<{','.join(channels)}>")

    def _read(self, _: Any, config: RunnableConfig) -> Any:
        return self.do_read(config, select=self.channel, fresh=self.fresh, mapper=self.mapper)

    async def _aread(self, _: Any, config: RunnableConfig) -> Any:
        return self._read(_, config)

    @staticmethod
    def do_read(
        config: RunnableConfig,
        *,
        select: str | list[str],
        fresh: bool = False,
        mapper: Callable[[Any], Any] | None = None,
    ) -> Any:
        """Return the value of `select` as the task of `config` sees it.

        Args:
            config: The config of a running task.
            select: A channel, for its value; or several, for a dict.
            fresh: Whether to apply the task's own writes first.
            mapper: Called with what was read; its result is returned.

        Raises:
            RuntimeError: `config` does not belong to a task.
        """
        try:
            read = config[CONF][CONFIG_KEY_READ]
        except KeyError:
            raise RuntimeError(
                "Not configured with a read function"
                "Make sure to call in the context of a Pregel process"
            ) from None
        values = read(select, fresh)
        return mapper(values) if mapper else values


DEFAULT_BOUND = RunnableCallable(lambda input: input)
"""What a node runs when nothing was given: it returns its input."""


class Edits:
    """Counts the attributes of nodes that were set after the node was made.

    A compiled graph that has seen the current count needs no closer look at its nodes.
    """

    __slots__ = ("count",)

    def __init__(self) -> None:
        self.count = 0


EDITS = Edits()


class PregelNode:
    """A node: `bound` runs when one of `triggers` has a new version, on the value of `channels`."""

    __module__ = "langgraph.pregel._read"

    channels: str | list[str]
    """The input: one channel, for its value; or several, for a dict of those that have a value."""
    triggers: list[str]
    """Channels whose new version makes the node run in the next superstep."""
    mapper: Callable[[Any], Any] | None = None
    """Applied to the input before `bound`."""
    writers: list[Runnable]
    """Run after `bound`, on its output."""
    bound: Runnable
    """The node's own work."""
    retry_policy: Sequence[RetryPolicy] | None = None
    """Tried in order when an attempt fails; the first that matches decides."""
    cache_policy: CachePolicy | None = None
    """How results are cached, if at all."""
    timeout: TimeoutPolicy | None = None
    """Limits on one attempt. Async nodes only."""
    tags: Sequence[str] | None = None
    """Tags of the node's runs."""
    metadata: Mapping[str, Any] | None = None
    """Metadata of the node's runs."""
    trace_policy: TracePolicy | None = None
    """What the node's runs record when traced."""
    is_error_handler: bool = False
    """Whether the node only runs to handle the failure of another."""
    error_handler_node: str | None = None
    """Name of the node that handles this one's failures."""

    def __init__(
        self,
        *,
        channels: str | list[str],
        triggers: Sequence[str],
        mapper: Callable[[Any], Any] | None = None,
        writers: list[Runnable] | None = None,
        tags: list[str] | None = None,
        metadata: Mapping[str, Any] | None = None,
        trace_policy: TracePolicy | None = None,
        bound: Runnable[Any, Any] | None = None,
        retry_policy: RetryPolicy | Sequence[RetryPolicy] | None = None,
        cache_policy: CachePolicy | None = None,
        is_error_handler: bool = False,
        error_handler_node: str | None = None,
        subgraphs: Sequence[PregelProtocol] | None = None,
        timeout: float | timedelta | TimeoutPolicy | None = None,
    ) -> None:
        # past our own way to set them: a new node is no edit of one
        keep = object.__setattr__
        keep(self, "channels", channels)
        keep(self, "triggers", list(triggers))
        keep(self, "writers", writers or [])
        keep(self, "bound", DEFAULT_BOUND if bound is None else bound)
        if tags is not None:
            keep(self, "tags", tags)
        if subgraphs is not None:
            self.__dict__["subgraphs"] = subgraphs
        self._complete(
            mapper=mapper,
            metadata=metadata,
            trace_policy=trace_policy,
            retry_policy=retry_policy,
            cache_policy=cache_policy,
            is_error_handler=is_error_handler,
            error_handler_node=error_handler_node,
            timeout=timeout,
        )

    def _complete(
        self,
        *,
        mapper: Callable[[Any], Any] | None,
        metadata: Mapping[str, Any] | None,
        trace_policy: TracePolicy | None,
        retry_policy: RetryPolicy | Sequence[RetryPolicy] | None,
        cache_policy: CachePolicy | None,
        is_error_handler: bool,
        error_handler_node: str | None,
        timeout: float | timedelta | TimeoutPolicy | None,
    ) -> None:
        # most nodes have none of these, which the class says for them
        keep = object.__setattr__
        if mapper is not None:
            keep(self, "mapper", mapper)
        if retry_policy is not None:
            one = isinstance(retry_policy, RetryPolicy)
            keep(self, "retry_policy", (retry_policy,) if one else retry_policy)
        if cache_policy is not None:
            keep(self, "cache_policy", cache_policy)
        if timeout is not None:
            keep(self, "timeout", coerce_timeout_policy(timeout))
        if metadata is not None:
            keep(self, "metadata", metadata)
        if trace_policy is not None:
            keep(self, "trace_policy", trace_policy)
        if is_error_handler:
            keep(self, "is_error_handler", is_error_handler)
        if error_handler_node is not None:
            keep(self, "error_handler_node", error_handler_node)

    def __setattr__(self, name: str, value: Any) -> None:
        object.__setattr__(self, name, value)
        for derived in _DERIVED:
            self.__dict__.pop(derived, None)
        EDITS.count += 1

    def copy(self, update: dict[str, Any]) -> PregelNode:
        """Return a new node with the attributes in `update` replaced."""
        kept = {name: value for name, value in self.__dict__.items() if name not in _DERIVED}
        return PregelNode(**{**kept, **update})

    @cached_property
    def subgraphs(self) -> Sequence[PregelProtocol]:
        """Graphs that `bound` runs."""
        return _subgraphs_of(self.bound)

    @cached_property
    def flat_writers(self) -> list[Runnable]:
        """The writers, with those `ChannelWrite`s at the end merged into one."""
        writers = self.writers.copy()
        while (
            len(writers) > 1
            and isinstance(writers[-1], ChannelWrite)
            and isinstance(writers[-2], ChannelWrite)
        ):
            last = writers.pop()
            # a new object: the one in `writers` may be in use elsewhere
            writers[-1] = ChannelWrite(writes=writers[-1].writes + last.writes)
        return writers

    @cached_property
    def node(self) -> Runnable[Any, Any] | None:
        """`bound` and the writers as one runnable; None for a node with nothing to run."""
        steps = (
            self.flat_writers if self.bound is DEFAULT_BOUND else [self.bound, *self.flat_writers]
        )
        if not steps:
            return None
        return steps[0] if len(steps) == 1 else RunnableSeq(*steps, trace_policy=self.trace_policy)

    @cached_property
    def input_cache_key(self) -> INPUT_CACHE_KEY_TYPE:
        """Equal for nodes that are given the same input within a superstep."""
        channels = self.channels
        return self.mapper, tuple(channels) if isinstance(channels, list) else (channels,)

    def _config(self, config: RunnableConfig | None) -> RunnableConfig:
        return merge_configs({"metadata": self.metadata, "tags": self.tags}, config)

    def invoke(self, input: Any, config: RunnableConfig | None = None, **kwargs: Any | None) -> Any:
        """Run `bound` alone, without reading or writing channels."""
        return self.bound.invoke(input, self._config(config), **kwargs)

    async def ainvoke(
        self, input: Any, config: RunnableConfig | None = None, **kwargs: Any | None
    ) -> Any:
        """Async twin of `invoke`."""
        return await self.bound.ainvoke(input, self._config(config), **kwargs)

    def stream(
        self, input: Any, config: RunnableConfig | None = None, **kwargs: Any | None
    ) -> Iterator[Any]:
        """Stream `bound` alone, without reading or writing channels."""
        yield from self.bound.stream(input, self._config(config), **kwargs)

    async def astream(
        self, input: Any, config: RunnableConfig | None = None, **kwargs: Any | None
    ) -> AsyncIterator[Any]:
        """Async twin of `stream`."""
        async for chunk in self.bound.astream(input, self._config(config), **kwargs):
            yield chunk


def plain_node(
    channels: str | list[str], triggers: list[str], writers: list[Runnable], bound: Runnable
) -> PregelNode:
    """Make a node of these very lists; what else it may say can be added by `_complete`.

    A graph is compiled of thousands: the keywords of the class take longer than the node.
    """
    node = _blank(PregelNode)
    _keep(node, "channels", channels)
    _keep(node, "triggers", triggers)
    _keep(node, "writers", writers)
    _keep(node, "bound", bound)
    return node


_blank = object.__new__
_keep = object.__setattr__
_DERIVED = ("flat_writers", "node", "input_cache_key")


def _subgraphs_of(bound: Runnable) -> list[PregelProtocol]:
    if bound is DEFAULT_BOUND:
        return []
    try:
        found = find_subgraph_pregel(bound)
    except Exception:
        # the search looks into other people's objects, whose attributes may raise anything
        return []
    return [found] if found else []
