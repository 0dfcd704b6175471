"""Arguments of tools that come from the graph and not from the model."""

# Annotations are evaluated: pydantic reads those of `ToolRuntime`.

from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any, Dict, Generic, List, Optional, Set, Type, Union

from typing_extensions import Annotated, TypeVar, get_args, get_origin, get_type_hints

from langgraph_rust._internal._compat import name_as_upstream
from langgraph_rust._internal._newer_typing import fill_parameters
from langgraph_rust._langchain.tools import (
    BaseTool,
    DirectlyInjectedToolArg,
    InjectedToolArg,
    RunnableConfig,
    ToolCall,
    is_injected_type,
    is_optional_field,
    read_schema_annotations,
)
from langgraph_rust.runtime import ExecutionInfo, ServerInfo
from langgraph_rust.store.base import BaseStore
from langgraph_rust.types import StreamWriter

StateT = TypeVar("StateT", default=dict)
ContextT = TypeVar("ContextT", default=None)


@dataclass
class ToolRuntime(DirectlyInjectedToolArg, Generic[ContextT, StateT]):
    """What a tool gets for a parameter `runtime: ToolRuntime`, unseen by the model.

    Attributes:
        state: State of the graph.
        context: Context of the run, as in `Runtime`.
        config: Config of this tool call.
        stream_writer: Writes to the `custom` stream.
        tool_call_id: Id of the call being answered.
        store: The graph's store, if it has one.
        tools: All tools of the node.
        execution_info: Ids and attempt of the running task.
        server_info: What a LangGraph server tells about itself.
    """

    state: StateT
    context: ContextT
    config: RunnableConfig
    stream_writer: StreamWriter
    tool_call_id: Optional[str]
    store: Optional[BaseStore]
    tools: List[BaseTool] = field(default_factory=list)
    execution_info: Optional[ExecutionInfo] = None
    server_info: Optional[ServerInfo] = None

    if not TYPE_CHECKING:

        def __class_getitem__(cls, given):
            return super().__class_getitem__(fill_parameters(cls, given))

    def emit_output_delta(self, delta: Any) -> None:
        """Stream a part of the output as `tool-output-delta` in the `tools` mode.

        Without that mode nothing happens.

        Args:
            delta: Anything that JSON can express.
        """
        from langgraph_rust.pregel._tools import _tool_call_writer

        write = _tool_call_writer.get()
        if write is not None:
            write(delta)


class InjectedState(InjectedToolArg):
    """Marks a tool's parameter as the graph's state, unseen by the model.

    `Annotated[dict, InjectedState]` is the whole state and
    `Annotated[list, InjectedState("messages")]` one field of it.

    Args:
        field: Name of the field; `None` for the whole state. A parameter with a
            default keeps it if the state has no such field.
    """

    def __init__(self, field: Optional[str] = None) -> None:
        self.field = field


class InjectedStore(InjectedToolArg):
    """Marks a tool's parameter as the graph's store, unseen by the model.

    `Annotated[BaseStore, InjectedStore()]`; the graph must be compiled with a store.
    """


class InjectedArgs:
    """Which parameters of a tool are injected, read once from its annotations.

    Attributes:
        state: Parameter -> field of the state, or `None` for the whole state.
        store: Parameter for the store.
        runtime: Parameter for the runtime.
        hidden: Every parameter the model must not fill.
        optional: Parameters of `state` that may be missing there.
    """

    __slots__ = ("state", "store", "runtime", "hidden", "optional")

    def __init__(self) -> None:
        self.state: Dict[str, Optional[str]] = {}
        self.store: Optional[str] = None
        self.runtime: Optional[str] = None
        self.hidden: Set[str] = set()
        self.optional: Set[str] = set()

    def __repr__(self) -> str:
        # as LangGraph names it and its fields: the node's own repr shows it
        return (
            f"_InjectedArgs(state={self.state}, store={self.store!r}, runtime={self.runtime!r}, "
            f"all_injected_keys={self.hidden}, _optional_state_args={self.optional})"
        )

    def names(self) -> Set[str]:
        """The parameters that get a value from the graph."""
        return {*self.state, *filter(None, (self.store, self.runtime))}


