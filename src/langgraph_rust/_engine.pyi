"""The engine: a compiled extension module, written in Rust (`src/bridge`).

A *chunk* is `(namespace, mode, payload)`, a *write* is `(channel, value)`. Objects of users, and
whatever the engine only hands on, are `Any`.
"""

from asyncio import AbstractEventLoop
from asyncio import Task as AsyncTask
from collections.abc import (
    Awaitable,
    Callable,
    Collection,
    ItemsView,
    Iterable,
    Iterator,
    KeysView,
    Mapping,
    Sequence,
    ValuesView,
)
from typing import Any, Literal, Optional, TypeVar, Union, final, overload

from typing_extensions import TypeAlias

from langgraph_rust.pregel._chunks import ChunkShape
from langgraph_rust.pregel.protocol import StreamChunk
from langgraph_rust.types import StreamMode

__all__ = [
    "Entry",
    "Graph",
    "Ledger",
    "LoopKit",
    "NodeMessages",
    "Offload",
    "PENDING_CHECKPOINTS",
    "Run",
    "Scratchpad",
    "State",
    "StreamSink",
    "Task",
    "__version__",
    "append_messages",
    "dumps_typed",
    "exit_task_id",
    "judge",
    "msgpack_pack",
    "msgpack_unpack",
    "parent_namespace",
    "path_sort_key",
    "random_id",
    "set_gil_release",
    "spawn",
    "xxh3_128_hexdigest",
]
PENDING_CHECKPOINTS: int
__version__: str

_T = TypeVar("_T")
_Config: TypeAlias = dict[str, Any]
_Writes: TypeAlias = Iterable[tuple[str, Any]]
_Keys: TypeAlias = Union[str, Iterable[str]]

_Stop: TypeAlias = Union[
    tuple[Literal["over", "news", "turn", "cached"], None, None],
    tuple[Literal["waits"], Awaitable[None], Optional[float]],
    tuple[Literal["handled"], Task, BaseException],
]

@final
class Graph:
    """The compiled form of a `Pregel`, shared by its runs.

    `channels` holds channels and managed values. Where it is `watched`, each node is run as the
    Runnable it is, step by step. Channels whose class is one of `foreign` run as the Python objects
    they are.
    """

    def __new__(
        cls,
        nodes: dict[str, Any],
        channels: dict[str, Any],
        input_channels: _Keys,
        output_channels: _Keys,
        stream_channels: _Keys,
        node_error_handler_map: Optional[dict[str, str]] = None,
        retry_policy: Any = None,
        cache_policy: Any = None,
        watched: bool = False,
        foreign: Sequence[type] = ...,
    ) -> Graph: ...
    def __len__(self) -> int:
        """The number of nodes."""
    def is_of(self, nodes: dict[str, Any], channels: dict[str, Any]) -> bool:
        """Tell whether it is made of these very objects, under the same names."""

