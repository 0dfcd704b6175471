"""What crosses the wire between `RemoteGraph` and a server: configs, checkpoints, states, stream
events."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Iterator, Sequence

from langgraph_rust._internal._constants import (
    CONF,
    CONFIG_KEY_CHECKPOINT_ID,
    CONFIG_KEY_CHECKPOINT_MAP,
    CONFIG_KEY_CHECKPOINT_NS,
    CONFIG_KEY_STREAM,
    CONFIG_KEY_STRICT_RESUME,
    CONFIG_KEY_TASK_ID,
    INTERRUPT,
    NS_SEP,
)
from langgraph_rust.errors import GraphInterrupt, ParentCommand
from langgraph_rust.types import Command, Interrupt, PregelTask, StateSnapshot

if TYPE_CHECKING:
    from langchain_core.runnables import RunnableConfig

    from langgraph_rust.pregel.protocol import StreamProtocol

_CHECKPOINT_KEYS = ("thread_id", "checkpoint_ns", "checkpoint_id", "checkpoint_map")
_KEPT_HERE = frozenset(
    (
        CONFIG_KEY_CHECKPOINT_MAP,
        CONFIG_KEY_CHECKPOINT_ID,
        CONFIG_KEY_CHECKPOINT_NS,
        CONFIG_KEY_TASK_ID,
        CONFIG_KEY_STRICT_RESUME,
    )
)
"""Keys of `configurable` that mean something in this process alone."""


class RemoteException(Exception):
    """A remote graph's run failed; the argument is what the server said."""

    __module__ = "langgraph.pregel.remote"


def plain(value: Any) -> Any:
    """Return what of `value` can be sent as JSON, None if nothing."""
    if isinstance(value, (str, int, float)):
        return value
    if isinstance(value, dict):
        kept = ((key, plain(each)) for key, each in value.items() if isinstance(key, str))
        return {key: each for key, each in kept if each is not None}
    if isinstance(value, (list, tuple)):
        return [each for each in map(plain, value) if each is not None]
    from uuid import UUID

    return value if isinstance(value, UUID) else None


def sanitize_config(config: RunnableConfig) -> RunnableConfig:
    """Return what of `config` a server can use."""
    sent: Any = {}
    if "recursion_limit" in config:
        sent["recursion_limit"] = config["recursion_limit"]
    if "tags" in config:
        sent["tags"] = [tag for tag in config["tags"] if isinstance(tag, str)]
    if "metadata" in config:
        sent["metadata"] = plain(dict(config["metadata"]))
    if CONF in config:
        sent[CONF] = plain(
            {key: value for key, value in config[CONF].items() if key not in _KEPT_HERE}
        )
    return sent


def checkpoint_of(config: RunnableConfig | None) -> dict[str, Any] | None:
    """Return the checkpoint that `config` names, None if it names none."""
    if config is None:
        return None
    conf = config["configurable"]
    return {key: conf[key] for key in _CHECKPOINT_KEYS if key in conf} or None


def config_of(checkpoint: Any) -> RunnableConfig:
    """Return the config that names a server's checkpoint."""
    return {
        "configurable": {
            "thread_id": checkpoint["thread_id"],
            "checkpoint_ns": checkpoint["checkpoint_ns"],
            "checkpoint_id": checkpoint["checkpoint_id"],
            "checkpoint_map": checkpoint.get("checkpoint_map", {}),
        }
    }


def snapshot_of(state: Any) -> StateSnapshot:
    """Return the snapshot of a server's thread state."""
    tasks = tuple(map(_task_of, state["tasks"]))
    parent = state["parent_checkpoint"]
    return StateSnapshot(
        values=state["values"],
        next=tuple(state["next"] or ()),
        config=config_of(state["checkpoint"]),
        metadata=dict(state["metadata"]),  # type: ignore[arg-type]
        created_at=state["created_at"],
        parent_config=config_of(parent) if parent else None,
        tasks=tasks,
        interrupts=tuple(interrupt for task in tasks for interrupt in task.interrupts),
    )


def _task_of(task: Any) -> PregelTask:
    state: Any = None
    if task["state"]:
        state = snapshot_of(task["state"])
    elif task["checkpoint"]:
        state = {"configurable": task["checkpoint"]}
    return PregelTask(
        id=task["id"],
        name=task["name"],
        path=(),
        error=Exception(task["error"]) if task["error"] else None,
        interrupts=tuple(Interrupt(**interrupt) for interrupt in task["interrupts"]),
        state=state,
        result=task.get("result"),
    )


