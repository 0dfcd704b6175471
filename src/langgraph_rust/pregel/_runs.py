"""Running a graph. Methods of `Pregel`; the drivers are in `_drive`."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, AsyncIterator, Iterator, Sequence, overload

from langgraph_rust._internal._typing import MISSING
from langgraph_rust.pregel._fold import Fold

if TYPE_CHECKING:
    from typing import Literal

    from langchain_core.runnables import RunnableConfig
    from typing_extensions import Unpack

    from langgraph_rust._internal._typing import DeprecatedKwargs
    from langgraph_rust.pregel.main import Pregel
    from langgraph_rust.runtime import RunControl
    from langgraph_rust.types import (
        All,
        Command,
        Durability,
        GraphOutput,
        StreamMode,
        StreamPart,
    )
    from langgraph_rust.typing import ContextT, InputT, OutputT, StateT


@overload
def stream(
    self: Pregel[StateT, ContextT, InputT, OutputT],
    input: InputT | Command | None,
    config: RunnableConfig | None = None,
    *,
    context: ContextT | None = None,
    stream_mode: StreamMode | Sequence[StreamMode] | None = None,
    print_mode: StreamMode | Sequence[StreamMode] = (),
    output_keys: str | Sequence[str] | None = None,
    interrupt_before: All | Sequence[str] | None = None,
    interrupt_after: All | Sequence[str] | None = None,
    durability: Durability | None = None,
    control: RunControl | None = None,
    subgraphs: bool = False,
    debug: bool | None = None,
    version: Literal["v2"],
    **kwargs: Unpack[DeprecatedKwargs],
) -> Iterator[StreamPart[StateT, OutputT]]: ...


@overload
def stream(
    self: Pregel[StateT, ContextT, InputT, OutputT],
    input: InputT | Command | None,
    config: RunnableConfig | None = None,
    *,
    context: ContextT | None = None,
    stream_mode: StreamMode | Sequence[StreamMode] | None = None,
    print_mode: StreamMode | Sequence[StreamMode] = (),
    output_keys: str | Sequence[str] | None = None,
    interrupt_before: All | Sequence[str] | None = None,
    interrupt_after: All | Sequence[str] | None = None,
    durability: Durability | None = None,
    control: RunControl | None = None,
    subgraphs: bool = False,
    debug: bool | None = None,
    version: Literal["v1"] = ...,
    **kwargs: Unpack[DeprecatedKwargs],
) -> Iterator[dict[str, Any] | Any]: ...


def stream(
    self: Pregel[StateT, ContextT, InputT, OutputT],
    input: InputT | Command | None,
    config: RunnableConfig | None = None,
    *,
    context: ContextT | None = None,
    stream_mode: StreamMode | Sequence[StreamMode] | None = None,
    print_mode: StreamMode | Sequence[StreamMode] = (),
    output_keys: str | Sequence[str] | None = None,
    interrupt_before: All | Sequence[str] | None = None,
    interrupt_after: All | Sequence[str] | None = None,
    durability: Durability | None = None,
    control: RunControl | None = None,
    subgraphs: bool = False,
    debug: bool | None = None,
    version: Literal["v1", "v2"] = "v1",
    **kwargs: Unpack[DeprecatedKwargs],
) -> Iterator[dict[str, Any] | Any]:
    """Run the graph and yield what it emits, as it comes.

    Args:
        input: The input, a `Command`, or None to go on where the thread paused.
        config: The run's config, merged over the graph's own.
        context: What the run's `Runtime.context` is.
        stream_mode: What to emit: `values` (the state after each superstep), `updates` (what each
            task returned), `custom` (what nodes write by the stream writer), `messages` (tokens of
            models with their metadata), `checkpoints`, `tasks`, `debug` (both of these), `tools`.
            Several, as a list, give (mode, chunk).
        print_mode: Modes to print as well.
        output_keys: Channels to emit; all streamed channels by default.
        interrupt_before: Nodes to pause before; the graph's by default.
        interrupt_after: Nodes to pause after; the graph's by default.
        durability: When checkpoints are saved: `sync` (before the next superstep), `async` (during
            it), `exit`.
        control: Lets another thread ask the run to drain.
        subgraphs: Whether to emit what graphs inside emit, each chunk with its namespace.
        debug: Whether to print updates and values.
        version: `v2` yields dicts of `type`, `ns`, `data` whatever the modes.

    Raises:
        GraphRecursionError: the run did not end within `recursion_limit` supersteps.
        InvalidUpdateError: a node wrote what a channel does not take.
    """
    asked: dict[str, Any] = {
        "stream_mode": stream_mode,
        "print_mode": print_mode,
        "output_keys": output_keys,
        "interrupt_before": interrupt_before,
        "interrupt_after": interrupt_after,
        "durability": durability,
        "subgraphs": subgraphs,
        "debug": debug,
        "version": version,
    }
    if kwargs:
        asked.update(kwargs)
    return _drivers().stream(self, input, config, context, control, asked)


@overload
def astream(
    self: Pregel[StateT, ContextT, InputT, OutputT],
    input: InputT | Command | None,
    config: RunnableConfig | None = None,
    *,
    context: ContextT | None = None,
    stream_mode: StreamMode | Sequence[StreamMode] | None = None,
    print_mode: StreamMode | Sequence[StreamMode] = (),
    output_keys: str | Sequence[str] | None = None,
    interrupt_before: All | Sequence[str] | None = None,
    interrupt_after: All | Sequence[str] | None = None,
    durability: Durability | None = None,
    control: RunControl | None = None,
    subgraphs: bool = False,
    debug: bool | None = None,
    version: Literal["v2"],
    **kwargs: Unpack[DeprecatedKwargs],
) -> AsyncIterator[StreamPart[StateT, OutputT]]: ...


@overload
def astream(
    self: Pregel[StateT, ContextT, InputT, OutputT],
    input: InputT | Command | None,
    config: RunnableConfig | None = None,
    *,
    context: ContextT | None = None,
    stream_mode: StreamMode | Sequence[StreamMode] | None = None,
    print_mode: StreamMode | Sequence[StreamMode] = (),
    output_keys: str | Sequence[str] | None = None,
    interrupt_before: All | Sequence[str] | None = None,
    interrupt_after: All | Sequence[str] | None = None,
    durability: Durability | None = None,
    control: RunControl | None = None,
    subgraphs: bool = False,
    debug: bool | None = None,
    version: Literal["v1"] = ...,
    **kwargs: Unpack[DeprecatedKwargs],
) -> AsyncIterator[dict[str, Any] | Any]: ...


async def astream(
    self: Pregel[StateT, ContextT, InputT, OutputT],
    input: InputT | Command | None,
    config: RunnableConfig | None = None,
    *,
    context: ContextT | None = None,
    stream_mode: StreamMode | Sequence[StreamMode] | None = None,
    print_mode: StreamMode | Sequence[StreamMode] = (),
    output_keys: str | Sequence[str] | None = None,
    interrupt_before: All | Sequence[str] | None = None,
    interrupt_after: All | Sequence[str] | None = None,
    durability: Durability | None = None,
    control: RunControl | None = None,
    subgraphs: bool = False,
    debug: bool | None = None,
    version: Literal["v1", "v2"] = "v1",
    **kwargs: Unpack[DeprecatedKwargs],
) -> AsyncIterator[dict[str, Any] | Any]:
    """Async twin of `stream`."""
    asked: dict[str, Any] = {
        "stream_mode": stream_mode,
        "print_mode": print_mode,
        "output_keys": output_keys,
        "interrupt_before": interrupt_before,
        "interrupt_after": interrupt_after,
        "durability": durability,
        "subgraphs": subgraphs,
        "debug": debug,
        "version": version,
    }
    if kwargs:
        asked.update(kwargs)
    run = _drivers().AsyncChunks(self, input, config, context, control, asked)
    # the loop of `_drive.astream`: one more generator around it would cost what a superstep costs
    try:
        await run.open()
        ready = run.ready
        while True:
            chunk = ready()
            if chunk is not MISSING:
                yield chunk
            elif not await run.more():
                return
    except BaseException as error:
        await run.close(error)
        raise


@overload
def invoke(
    self: Pregel[StateT, ContextT, InputT, OutputT],
    input: InputT | Command | None,
    config: RunnableConfig | None = None,
    *,
    context: ContextT | None = None,
    stream_mode: Literal["values"] = ...,
    print_mode: StreamMode | Sequence[StreamMode] = (),
    output_keys: str | Sequence[str] | None = None,
    interrupt_before: All | Sequence[str] | None = None,
    interrupt_after: All | Sequence[str] | None = None,
    durability: Durability | None = None,
    control: RunControl | None = None,
    version: Literal["v2"],
    **kwargs: Any,
) -> GraphOutput[OutputT]: ...


@overload
def invoke(
    self: Pregel[StateT, ContextT, InputT, OutputT],
    input: InputT | Command | None,
    config: RunnableConfig | None = None,
    *,
    context: ContextT | None = None,
    stream_mode: StreamMode,
    print_mode: StreamMode | Sequence[StreamMode] = (),
    output_keys: str | Sequence[str] | None = None,
    interrupt_before: All | Sequence[str] | None = None,
    interrupt_after: All | Sequence[str] | None = None,
    durability: Durability | None = None,
    control: RunControl | None = None,
    version: Literal["v2"],
    **kwargs: Any,
) -> list[StreamPart[StateT, OutputT]]: ...


@overload
def invoke(
    self: Pregel[StateT, ContextT, InputT, OutputT],
    input: InputT | Command | None,
    config: RunnableConfig | None = None,
    *,
    context: ContextT | None = None,
    stream_mode: StreamMode = ...,
    print_mode: StreamMode | Sequence[StreamMode] = (),
    output_keys: str | Sequence[str] | None = None,
    interrupt_before: All | Sequence[str] | None = None,
    interrupt_after: All | Sequence[str] | None = None,
    durability: Durability | None = None,
    control: RunControl | None = None,
    version: Literal["v1"] = ...,
    **kwargs: Any,
) -> dict[str, Any] | Any: ...


def invoke(
    self: Pregel[StateT, ContextT, InputT, OutputT],
    input: InputT | Command | None,
    config: RunnableConfig | None = None,
    *,
    context: ContextT | None = None,
    stream_mode: StreamMode = "values",
    print_mode: StreamMode | Sequence[StreamMode] = (),
    output_keys: str | Sequence[str] | None = None,
    interrupt_before: All | Sequence[str] | None = None,
    interrupt_after: All | Sequence[str] | None = None,
    durability: Durability | None = None,
    control: RunControl | None = None,
    version: Literal["v1", "v2"] = "v1",
    **kwargs: Any,
) -> dict[str, Any] | Any:
    """Run the graph to its end and return the output channels; arguments are those of `stream`.

    Returns:
        The last values; with another `stream_mode` the list of all chunks. In `v1` pending
        interrupts are under `__interrupt__`; in `v2` the result is a `GraphOutput`.
    """
    asked: dict[str, Any] = {
        "output_keys": self.output_channels if output_keys is None else output_keys,
        "interrupt_before": interrupt_before,
        "interrupt_after": interrupt_after,
        "durability": durability,
    }
    if kwargs:
        asked.update(kwargs)
    if not _is_overridden(self, "stream"):
        return _drivers().invoke(
            self, input, config, stream_mode, print_mode, version, context, control, asked
        )
    asked.update(context=context, print_mode=print_mode, control=control)
    fold = Fold(stream_mode, version)
    if version != "v1":
        # an older `stream` that somebody put in the place of ours does not know it
        asked["version"] = version
    for chunk in self.stream(input, config, stream_mode=fold.stream_mode, **asked):
        fold.add(chunk)
    return fold.output()


@overload
async def ainvoke(
    self: Pregel[StateT, ContextT, InputT, OutputT],
    input: InputT | Command | None,
    config: RunnableConfig | None = None,
    *,
    context: ContextT | None = None,
    stream_mode: Literal["values"] = ...,
    print_mode: StreamMode | Sequence[StreamMode] = (),
    output_keys: str | Sequence[str] | None = None,
    interrupt_before: All | Sequence[str] | None = None,
    interrupt_after: All | Sequence[str] | None = None,
    durability: Durability | None = None,
    control: RunControl | None = None,
    version: Literal["v2"],
    **kwargs: Any,
) -> GraphOutput[OutputT]: ...


@overload
async def ainvoke(
    self: Pregel[StateT, ContextT, InputT, OutputT],
    input: InputT | Command | None,
    config: RunnableConfig | None = None,
    *,
    context: ContextT | None = None,
    stream_mode: StreamMode,
    print_mode: StreamMode | Sequence[StreamMode] = (),
    output_keys: str | Sequence[str] | None = None,
    interrupt_before: All | Sequence[str] | None = None,
    interrupt_after: All | Sequence[str] | None = None,
    durability: Durability | None = None,
    control: RunControl | None = None,
    version: Literal["v2"],
    **kwargs: Any,
) -> list[StreamPart[StateT, OutputT]]: ...


@overload
async def ainvoke(
    self: Pregel[StateT, ContextT, InputT, OutputT],
    input: InputT | Command | None,
    config: RunnableConfig | None = None,
    *,
    context: ContextT | None = None,
    stream_mode: StreamMode = ...,
    print_mode: StreamMode | Sequence[StreamMode] = (),
    output_keys: str | Sequence[str] | None = None,
    interrupt_before: All | Sequence[str] | None = None,
    interrupt_after: All | Sequence[str] | None = None,
    durability: Durability | None = None,
    control: RunControl | None = None,
    version: Literal["v1"] = ...,
    **kwargs: Any,
) -> dict[str, Any] | Any: ...


async def ainvoke(
    self: Pregel[StateT, ContextT, InputT, OutputT],
    input: InputT | Command | None,
    config: RunnableConfig | None = None,
    *,
    context: ContextT | None = None,
    stream_mode: StreamMode = "values",
    print_mode: StreamMode | Sequence[StreamMode] = (),
    output_keys: str | Sequence[str] | None = None,
    interrupt_before: All | Sequence[str] | None = None,
    interrupt_after: All | Sequence[str] | None = None,
    durability: Durability | None = None,
    control: RunControl | None = None,
    version: Literal["v1", "v2"] = "v1",
    **kwargs: Any,
) -> dict[str, Any] | Any:
    """Async twin of `invoke`."""
    asked: dict[str, Any] = {
        "output_keys": self.output_channels if output_keys is None else output_keys,
        "interrupt_before": interrupt_before,
        "interrupt_after": interrupt_after,
        "durability": durability,
    }
    if kwargs:
        asked.update(kwargs)
    if not _is_overridden(self, "astream"):
        return await _drivers().ainvoke(
            self, input, config, stream_mode, print_mode, version, context, control, asked
        )
    asked.update(context=context, print_mode=print_mode, control=control)
    fold = Fold(stream_mode, version)
    if version != "v1":
        asked["version"] = version
    async for chunk in self.astream(input, config, stream_mode=fold.stream_mode, **asked):
        fold.add(chunk)
    return fold.output()


def _is_overridden(pregel: Pregel, name: str) -> bool:
    """Tell whether a subclass or a patch put another method in the place of ours."""
    return name in pregel.__dict__ or getattr(type(pregel), name) is not globals()[name]


_loaded_drivers: Any = None


def _drivers() -> Any:
    """Return `_drive`, which is loaded with the first run."""
    global _loaded_drivers
    if _loaded_drivers is None:
        from langgraph_rust.pregel import _drive

        _loaded_drivers = _drive
    return _loaded_drivers