@final
class Run:
    """One invocation of a graph.

    Args:
        graph: The graph.
        config: The whole config.
        options: See `src/bridge/src/run/settings.rs`; `input`, `output_keys` and `stream_keys` are
            required.
    """

    def __new__(cls, graph: Graph, config: _Config, options: dict[str, Any]) -> Run: ...
    @staticmethod
    def open_plain(
        pregel: Any,
        graph: Graph,
        input: Any,
        config: Any,
        asked: tuple[Any, Any, Any, Any, Any, Any, Any],
        asynchronous: bool,
    ) -> Run | None:
        """Open the run of a caller whose config and surroundings say nothing out of the ordinary.

        Args:
            pregel: The graph.
            graph: Its compiled form.
            input: The input.
            config: The caller's config.
            asked: `(context, control, stream_mode, output_keys, interrupt_before,
                interrupt_after, durability)`; a stream mode of None is for the last values alone.
            asynchronous: Whether it is driven on asyncio's loop.

        Returns:
            The run; None where it is to be opened the general way.
        """

    @property
    def sink(self) -> StreamSink | None: ...
    @property
    def max_concurrency(self) -> int | None: ...
    def go_to_end(self) -> bool:
        """Go on without the driver; False where that has something to do before the end."""
    @property
    def is_over(self) -> bool:
        """Whether an asyncio run has ended without its driver."""
    @property
    def eager(self) -> bool: ...
    @property
    def cache(self) -> Any: ...
    @property
    def config(self) -> _Config: ...
    @property
    def saves_inline(self) -> bool:
        """Whether its saver answers at once."""
    @property
    def loads_nothing(self) -> bool:
        """Whether the engine knows that no saver has a checkpoint to load."""
    @property
    def checkpoint_config(self) -> _Config:
        """The config by which the run's checkpoint is asked of the saver."""
    @property
    def checkpoint_ns(self) -> tuple[str, ...]: ...
    @property
    def status(self) -> str: ...
    @property
    def step(self) -> int: ...
    @property
    def output(self) -> Any: ...
    @property
    def latest(self) -> Any:
        """The last values that the run emitted, or None."""
    @property
    def interrupts(self) -> list[Any]: ...
    @property
    def specs(self) -> dict[str, Any]:
        """The channel objects of the graph, by name."""
    @property
    def tasks(self) -> dict[str, Task]:
        """The tasks of the superstep by id; a dict made anew."""

    def begin(
        self,
        saved: Any,
        superseded: bool = False,
        latest: bool = True,
        channels: Optional[dict[str, Any]] = None,
    ) -> None:
        """Start from what the saver gave; None if it has nothing.

        Args:
            saved: A `CheckpointTuple`.
            superseded: A newer checkpoint exists.
            latest: The newest checkpoint was asked for.
            channels: Channel objects that are rebuilt from history already.
        """
    # sync driving
    def invoke(self) -> Any:
        """Run to the end; return the last values, with the interrupts among them.

        Raises:
            RuntimeError: The run was made to be streamed, or for asyncio.
        """
    def next_chunk(self) -> Any:
        """Return the next chunk in its `ChunkShape`; `MISSING` when the run has ended."""
    def result(self) -> Any:
        """Return the last values as `invoke` does."""
    def abort(self, error: BaseException) -> None:
        """End a run whose stream was closed or failed outside. `error` is not raised."""
    # asyncio driving
    def board(self, kit: LoopKit, is_light: bool) -> None:
        """Set the loop on which the run is driven.

        Args:
            kit: The loop's.
            is_light: Whether the run may go on between chunks without its driver.
        """
    def next_ready(self) -> Any:
        """Return the next chunk in its `ChunkShape`, where that needs no driver.

        Returns:
            The chunk; `MISSING` if there is something for the driver to do first.
        """
    def drive(self) -> _Stop:
        """Go on until the driver has something to do; return what, and what belongs to it.

        Returns:
            `over`: nothing is left to plan; `news`: there may be chunks or requests to take;
            `turn`: other tasks of the loop are to get their turn; `waits` (awaitable, seconds or
            None): tasks wait; `cached`: tasks may be in the cache; `handled` (task, error): an
            error handler is to be started, by `enqueue`.
        """
    def enqueue(self, task: Task) -> None:
        """Add a task to the superstep that is under way."""
    def wake(self) -> None:
        """Wake the driver, from any thread."""
    def running(self) -> list[AsyncTask[None]]:
        """Return the asyncio tasks of the tasks that wait."""
    def commit_ended(self) -> None:
        """Commit the tasks that have ended, in a run that is over."""
    def set_gate(self, gate: Any) -> None:
        """Limit how many tasks run at once by a semaphore of asyncio."""
    def count_call(self, change: int) -> None:
        """Take in that a call from inside a task began (1) or ended (-1)."""
    def commit(self, task: Task, error: Optional[BaseException] = None) -> bool:
        """Take in how a task ended; True if its error is left to a handler."""
    def schedule_handler(self, task: Task, error: BaseException) -> Optional[Task]:
        """Return the task that handles a failure, if one does."""
    def tick(self) -> bool:
        """Plan the next superstep; False when the run is over."""
    def after_tick(self) -> None:
        """End the superstep: the barrier."""
    def finish(self) -> None:
        """End the superstep by way of `after_tick`."""
    def exit(self, error: Optional[BaseException] = None) -> Optional[BaseException]:
        """End the run; return the error where the caller is to see it."""
    def set_driver(self, driver: Any) -> None:
        """Set the object that starts calls made from inside tasks."""
    def forget_tasks(self) -> None:
        """Let go of the tasks of a run that has ended."""
    # what a driver asks for
    def put_writes(self, task_id: str, writes: _Writes, *, cached: bool = False) -> None:
        """Take these as what a task wrote: store, persist and show them."""
    def uncached(self) -> list[Any]:
        """Return the tasks of the superstep that the cache may know."""
    def take_cached(self, found: Iterable[tuple[Task, _Writes]]) -> None:
        """Take writes from the cache as the tasks' results."""
    def take_ops(self) -> list[tuple[str, tuple[Any, ...], bool]]:
        """Return the requests that wait: method of the saver, arguments, whether it binds.

        Once a request that binds has failed, no checkpoint may be stored.
        """
    def pop_lifecycle(self) -> Any:
        """Return the next lifecycle event that was not shown yet, or None."""
    def raise_failure(self) -> None:
        """Raise the failure of a saver that was called in place, if there was one."""
    def raise_status(self) -> None:
        """Raise where the run ended early.

        Raises:
            GraphRecursionError: It ran out of steps.
            GraphDrained: It was asked to drain.
        """

