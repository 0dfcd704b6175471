"""What `tasks` events tell about the start and the end of subgraphs.

A subgraph is seen first by an event in its namespace, whose last segment is
`<node>:<task id>`. It has ended when the task of that id reports its result in
the parent namespace.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Dict, List, Optional, Set, Tuple

from typing_extensions import Literal, NotRequired, TypedDict

from langgraph_rust._internal._home import settle
from langgraph_rust.stream._types import StreamTransformer
from langgraph_rust.stream.stream_channel import StreamChannel

if TYPE_CHECKING:
    from langchain_protocol.protocol import LifecycleCause

    from langgraph_rust.stream._types import ProtocolEvent

SubgraphStatus = Literal["started", "completed", "failed", "interrupted", "drained"]

Namespace = Tuple[str, ...]


class LifecyclePayload(TypedDict, total=False):
    """One item of `run.lifecycle`; also the data of a `lifecycle` event."""

    event: SubgraphStatus
    namespace: List[str]
    graph_name: NotRequired[str]
    trigger_call_id: NotRequired[str]
    cause: NotRequired[LifecycleCause]
    error: NotRequired[str]


class _TasksLifecycleBase(StreamTransformer):
    """Finds subgraphs in `tasks` events and reports their start and end once.

    Subclasses decide by `_should_track` which namespaces concern them, and act
    in `_on_started` and `_on_terminal`. Libraries build on these three and on
    the `_record…`, `_handle…` and `_pop…` methods, so their signatures are kept.
    `tasks` events are taken out of the log: what is made of them goes there.
    """

    required_stream_modes = ("tasks",)
    _hears = ("tasks",)

    def __init__(self, scope: Namespace = ()) -> None:
        super().__init__(scope)
        self._seen: Set[Namespace] = set()
        # Namespaces that have not ended, with the id of the task that runs each.
        self._open: Dict[Namespace, str] = {}
        # The agent that the first task of a namespace ran under, for subclasses.
        self._lc_by_ns: Dict[Namespace, Optional[str]] = {}
        # Task id -> id of the tool call it executes.
        self._pending_tool_calls: Dict[str, str] = {}
        # The cause of the `_on_started` in progress. Not an argument of it, as
        # subclasses override it with three.
        self._pending_cause: Optional[LifecycleCause] = None

    def _should_track(self, ns: Namespace) -> bool:
        """Whether a namespace concerns this transformer."""
        raise NotImplementedError

    def _on_started(
        self, ns: Namespace, graph_name: Optional[str], trigger_call_id: Optional[str]
    ) -> None:
        """Called at the first event of a namespace; see also `_pending_cause`."""
        raise NotImplementedError

    def _on_terminal(self, ns: Namespace, status: SubgraphStatus, error: Optional[str]) -> None:
        """Called when a namespace has ended, or the run before it."""
        raise NotImplementedError

    def process(self, event: ProtocolEvent) -> bool:
        if event["method"] != "tasks":
            return True
        for transition in self._note_task(event):
            self._on_terminal(*transition)
        return False

    def _note_task(
        self, event: ProtocolEvent
    ) -> List[Tuple[Namespace, SubgraphStatus, Optional[str]]]:
        """Book a `tasks` event; return what ended by it, for `_on_terminal`."""
        ns = tuple(event["params"]["namespace"])
        data = event["params"]["data"]
        if "result" in data:
            return self._pop_terminal_transitions(ns, data)
        self._record_identity(ns, data)
        self._record_pending_tool_calls(data)
        self._handle_task_start(ns, data)
        return []

    def _record_identity(self, ns: Namespace, data: Dict[str, Any]) -> None:
        if ns not in self._lc_by_ns:
            self._lc_by_ns[ns] = _agent_name(data)

    def _record_pending_tool_calls(self, data: Dict[str, Any]) -> None:
        """Remember which tool call a task executes, if its input tells.

        The input is a dict with a `"tool_call"`, or a list of tool calls, of
        which the first with an id counts.
        """
        task_id = data.get("id")
        if not isinstance(task_id, str):
            return
        payload = data.get("input")
        calls: List[Any] = []
        if isinstance(payload, list):
            calls = payload
        elif isinstance(payload, dict):
            calls = [payload.get("tool_call")]
        for call in calls:
            if isinstance(call, dict) and isinstance(call.get("id"), str):
                self._pending_tool_calls[task_id] = call["id"]
                return

    def _handle_task_start(self, ns: Namespace, data: Dict[str, Any]) -> None:
        if not self._should_track(ns) or ns in self._seen:
            return
        self._seen.add(ns)
        node, trigger_call_id = _parse_ns_segment(ns[-1])
        agent = _agent_name(data)
        self._pending_cause = None
        if agent is not None and trigger_call_id is not None:
            tool_call_id = self._pending_tool_calls.get(trigger_call_id)
            if tool_call_id:
                self._pending_cause = {
                    "type": "toolCall",
                    "tool_call_id": tool_call_id,
                }
        graph_name = agent if agent is not None else (node or None)
        self._on_started(ns, graph_name, trigger_call_id)
        if trigger_call_id is not None:
            self._open[ns] = trigger_call_id

    def _pop_terminal_transitions(
        self, ns: Namespace, data: Dict[str, Any]
    ) -> List[Tuple[Namespace, SubgraphStatus, Optional[str]]]:
        task_id = data.get("id")
        if not task_id:
            return []
        ended = [
            child for child, runner in self._open.items() if runner == task_id and child[:-1] == ns
        ]
        for child in ended:
            del self._open[child]
        return [(child, *_terminal_from_result(data)) for child in ended]

    def finalize(self) -> None:
        """Report what is still open as completed."""
        self._end_open("completed", None)

    def fail(self, err: BaseException) -> None:
        """Report what is still open as ended by `err`."""
        self._end_open(*_status_from_exception(err))

    def _end_open(self, status: SubgraphStatus, error: Optional[str]) -> None:
        for ns in list(self._open):
            self._on_terminal(ns, status, error)
        self._open.clear()


class LifecycleTransformer(_TasksLifecycleBase):
    """`run.lifecycle`: start and end of subgraphs, at any depth below this namespace.

    The payloads are forwarded to the event log as `lifecycle` events.
    """

    _native = True

    def __init__(self, scope: Namespace = ()) -> None:
        super().__init__(scope)
        self._channel: StreamChannel[LifecyclePayload] = StreamChannel("lifecycle")

    def init(self) -> Dict[str, Any]:
        return {"lifecycle": self._channel}

    def _should_track(self, ns: Namespace) -> bool:
        depth = len(self.scope)
        return len(ns) > depth and ns[:depth] == self.scope

    def _on_started(
        self, ns: Namespace, graph_name: Optional[str], trigger_call_id: Optional[str]
    ) -> None:
        # Without a task id its end could not be told from a result.
        if trigger_call_id is None:
            return
        payload: LifecyclePayload = {"event": "started", "namespace": list(ns)}
        if graph_name:
            payload["graph_name"] = graph_name
        payload["trigger_call_id"] = trigger_call_id
        if self._pending_cause is not None:
            payload["cause"] = self._pending_cause
        self._channel.push(payload)

    def _on_terminal(self, ns: Namespace, status: SubgraphStatus, error: Optional[str]) -> None:
        payload: LifecyclePayload = {"event": status, "namespace": list(ns)}
        if error is not None:
            payload["error"] = error
        self._channel.push(payload)


def _agent_name(data: Dict[str, Any]) -> Optional[str]:
    return (data.get("metadata") or {}).get("lc_agent_name")


def _parse_ns_segment(segment: str) -> Tuple[str, Optional[str]]:
    """Split `<node>:<task id>`; the id is `None` without a colon."""
    node, colon, task_id = segment.partition(":")
    return node, task_id if colon else None


def _status_from_exception(
    err: BaseException,
) -> Tuple[SubgraphStatus, Optional[str]]:
    from langgraph_rust.errors import GraphDrained, GraphInterrupt

    if isinstance(err, GraphDrained):
        return "drained", None
    if isinstance(err, GraphInterrupt):
        return "interrupted", None
    return "failed", str(err)


def _terminal_from_result(
    payload: Dict[str, Any],
) -> Tuple[SubgraphStatus, Optional[str]]:
    # Interrupts first: an interrupted task may carry an error as well.
    if payload.get("interrupts"):
        return "interrupted", None
    error = payload.get("error")
    if error:
        return "failed", str(error)
    return "completed", None


settle(
    "langgraph.stream.transformers",
    LifecyclePayload,
    _TasksLifecycleBase,
    LifecycleTransformer,
)
