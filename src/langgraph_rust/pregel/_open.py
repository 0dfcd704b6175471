"""What a run is told before it starts, for both drivers: config, runtime, modes and callbacks."""

from __future__ import annotations

import warnings
from typing import TYPE_CHECKING, Any, Callable, Dict, List, Optional, Sequence, Set

from langgraph_rust._engine import Run
from langgraph_rust._internal._config import complete_config, ensure_config
from langgraph_rust._internal._constants import (
    CONF,
    CONFIG_KEY_CHECKPOINT_NS,
    CONFIG_KEY_DURABILITY,
    CONFIG_KEY_RUNTIME,
    CONFIG_KEY_STREAM,
    CONFIG_KEY_STREAM_MESSAGES_V2,
    CONFIG_KEY_TASK_ID,
    NS_SEP,
)
from langgraph_rust._langchain.callbacks import observed
from langgraph_rust.config import get_config
from langgraph_rust.pregel._delta import put_writes_accepts_task_path
from langgraph_rust.runtime import (
    DEFAULT_RUNTIME,
    RunControl,
    Runtime,
    ServerInfo,
)
from langgraph_rust.warnings import LangGraphDeprecatedSinceV10

if TYPE_CHECKING:
    from langgraph_rust._engine import StreamSink
    from langgraph_rust.pregel._chunks import ChunkShape
    from langgraph_rust.pregel.main import Pregel
    from langgraph_rust.types import StreamMode

_open_plain = Run.open_plain

_EAGER_MODES = frozenset(("messages", "custom"))