@final
class State:
    """A loaded checkpoint outside of a run, for reading and editing.

    Without `get_next_version`, writes change values and no versions. `channels` holds objects of
    channels that are loaded already.
    """

    def __new__(
        cls,
        graph: Graph,
        checkpoint: Mapping[str, Any],
        pending_writes: Sequence[tuple[Any, str, Any]],
        config: _Config,
        step: int,
        stop: int,
        get_next_version: Optional[Callable[..., Any]] = None,
        store: Any = None,
        checkpointer: Any = None,
        channels: Optional[dict[str, Any]] = None,
    ) -> State: ...
    @property
    def channels(self) -> dict[str, Any]:
        """Channel objects that stand where the channels stand, by name."""
    @property
    def versions(self) -> dict[str, Any]: ...
    @property
    def versions_seen(self) -> dict[str, dict[str, Any]]: ...
    def plan(self, for_execution: bool = True, with_config: bool = False) -> dict[str, Any]:
        """Return the tasks of the next superstep by id.

        They are `PregelExecutableTask`s; without `for_execution`, bare `PregelTask`s.
        """
    def apply(self, tasks: Iterable[Any]) -> set[str]:
        """Apply the writes of tasks; return the names of the channels that changed.

        Args:
            tasks: Objects with `path`, `name`, `writes` and `triggers`.
        """
    def read(self, select: _Keys) -> Any:
        """Return the value of one channel, or a dict of several."""
    def checkpoint(
        self,
        step: int,
        *,
        id: Optional[str] = None,
        updated_channels: Optional[Sequence[str]] = None,
        channels_to_snapshot: Optional[Iterable[str]] = None,
        stored_versions: Optional[Mapping[str, Any]] = None,
    ) -> dict[str, Any]:
        """Return the state as a checkpoint, with an id of its own unless one is given."""

@final
class StreamSink:
    """Takes chunks from any thread, by a call. `modes` says which it wants.

    Args:
        modes: The stream modes that the run's own reader wants.
        parent: The sink of the run above, which gets the chunks of its own modes.
        shape: How the run's own reader gets them; as `(namespace, mode, payload)` if it is None.
    """

    def __new__(
        cls, modes: set[StreamMode], parent: Any = None, shape: Optional[ChunkShape] = None
    ) -> StreamSink: ...
    @property
    def modes(self) -> set[StreamMode]: ...
    @property
    def waiting(self) -> bool:
        """Whether a chunk can be taken."""

    def __call__(self, chunk: StreamChunk) -> None: ...
    def put(self, chunk: StreamChunk) -> None:
        """Take a chunk that only this run's own reader is to see."""
    def deafen(self, deaf: bool) -> None:
        """Say whether what arrives is left out from now on."""
    def notify(self, callback: Optional[Callable[[], object]]) -> None:
        """Set what is called after each arrival, on the thread where it happened; None to stop."""

@final
class Scratchpad:
    """What a task remembers while it runs. Made by the engine only."""

    @property
    def step(self) -> int: ...
    @property
    def stop(self) -> int: ...
    @property
    def resume(self) -> list[Any]:
        """The answers given to the task's interrupts so far, in order."""

    def call_counter(self) -> int:
        """Return the place of the next call made from inside the task."""
    def interrupt_counter(self) -> int:
        """Return the place of the next interrupt in the task."""
    def subgraph_counter(self) -> int:
        """Return the place of the next subgraph run in the task."""
    def restart(self) -> None:
        """Before another attempt: it meets the same interrupts again."""
    def get_null_resume(self, consume: bool = False) -> Any:
        """Return the answer that names no interrupt, or None; `consume` takes it from others."""

