"""`NodeBuilder`: a node written down step by step."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Callable, Union

from langgraph_rust._internal._runnable import Runnable, RunnableSeq, coerce_to_runnable
from langgraph_rust._internal._timeout import coerce_timeout_policy
from langgraph_rust.pregel._read import DEFAULT_BOUND, PregelNode
from langgraph_rust.pregel._write import ChannelWrite, ChannelWriteEntry

if TYPE_CHECKING:
    from datetime import timedelta

    from typing_extensions import Self

    from langgraph_rust._internal._runnable import RunnableLike
    from langgraph_rust.types import CachePolicy, RetryPolicy, TimeoutPolicy

_WriteValue = Union[Callable[[Any], Any], Any]


class NodeBuilder:
    """Collects what a node is made of; each method returns the builder itself.

    Example:
        >>> node = NodeBuilder().subscribe_only("question").do(str.upper).write_to("answer").build()
        >>> node.triggers
        ['question']
    """

    __slots__ = (
        "_channels",
        "_triggers",
        "_tags",
        "_metadata",
        "_writes",
        "_bound",
        "_retry_policy",
        "_cache_policy",
        "_timeout",
    )
    __module__ = "langgraph.pregel.main"

    _channels: str | list[str]
    _triggers: list[str]
    _tags: list[str]
    _metadata: dict[str, Any]
    _writes: list[ChannelWriteEntry]
    _bound: Runnable
    _retry_policy: list[RetryPolicy]
    _cache_policy: CachePolicy | None
    _timeout: TimeoutPolicy | None

    def __init__(self) -> None:
        self._channels = []
        self._triggers = []
        self._tags = []
        self._metadata = {}
        self._writes = []
        self._bound = DEFAULT_BOUND
        self._retry_policy = []
        self._cache_policy = None
        self._timeout = None

    def subscribe_only(self, channel: str) -> Self:
        """Take the value of `channel` as the input, and run whenever it is written.

        Raises:
            ValueError: other channels are read already.
        """
        if self._channels:
            raise ValueError(
                "Cannot subscribe to single channels when other channels are already subscribed to"
            )
        self._channels = channel
        self._triggers.append(channel)
        return self

    def subscribe_to(self, *channels: str, read: bool = True) -> Self:
        """Run whenever one of `channels` is written; with `read`, have them in the input, a dict.

        Raises:
            ValueError: `subscribe_only` was called before.
        """
        if isinstance(self._channels, str):
            raise ValueError("Cannot subscribe to channels when subscribed to a single channel")
        if read:
            self._channels.extend(channels)
        self._triggers.extend(channels)
        return self

    def read_from(self, *channels: str) -> Self:
        """Have `channels` in the input without running when they are written."""
        assert isinstance(self._channels, list), (
            "Cannot read additional channels when subscribed to single channels"
        )
        self._channels.extend(channels)
        return self

    def do(self, node: RunnableLike) -> Self:
        """Run `node`, after what was given by earlier calls."""
        step = coerce_to_runnable(node, name=None, trace=True)
        self._bound = step if self._bound is DEFAULT_BOUND else RunnableSeq(self._bound, step)
        return self

    def write_to(self, *channels: str | ChannelWriteEntry, **kwargs: _WriteValue) -> Self:
        """Write the output to channels.

        Args:
            *channels: Names of channels that are given the output, or whole entries.
            **kwargs: Per channel what to write: a value, or a function of the output.
        """
        self._writes.extend(
            ChannelWriteEntry(each) if isinstance(each, str) else each for each in channels
        )
        self._writes.extend(
            ChannelWriteEntry(name, mapper=each)
            if callable(each)
            else ChannelWriteEntry(name, value=each)
            for name, each in kwargs.items()
        )
        return self

    def meta(self, *tags: str, **metadata: Any) -> Self:
        """Add tags and metadata to the node's runs."""
        self._tags.extend(tags)
        self._metadata.update(metadata)
        return self

    def add_retry_policies(self, *policies: RetryPolicy) -> Self:
        """Add retry policies, tried in the order given."""
        self._retry_policy.extend(policies)
        return self

    def add_cache_policy(self, policy: CachePolicy) -> Self:
        """Cache the node's writes as `policy` says."""
        self._cache_policy = policy
        return self

    def set_timeout(self, timeout: float | timedelta | TimeoutPolicy | None) -> Self:
        """Limit one attempt: seconds, a timedelta, or a policy. Async nodes only."""
        self._timeout = coerce_timeout_policy(timeout)
        return self

    def build(self) -> PregelNode:
        """Return the node."""
        return PregelNode(
            channels=self._channels,
            triggers=self._triggers,
            tags=self._tags,
            metadata=self._metadata,
            writers=[ChannelWrite(self._writes)],
            bound=self._bound,
            retry_policy=self._retry_policy,
            cache_policy=self._cache_policy,
            timeout=self._timeout,
        )