class Opened:
    """A run that is ready to start.

    Attributes:
        config: The run's whole config.
        modes: Every mode that is streamed or printed.
        manager: The run manager of langchain's callbacks; None where nobody observes the run.
        graph_manager: The manager of those who hear of interrupts; None where nobody does.
        handlers: Those of the run's own handlers that need to know its namespace.
        sink: Takes the chunks.
        options: What `_engine.Run` is made with, but for callbacks.
    """

    __slots__ = (
        "pregel",
        "input",
        "config",
        "modes",
        "built",
        "checkpointer",
        "manager",
        "graph_manager",
        "handlers",
        "sink",
        "options",
        "subgraphs",
        "version",
    )

    def __init__(self, pregel: Pregel, input: Any, config: Any, asked: Dict[str, Any]) -> None:
        self.pregel = pregel
        self.input = input
        self.version = asked["version"]
        self.subgraphs = asked["subgraphs"]
        self.manager: Any = None
        self.graph_manager: Any = None
        self.handlers: List[Any] = []
        durability = asked["durability"]
        if asked.get("checkpoint_during") is not None:
            durability = _durability_of(asked["checkpoint_during"], durability)
        self.config = config = ensure_config(pregel.config, config)
        (
            self.modes,
            output_keys,
            before,
            after,
            self.checkpointer,
            store,
            cache,
            settled,
        ) = pregel._defaults(
            config,
            stream_mode=asked["stream_mode"],
            print_mode=asked["print_mode"],
            output_keys=asked["output_keys"],
            interrupt_before=asked["interrupt_before"],
            interrupt_after=asked["interrupt_after"],
            durability=durability,
        )
        self.built = pregel._build()
        if self.checkpointer is None and durability is not None:
            warn_of_durability()
        self.options: Dict[str, Any] = {
            "input": input,
            "output_keys": output_keys,
            "stream_keys": self.built.stream_channels,
            "interrupt_before": before,
            "interrupt_after": after,
            "store": store,
            "cache": cache,
            "durability": settled,
            "step_timeout": pregel.step_timeout,
            "migrate": pregel._migrate_checkpoint,
            "eager": pregel.stream_eager
            or self.subgraphs
            or not _EAGER_MODES.isdisjoint(self.modes),
        }
        if durability is not None:
            config[CONF][CONFIG_KEY_DURABILITY] = settled

    def needs_manager(self, asynchronous: bool) -> bool:
        """Tell whether somebody observes the run, or a mode is fed by callbacks."""
        return (
            "messages" in self.modes or "tools" in self.modes or observed(self.config, asynchronous)
        )

    def prune_handlers(self, callbacks: Any) -> None:
        """Drop handlers that serve other runs, and mark the callbacks as those of a graph."""
        if callbacks.handlers or callbacks.inheritable_handlers:
            self._drop_unserving(callbacks)
        if "ls_integration" not in callbacks.metadata:
            callbacks.add_metadata({"ls_integration": "langgraph"})

    def _drop_unserving(self, callbacks: Any) -> None:
        from langgraph_rust._langchain.stream_messages import (
            StreamMessagesHandler,
            StreamMessagesHandlerV2,
        )
        from langgraph_rust._langchain.stream_tools import StreamToolCallHandler

        def serves(handler: Any) -> bool:
            if "messages" in self.modes and self.version != "v2":
                if isinstance(handler, StreamMessagesHandlerV2):
                    return False
            if CONFIG_KEY_TASK_ID not in self.config[CONF]:
                if isinstance(handler, (StreamMessagesHandler, StreamToolCallHandler)):
                    return bool(handler.subgraphs)
            return True

        callbacks.handlers = [h for h in callbacks.handlers if serves(h)]
        callbacks.inheritable_handlers = [h for h in callbacks.inheritable_handlers if serves(h)]

    def start_arguments(self) -> Dict[str, Any]:
        """Return what `on_chain_start` is told about the run."""
        return {
            "name": self.config.get("run_name", self.pregel.get_name()),
            "run_id": self.config.get("run_id"),
        }

    def tell_lifecycle_to(self, manager: Any) -> None:
        """Have interrupts and resumptions reported to the handlers of a manager, if it has any."""
        if manager.handlers:
            self.options["has_lifecycle"] = True
            self.graph_manager = manager

    def add_mode_handlers(self, put: Callable[[Any], None]) -> None:
        """Add the handlers by which models and tools feed the stream."""
        if "messages" in self.modes:
            from langgraph_rust._langchain.stream_messages import (
                StreamMessagesHandler,
                StreamMessagesHandlerV2,
            )

            second = self.version == "v2" and self.config[CONF].get(CONFIG_KEY_STREAM_MESSAGES_V2)
            handler = StreamMessagesHandlerV2 if second else StreamMessagesHandler
            self.handlers.append(handler(put, self.subgraphs))
        if "tools" in self.modes:
            from langgraph_rust._langchain.stream_tools import StreamToolCallHandler

            self.handlers.append(StreamToolCallHandler(put, self.subgraphs))
        if self.manager is not None:
            self.manager.inheritable_handlers.extend(self.handlers)

    def make_run(
        self, asynchronous: bool, shape: Optional[ChunkShape], context: Any, control: Any
    ) -> Any:
        """Return the engine's run.

        Args:
            asynchronous: Whether it is driven on asyncio's loop.
            shape: How its chunks are wanted; None if only the last values are.
            context: See `Pregel.stream`.
            control: See there.
        """
        from langgraph_rust import _engine

        options = self.options
        self.config = config = self.pregel._own_checkpoint_config(self.config)
        conf = config[CONF]
        parent = conf.get(CONFIG_KEY_STREAM)
        engine_modes: Set[StreamMode] = set() if shape is None else self.modes
        self.sink: Optional[StreamSink]
        if engine_modes or parent is not None or "custom" in self.modes:
            self.sink = _engine.StreamSink(engine_modes, parent, shape)
            options["sink"] = self.sink
        else:
            self.sink = None
        self.add_mode_handlers(self.sink.put if self.sink is not None else _drop)
        runtime = self._runtime(conf, context, control)
        conf[CONFIG_KEY_RUNTIME] = runtime
        if self.subgraphs:
            conf[CONFIG_KEY_STREAM] = self.sink
        options["control"] = runtime.control
        options["is_async"] = asynchronous
        options["latest_only"] = shape is None
        if self.manager is not None:
            options["manager"] = self.manager
            options["tap"] = self._find_tap()
        if self.checkpointer is not None:
            self._add_saver(self.checkpointer, asynchronous)
        run = _engine.Run(self.built.graph, config, options)
        for handler in self.handlers:
            handler.parent_ns = run.checkpoint_ns
        return run

    def _find_tap(self) -> Any:
        """Return what the engine may tell of nodes itself; None where callbacks are to hear."""
        if len(self.handlers) != 1 or "messages" not in self.modes:
            return None
        from langgraph_rust._langchain.stream_messages import MessagesTap

        return MessagesTap.of(self.handlers[0], self.manager)

    def _add_saver(self, saver: Any, asynchronous: bool) -> None:
        from langgraph_rust.checkpoint.base import BaseCheckpointSaver

        options = self.options
        options["checkpointer"] = saver
        # asked of the saver, not of its class: one may pass it on to another saver
        next_version = saver.get_next_version
        if getattr(next_version, "__func__", None) is not BaseCheckpointSaver.get_next_version:
            options["get_next_version"] = next_version
        put_writes = saver.aput_writes if asynchronous else saver.put_writes
        options["takes_task_path"] = put_writes_accepts_task_path(put_writes)
        options["saves_inline"] = _saves_inline(saver, asynchronous)
        if options["saves_inline"]:
            from langgraph_rust.checkpoint.memory._saver import find_ledger, is_read_by_others

            options["ledger"] = find_ledger(saver)
            options["loads_inline"] = not is_read_by_others(saver)

    def _runtime(self, conf: Dict[str, Any], context: Any, control: Any) -> Runtime[Any]:
        if "custom" in self.modes and self.sink is not None:
            put = self.sink.put

            def stream_writer(chunk: Any) -> None:
                namespace = get_config()[CONF][CONFIG_KEY_CHECKPOINT_NS]
                put((tuple(namespace.split(NS_SEP)[:-1]), "custom", chunk))

        elif CONFIG_KEY_STREAM in conf:
            stream_writer = conf[CONFIG_KEY_RUNTIME].stream_writer
        else:
            stream_writer = _drop
        context = _coerce_context(self.pregel.context_schema, context)
        return _runtime_of(conf, stream_writer, self.options["store"], context, control)