@final
class Task:
    """A task of a superstep. Made by the engine only.

    As a mapping it stands for its config, a dict that is made when first asked for.
    """

    @property
    def id(self) -> str: ...
    @property
    def name(self) -> str: ...
    @property
    def path(self) -> tuple[Any, ...]: ...
    @property
    def input(self) -> Any: ...
    @property
    def proc(self) -> Any: ...
    @property
    def writes(self) -> list[tuple[str, Any]]:
        """What the task wrote so far; a list made anew."""
    @property
    def config(self) -> _Config: ...
    @property
    def triggers(self) -> tuple[str, ...]: ...
    @property
    def retry_policy(self) -> Any: ...
    @property
    def cache_key(self) -> Any: ...
    @property
    def timeout(self) -> Any: ...
    @property
    def writers(self) -> Sequence[Any]: ...
    @property
    def subgraphs(self) -> Sequence[Any]: ...
    @property
    def channels(self) -> list[str]:
        """The names of all channels, which `read` takes."""
    @property
    def driver(self) -> Any:
        """The driver of the run, while one drives."""

    def send(self, writes: _Writes) -> None:
        """Add writes to the task."""
    def read(self, select: _Keys, fresh: bool = False) -> Any:
        """Return the value of a channel, or a dict of several.

        With `fresh`, as the task's own writes leave them.
        """
    def call(
        self,
        func: Callable[..., Any],
        input: Any,
        *,
        retry_policy: Any = None,
        cache_policy: Any = None,
        timeout: Any = None,
        callbacks: Any = None,
    ) -> Any:
        """Run `func` as a task of the same superstep; return its future.

        Raises:
            RuntimeError: `func` is a coroutine function, and the run is sync.
            ValueError: `func` has no name.
        """
    def begin(self) -> None:
        """Begin an attempt."""
    def advance(self, value: Any) -> Any:
        """Go on with what was awaited (None at first).

        Returns:
            The next awaitable, or None at the end.
        """
    def judge(self, error: BaseException) -> Optional[float]:
        """Decide about a failed attempt; raise the error where it is final.

        Returns:
            Seconds to wait before the next attempt, or None if nothing is left to do.
        """
    def guard(self, config: Optional[_Config]) -> None:
        """Show the current attempt this config in place of its own; with None its own again."""
    def forget_writes(self) -> None:
        """Forget what the current attempt wrote."""
    def items(self) -> ItemsView[str, Any]: ...
    def keys(self) -> KeysView[str]: ...
    def values(self) -> ValuesView[Any]: ...
    def copy(self) -> _Config: ...
    def get(self, key: str, default: Any = None) -> Any: ...
    def __getitem__(self, key: str, /) -> Any: ...
    def __contains__(self, key: object, /) -> bool: ...
    def __iter__(self) -> Iterator[str]: ...
    def __len__(self) -> int: ...

@final
class Entry:
    """A stored checkpoint as it was when it was looked up, with its values."""

    @property
    def id(self) -> str: ...
    @property
    def parent_id(self) -> Optional[str]: ...
    @property
    def created_at(self) -> Optional[str]:
        """When it was made, as ISO 8601."""
    @property
    def is_plain(self) -> bool:
        """Whether all that it holds is of kinds whose reading cannot fail."""
    def metadata(
        self,
        loads: Callable[[tuple[str, bytes]], Any],
        hook: Optional[Callable[[int, bytes], Any]],
    ) -> Any: ...
    def snapshot(
        self,
        graph: Graph,
        thread: str,
        namespace: str,
        config: Optional[_Config],
        shown: _Keys,
        live: bool,
        loads: Callable[[tuple[str, bytes]], Any],
        hook: Optional[Callable[[int, bytes], Any]],
    ) -> Any:
        """The `StateSnapshot` of a graph without graphs inside.

        None where it takes a closer look: at writes that are no task's or tell what became of one,
        at tasks that have ended where that is to be seen, at parents.

        Args:
            config: What names the checkpoint, where it is not to be made.
            shown: The channels whose values are read.
            live: Whether tasks that have ended are to be seen.
        """
    def show(
        self,
        graph: Graph,
        namespace: str,
        shown: _Keys,
        loads: Callable[[tuple[str, bytes]], Any],
        hook: Optional[Callable[[int, bytes], Any]],
    ) -> Optional[tuple[Any, list[Any], list[tuple[str, str, Any]]]]:
        """The values, the tasks that it leads to, and the pending writes.

        None where telling takes more than this checkpoint.
        """
    def versions_seen(self) -> dict[str, dict[str, Any]]:
        """What each node has seen of the channels."""
    def update(
        self,
        ledger: Ledger,
        graph: Graph,
        thread: str,
        namespace: str,
        node: str,
        values: Any,
        task: Optional[str],
        may_branch: bool,
        dumps: Callable[[Any], tuple[str, bytes]],
        reading: Any,
        loads: Callable[[tuple[str, bytes]], Any],
        hook: Optional[Callable[[int, bytes], Any]],
    ) -> Optional[str]:
        """Store what follows if a node returns `values`; the id of the checkpoint made.

        None, with nothing stored, where that takes more: functions of the user, a look at the
        state, graphs inside.

        Args:
            task: The id of the task that the update stands for, if it is known.
            may_branch: Whether another checkpoint may follow this one already, whose writes these
                are not.
            reading: Notes what could not be read.
        """