def find_injected(tool: BaseTool) -> InjectedArgs:
    """Read a tool's annotations, those of its schema over those of its function.

    Raises:
        ValueError: If a parameter has two markers of one kind.
    """
    schema = tool.get_input_schema()
    func = getattr(tool, "func", None) or getattr(tool, "coroutine", None)
    annotations = get_type_hints(func, include_extras=True) if func else {}
    annotations = {**annotations, **read_schema_annotations(schema, annotations)}
    found = InjectedArgs()
    for name, annotation in annotations.items():
        if is_injected_type(annotation):
            found.hidden.add(name)
        marker = _find_marker(annotation, InjectedState)
        if marker:
            key = marker.field if isinstance(marker, InjectedState) else None
            found.state[name] = key or None
            if key and is_optional_field(schema, name):
                found.optional.add(name)
        if _find_marker(annotation, InjectedStore):
            found.store = name
        if name == "runtime" or _find_marker(annotation, ToolRuntime):
            found.runtime = name
    return found


def inject(
    call: ToolCall,
    runtime: ToolRuntime,
    wanted: InjectedArgs,
    messages_key: str,
) -> ToolCall:
    """Return a tool call with the graph's values in the place of the model's.

    Args:
        call: The tool call; it is left as it is.
        runtime: Where the values come from.
        wanted: What to inject.
        messages_key: Field of the state that a bare list of messages stands for.

    Raises:
        ValueError: If there is no store, or a list where a state is needed.
        KeyError: If the state, a dict, lacks a field.
        AttributeError: If the state, an object, lacks a field.
    """
    values = _read_state(call, runtime.state, wanted, messages_key)
    if wanted.store:
        if runtime.store is None:
            raise ValueError(
                "Cannot inject store into tools with InjectedStore annotations - "
                "please compile your graph with a store."
            )
        values[wanted.store] = runtime.store
    if wanted.runtime:
        values[wanted.runtime] = runtime
    # What the model made up for a hidden parameter must not reach the tool.
    args = {k: v for k, v in call["args"].items() if k not in wanted.hidden}
    changed = call.copy()
    changed["args"] = {**args, **values}
    return changed


def _read_state(
    call: ToolCall, state: Any, wanted: InjectedArgs, messages_key: str
) -> Dict[str, Any]:
    if not wanted.state:
        return {}
    if isinstance(state, list):
        fields = list(wanted.state.values())
        if fields != [messages_key] and fields[0] is not None:
            named = ", ".join(filter(None, fields))
            raise ValueError(
                f"Invalid input to ToolNode. Tool {call['name']} requires "
                "graph state dict as input."
                + (f" State should contain fields {named}." if named else "")
            )
        state = {messages_key: state}
    values = {}
    for name, key in wanted.state.items():
        if not key:
            values[name] = state
        elif isinstance(state, dict):
            if key in state:
                values[name] = state[key]
            elif name not in wanted.optional:
                raise KeyError(key)
        elif hasattr(state, key):
            values[name] = getattr(state, key)
        elif name not in wanted.optional:
            raise AttributeError(key)
    return values


def _find_marker(annotation: Any, kind: Type[Any]) -> Any:
    """The marker of a kind in an annotation: an instance, its class, or True; else None."""
    found = [part for part in get_args(annotation) if _marks(part, kind)]
    if len(found) > 1:
        raise ValueError(
            f"A tool argument should not be annotated with {kind.__name__} "
            f"more than once. Found: {found}"
        )
    if found:
        return found[0]
    return True if _marks(annotation, kind) else None


def _marks(annotation: Any, kind: Type[Any]) -> bool:
    if isinstance(annotation, kind) or _is_subclass(annotation, kind):
        return True
    origin = get_origin(annotation)
    if origin is Union or origin is Annotated:
        return any(_marks(part, kind) for part in get_args(annotation))
    return _is_subclass(origin, kind)


def _is_subclass(candidate: Any, kind: Type[Any]) -> bool:
    return isinstance(candidate, type) and issubclass(candidate, kind)


name_as_upstream(globals(), "prebuilt.tool_node")