_NO_LIMIT: Dict[str, Any] = {"max_concurrency": None}
_NO_OPTIONS: Dict[str, Any] = {"eager": False, "durability": None, "cache": None}


class Plain:
    """What `Opened` is to other runs, for one that the engine opened itself for a caller.

    Such a run keeps nothing, and nobody observes it.
    """

    __slots__ = ("config", "options", "sink")

    checkpointer = manager = graph_manager = None

    def __init__(self, run: Any) -> None:
        self.sink = run.sink
        # of thousands of runs at once, few have anything of their own here
        limit, eager, cache = run.max_concurrency, run.eager, run.cache
        self.config = _NO_LIMIT if limit is None else {"max_concurrency": limit}
        self.options = _NO_OPTIONS
        if eager or cache is not None:
            self.options = {"eager": eager, "durability": None, "cache": cache}


class Nested:
    """What `Opened` is to other runs, for one that the engine opened itself for a task.

    Such a run has no stream and no callbacks.
    """

    __slots__ = ("config", "options", "checkpointer")

    sink = manager = graph_manager = None

    def __init__(
        self, pregel: Pregel, max_concurrency: Optional[int], checkpointer: Any, waits: bool
    ) -> None:
        self.checkpointer = checkpointer
        self.config = {"max_concurrency": max_concurrency}
        self.options = {
            "eager": pregel.stream_eager,
            "step_timeout": pregel.step_timeout,
            "durability": "sync" if waits else "async",
            "cache": pregel.cache,
        }


def _runtime_of(
    conf: Dict[str, Any], stream_writer: Any, store: Any, context: Any, control: Any
) -> Runtime[Any]:
    """Return the runtime of a run: what it has of its own over that of the task it runs in."""
    parent = conf.get(CONFIG_KEY_RUNTIME)
    if parent is None:
        parent = DEFAULT_RUNTIME
    elif not isinstance(parent, Runtime):
        parent = Runtime(context=getattr(parent, "context", None))
    own = Runtime(
        context=context,
        store=store,
        stream_writer=stream_writer,
        server_info=_build_server_info(conf),
        control=control or parent.control or RunControl(),
    )
    return own if parent is DEFAULT_RUNTIME else parent.merge(own)


def open_plain(
    pregel: Pregel,
    input: Any,
    config: Any,
    asynchronous: bool,
    context: Any,
    control: Any,
    stream_mode: Any,
    output_keys: Any,
    interrupt_before: Any,
    interrupt_after: Any,
    durability: Any,
) -> Any:
    """Return the engine's run, if it can tell all about it by itself; else None.

    Args:
        pregel: The graph.
        input: The input.
        config: The caller's config.
        asynchronous: Whether the run is driven on asyncio's loop.
        context: See `Pregel.stream`, as the rest.
        control: See there.
        stream_mode: None for the last values alone.
        output_keys: See there.
        interrupt_before: See there.
        interrupt_after: See there.
        durability: See there.
    """
    graph = pregel._build().graph
    asked = (
        context,
        control,
        stream_mode,
        output_keys,
        interrupt_before,
        interrupt_after,
        durability,
    )
    run = _open_plain(pregel, graph, input, config, asked, asynchronous)
    if run is not None and durability is not None:
        warn_of_durability()
    return run