@final
class Ledger:
    """What an `InMemorySaver` has stored, by thread and namespace."""

    def __init__(self) -> None: ...
    @property
    def live(self) -> bool:
        """Whether the content is still here."""

    def threads(self) -> list[str]:
        """The ids of all threads, in the order they came."""

    def namespaces(self, thread: str) -> list[str]:
        """The namespaces of a thread, in the order they came."""

    def ids(self, thread: str, namespace: str) -> list[str]:
        """The ids of a namespace's checkpoints, newest first."""

    def latest(self, thread: str, namespace: str) -> Optional[str]:
        """The id of a namespace's latest checkpoint."""

    def entry(self, thread: str, namespace: str, id: Optional[str]) -> Optional[Entry]:
        """A checkpoint by its id, or the latest.

        None if there is no such one, or it is not of the form in which runs make them.
        """

    def load(
        self,
        thread: str,
        namespace: str,
        id: Optional[str],
        loads: Callable[[tuple[str, bytes]], Any],
        hook: Optional[Callable[[int, bytes], Any]],
        metadata: Any = None,
    ) -> Optional[tuple[str, dict[str, Any], Any, Optional[str], list[tuple[str, str, Any]]]]:
        """A checkpoint by its id, or the latest.

        Args:
            loads: The serializer's `loads_typed`.
            hook: What it makes extensions with, where nothing else is done to what is read.
            metadata: Taken as it is, if given.

        Returns:
            The id, the checkpoint, its metadata, its parent's id, and the pending writes as
            `(task id, channel, value)`; None if there is no such checkpoint.
        """

    def metadata(
        self,
        thread: str,
        namespace: str,
        id: str,
        loads: Callable[[tuple[str, bytes]], Any],
        hook: Optional[Callable[[int, bytes], Any]],
    ) -> Any:
        """A checkpoint's metadata, or None."""

    def part(
        self,
        thread: str,
        namespace: str,
        id: str,
        channels: Collection[str],
        loads: Callable[[tuple[str, bytes]], Any],
        hook: Optional[Callable[[int, bytes], Any]],
    ) -> Optional[tuple[Optional[str], dict[str, Any], list[tuple[str, str, Any]]]]:
        """Of some channels at a checkpoint: the parent's id, the values, the pending writes."""

    def put(
        self,
        thread: str,
        namespace: str,
        id: str,
        parent: Optional[str],
        checkpoint: dict[str, Any],
        metadata: Any,
        versions: dict[str, Any],
        dumps: Callable[[Any], tuple[str, bytes]],
    ) -> bool:
        """Store a checkpoint and the values of the channels in `versions`.

        Returns:
            False, with nothing stored, where a version is none that can be kept here.
        """

    def put_writes(
        self,
        thread: str,
        namespace: str,
        id: str,
        writes: Sequence[tuple[str, Any]],
        task: str,
        path: str,
        dumps: Callable[[Any], tuple[str, bytes]],
    ) -> bool:
        """Store a task's writes; False where the content has moved."""

    def delete(self, thread: str) -> None:
        """Delete everything of a thread."""

    def open(self, storage: Any, writes: Any, blobs: dict[Any, Any]) -> None:
        """Move everything into a saver's dicts, if it is still here."""

    def __deepcopy__(self, memo: Any) -> Ledger: ...