def drawable_nodes(graph: Any) -> list[dict[str, Any]]:
    """Return the fields of the nodes of a server's drawing."""
    drawn = []
    for node in graph["nodes"]:
        node_id, data = str(node["id"]), node.get("data", {})
        name = node.get("name")
        if name is None:
            name = data.get("name", node_id) if isinstance(data, dict) else node_id
        drawn.append({"id": node_id, "name": name, "data": data, "metadata": node.get("metadata")})
    return drawn


class Modes:
    """Which stream modes were asked for, and which to ask the server for.

    Attributes:
        sent: What the server is asked for.
        requested: What the caller asked for.
        single: Whether that was one mode, so that chunks come without its name.
        sink: The stream of the run this graph is part of, None at the root.
    """

    __slots__ = ("sent", "requested", "single", "sink")

    def __init__(self, asked: Any, config: RunnableConfig | None, default: str = "updates") -> None:
        self.single = not asked or isinstance(asked, str)
        names = [asked or default] if self.single else list(asked)
        self.sink: StreamProtocol | None = (config or {}).get(CONF, {}).get(CONFIG_KEY_STREAM)
        sent = names + (list(self.sink.modes) if self.sink else [])
        # the server's `messages` are of another shape: ours are its `messages-tuple`
        self.sent: list[Any] = _renamed(sent, "messages", "messages-tuple")
        self.requested: list[Any] = _renamed(names, "messages-tuple", "messages")
        if "updates" not in self.sent:
            # interrupts are told by updates
            self.sent.append("updates")
        if "events" in self.sent:
            self.sent.remove("events")


def _renamed(modes: list[str], old: str, new: str) -> list[str]:
    if old not in modes:
        return modes.copy()
    modes = modes.copy()
    modes.remove(old)
    return [*modes, new]


class Events:
    """Turns the events of a remote run into what `stream` yields."""

    __slots__ = ("modes", "subgraphs", "version", "caller_ns")

    def __init__(
        self, modes: Modes, config: RunnableConfig | None, subgraphs: bool, version: str
    ) -> None:
        self.modes = modes
        self.subgraphs = subgraphs
        self.version = version
        ns = (config or {}).get(CONF, {}).get(CONFIG_KEY_CHECKPOINT_NS)
        self.caller_ns: tuple[str, ...] = tuple(ns.split(NS_SEP)) if ns else ()

    def read(self, event: Any) -> Iterator[Any]:
        """Yield the chunk that `event` is for the caller, if any.

        Raises:
            ParentCommand: the remote graph goes on in the graph this one is part of.
            GraphInterrupt: it was interrupted, and is part of a graph.
            RemoteException: it failed.
        """
        mode, *inner_ns = event.event.split(NS_SEP)
        ns = self.caller_ns + tuple(inner_ns)
        self._follow_command(mode, event)
        if self.modes.sink is not None and mode in self.modes.sink.modes:
            self.modes.sink((ns, mode, event.data))
        self._raise_outcome(event)
        if mode not in self.modes.requested or (
            inner_ns and not self.subgraphs and mode != "messages"
        ):
            return
        if event.event.startswith("messages"):
            event = event._replace(data=tuple(event.data))
        if self.version == "v2":
            yield {
                "type": mode,
                "ns": ns,
                "data": event.data,
                "interrupts": _interrupts(mode, event.data),
            }
        elif self.subgraphs:
            yield (ns, event.data) if self.modes.single else (ns, mode, event.data)
        else:
            yield event.data if self.modes.single else event

    def _follow_command(self, mode: str, event: Any) -> None:
        if mode == "command" and event.data.get("graph") == Command.PARENT:
            raise ParentCommand(Command(**event.data))

    def _raise_outcome(self, event: Any) -> None:
        # only after the run around this one was shown the event
        if event.event.startswith("updates"):
            if self.caller_ns and isinstance(event.data, dict) and INTERRUPT in event.data:
                raise GraphInterrupt([Interrupt(**each) for each in event.data[INTERRUPT]])
        elif event.event.startswith("error"):
            raise RemoteException(event.data)


def _interrupts(mode: str, data: Any) -> tuple[Interrupt, ...]:
    """Take the interrupts out of a chunk of values."""
    if mode != "values" or not isinstance(data, dict):
        return ()
    found: Sequence[Any] = data.pop(INTERRUPT, ())
    return tuple(Interrupt(**each) if isinstance(each, dict) else each for each in found)