def caller_config(
    pregel: Pregel, config: Any, context: Any, store: Any, control: Any, durability: Any
) -> Any:
    """Return the whole config of a run that the engine opened for a caller."""
    full: Any = complete_config(None, config)
    conf = full[CONF]
    if durability is not None:
        conf[CONFIG_KEY_DURABILITY] = durability
    context = _coerce_context(pregel.context_schema, context)
    conf[CONFIG_KEY_RUNTIME] = _runtime_of(conf, _drop, store, context, control)
    return full


def nested_config(pregel: Pregel, task_config: Any, namespace: str) -> Any:
    """Return the config of a run that the engine opened for a task, with a config of that task."""
    config: Any = complete_config(task_config, pregel.config, task_config)
    conf = config[CONF]
    conf[CONFIG_KEY_CHECKPOINT_NS] = namespace
    conf[CONFIG_KEY_RUNTIME] = _runtime_of(conf, _drop, conf[CONFIG_KEY_RUNTIME].store, None, None)
    return config


def _drop(chunk: Any) -> None:
    """Takes what nobody streams. The default writer would leave a parent's in its place."""


def warn_of_durability() -> None:
    """Say that there is nothing to be durable."""
    warnings.warn("`durability` has no effect when no checkpointer is present.", stacklevel=1)


def _saves_inline(saver: Any, asynchronous: bool) -> bool:
    from langgraph_rust.checkpoint.memory import InMemorySaver

    if type(saver) is not InMemorySaver:
        return False
    # in place, `put` stands for `aput`; not where somebody watches that
    from langgraph_rust.checkpoint.memory._saver import is_replaced

    return not (asynchronous and is_replaced(saver, "aput", "aput_writes"))


def _durability_of(checkpoint_during: bool, durability: Any) -> str:
    warnings.warn(
        "`checkpoint_during` is deprecated and will be removed. Please use `durability` instead.",
        category=LangGraphDeprecatedSinceV10,
        stacklevel=5,
    )
    if durability is not None:
        raise ValueError(
            "Cannot use both `checkpoint_during` and `durability` parameters. "
            "Please use `durability` instead."
        )
    return "async" if checkpoint_during else "exit"


def _build_server_info(conf: Dict[str, Any]) -> Optional[ServerInfo]:
    """Describe the server that runs the graph, from what it puts into the config."""
    assistant_id = conf.get("assistant_id")
    graph_id = conf.get("graph_id")
    user = conf.get("langgraph_auth_user")
    if not hasattr(user, "identity"):
        user = None
    if assistant_id is None and graph_id is None and user is None:
        return None
    return ServerInfo(
        assistant_id=str(assistant_id) if assistant_id else "",
        graph_id=str(graph_id) if graph_id else "",
        user=user,
    )


def _coerce_context(schema: Any, context: Any) -> Any:
    """Return the context as an instance of its schema, where it was given as a dict."""
    if not isinstance(context, dict) or schema is None:
        return context
    if hasattr(schema, "model_fields") or hasattr(schema, "__dataclass_fields__"):
        return schema(**context)
    return context


def asked_modes(pregel: Pregel, config: Any, stream_mode: Any) -> Any:
    """Return the modes to stream: what was asked, or what suits a root or a nested run."""
    if stream_mode is not None:
        return stream_mode
    nested = config is not None and CONFIG_KEY_TASK_ID in config.get(CONF, {})
    return "values" if nested else pregel.stream_mode


def lifecycle_event(event: Sequence[Any], run_id: Any) -> Any:
    """Return the event object for what the engine kept of one."""
    from langgraph_rust.callbacks import GraphInterruptEvent, GraphResumeEvent

    kind, status, checkpoint_id, namespace, interrupts = event
    shared = {
        "run_id": run_id,
        "status": status,
        "checkpoint_id": checkpoint_id,
        "checkpoint_ns": namespace,
    }
    if kind == "resume":
        return GraphResumeEvent(**shared)
    return GraphInterruptEvent(**shared, interrupts=interrupts)