@final
class LoopKit:
    """What running tasks on one event loop takes."""

    def __new__(cls, running_loop: AbstractEventLoop) -> LoopKit: ...
    @staticmethod
    def of(running_loop: AbstractEventLoop) -> LoopKit:
        """Return the kit of a loop, made at its first run."""
    def start(self, task: Task, gate: Any) -> AsyncTask[None]:
        """Start a task; its first step is made at once where the loop allows it.

        Args:
            task: The task.
            gate: The semaphore that it passes first, or None.
        """
    def tell(self) -> None:
        """Let those who wait for settled promises go on; called by the loop."""

@final
class Offload:
    """Where a sync function is called from asyncio; learns how quick it is."""

    def __new__(cls) -> Offload: ...
    def call(
        self,
        running_loop: AbstractEventLoop,
        function: Callable[..., _T],
        /,
        *args: Any,
        **kwargs: Any,
    ) -> Awaitable[_T]:
        """Call a function on the executor, in a copy of the current context.

        The calling thread waits some microseconds for a function that was quick before.

        Args:
            running_loop: The loop that runs on the calling thread.
            function: The function.
            *args: Its positional arguments.
            **kwargs: Its keyword arguments.
        """

@final
class NodeMessages:
    """What the `messages` mode shows of nodes, and which messages it has shown or need not show.

    `stream` takes each `(namespace, "messages", (message, metadata))`. Messages of the class
    `left_out` are not shown where a node returns them. A `meta` is `(namespace, metadata)`.
    """

    def __new__(
        cls, stream: Callable[[Any], None], left_out: Optional[type] = None
    ) -> NodeMessages: ...
    @property
    def seen(self) -> set[Any]:
        """The ids of the messages that were shown, or are no news."""

    def mark(self, inputs: Any) -> None:
        """Note the messages that a node is given: in a dict, a dataclass or a pydantic model.

        Raises:
            TypeError: A message's id cannot be hashed.
        """

    def emit(
        self, meta: tuple[tuple[str, ...], dict[str, Any]], message: Any, dedupe: bool = False
    ) -> None:
        """Show a message; with `dedupe` only where it was not seen. One without an id gets one."""

    def emit_found(self, meta: tuple[tuple[str, ...], dict[str, Any]], outputs: Any) -> None:
        """Show the messages in what a node returned, or in the updates of its Commands."""

def append_messages(
    known: Any, new: Any, plain: set[type], identify: Callable[[list[Any]], Any]
) -> Optional[list[Any]]:
    """Return the list `known` with `new`, a message or a list, after it.

    None where that may not be all there is to do: where one is of a class not in `plain`, has no
    id, or has another's.
    """

@overload
def dumps_typed(obj: bytearray) -> tuple[str, bytearray]: ...
@overload
def dumps_typed(obj: Any) -> tuple[str, bytes]:
    """Encode an object as `JsonPlusSerializer.dumps_typed` does, but for pickling.

    Returns:
        The name of the encoding and the encoded bytes.

    Raises:
        TypeError: Something in it has no form in msgpack.
    """

def exit_task_id(step: int, task_id: str, late: bool = False) -> str:
    """Return the task id for delta writes that are stored when a run ends.

    It sorts by superstep; with `late` after every real task id.

    Raises:
        ValueError: `task_id` is no UUID.
    """

def judge(task: Any, namespace: str, attempts: int, error: BaseException) -> Optional[float]:
    """Decide about a failed attempt of any task; see `Task.judge`."""

def msgpack_pack(obj: Any) -> bytes:
    """Encode an object.

    Raises:
        TypeError: Something in it has no form in msgpack.
    """

def msgpack_unpack(data: Any, hook: Callable[[int, bytes], Any]) -> Any:
    """Decode one object; `hook` makes a value of each extension's code and bytes.

    Raises:
        ValueError: The bytes are no msgpack, or the hook fails.
    """

def parent_namespace(namespace: str) -> str:
    """Return the checkpoint namespace of the graph that a task's namespace is in."""

def path_sort_key(path: Any) -> str:
    """Return the sort key of a task path, as savers store it."""

def random_id() -> bytes:
    """Return sixteen random bytes: enough to keep ids apart, not to keep secrets."""

def set_gil_release(when: Any) -> None:
    """Set when sync runs release the GIL: at every "superstep", or only while "waiting".

    Raises:
        ValueError: `when` is neither.
    """

def spawn(function: Callable[[], object]) -> None:
    """Call `function()` on a thread of the executor; what it raises is reported and dropped."""

def xxh3_128_hexdigest(bytes: bytes) -> str:
    """Return the xxh3-128 of some bytes, as 32 hexadecimal digits."""
