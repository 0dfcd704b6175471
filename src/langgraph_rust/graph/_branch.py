"""Branches: a path function, the destinations its results stand for, and how they are written."""

from __future__ import annotations

from itertools import zip_longest
from types import FunctionType, MethodType
from typing import (
    TYPE_CHECKING,
    Any,
    Callable,
    Dict,
    Hashable,
    List,
    Optional,
    Sequence,
    Union,
)

from langgraph_rust._internal._compat import name_as_upstream
from langgraph_rust._internal._later import inspect
from langgraph_rust._internal._record import NamedTuple
from langgraph_rust._internal._runnable import RunnableCallable
from langgraph_rust._langchain.lambdas import is_runnable_lambda
from langgraph_rust.constants import END, START
from langgraph_rust.errors import InvalidUpdateError
from langgraph_rust.graph._infer import name_literals, read_hints
from langgraph_rust.graph._write import BranchWriter
from langgraph_rust.pregel._write import PASSTHROUGH, ChannelWrite, ChannelWriteEntry
from langgraph_rust.types import Send

if TYPE_CHECKING:
    from langchain_core.runnables import Runnable, RunnableConfig

_Writer = Callable[[Sequence[Union[str, Send]], bool], Sequence[Union[ChannelWriteEntry, Send]]]
_Reader = Callable[[Any], Any]


def _find_function(path: Any) -> Any:
    """The function, or bound method, whose annotations describe `path`; None if there is none."""
    if not (isinstance(path, RunnableCallable) or is_runnable_lambda(path)):
        return path if callable(path) else None
    for candidate in (getattr(path, "func", None), getattr(path, "afunc", None)):
        if isinstance(candidate, (FunctionType, MethodType)):
            return candidate
        call = getattr(candidate, "__call__", None)  # noqa: B004 - the bound method is wanted
        if isinstance(call, MethodType):
            return call
    return None


def _get_branch_path_input_schema(path: Any) -> Optional[type]:
    """Infer from the annotation of its first parameter what state a path wants to read."""
    try:
        function = _find_function(path)
        hints = read_hints(function) if function is not None else None
        if hints:
            hint = hints.get(next(iter(inspect.signature(function).parameters)))
            if isinstance(hint, type) and read_hints(hint):
                return hint
    except (TypeError, StopIteration):
        pass
    return None


def _infer_ends(path: Any) -> Optional[Dict[Hashable, str]]:
    """Read destinations from a path's `Literal[...]` return annotation."""
    if not (isinstance(path, RunnableCallable) or is_runnable_lambda(path)):
        return None
    function = getattr(path, "func", None) or getattr(path, "afunc", None)
    if function is None:
        return None
    call = getattr(path, "__call__", None)  # noqa: B004
    if isinstance(call, MethodType):
        function = call
    names = name_literals(read_hints(function).get("return"))
    return None if names is None else {name: name for name in names}


class BranchSpec(NamedTuple):
    """A branch of a node.

    Attributes:
        path: Decides on the next nodes.
        ends: What each result of `path` stands for; None if results are node names already.
        input_schema: The state `path` reads; None for the node's own.
    """

    path: Runnable[Any, Hashable | list[Hashable]]
    ends: dict[Hashable, str] | None
    input_schema: type[Any] | None = None

    @classmethod
    def from_path(
        cls,
        path: Runnable[Any, Hashable | list[Hashable]],
        path_map: dict[Hashable, str] | list[str] | None,
        infer_schema: bool = False,
    ) -> BranchSpec:
        """Make a branch of a path, its destinations given or read from its annotation."""
        ends: Optional[Dict[Hashable, str]] = None
        if isinstance(path_map, dict):
            ends = path_map.copy()
        elif isinstance(path_map, list):
            ends = {name: name for name in path_map}
        else:
            try:
                ends = _infer_ends(path)
            except Exception:  # annotations that cannot be read declare nothing
                pass
        schema = _get_branch_path_input_schema(path) if infer_schema else None
        return cls(path=path, ends=ends, input_schema=schema)

    def run(
        self, writer: _Writer, reader: Callable[[RunnableConfig], Any] | None = None
    ) -> RunnableCallable:
        """Make the runnable that asks the path and writes where it leads."""
        static = None
        if self.ends:
            labels = [str(label) for label in self.ends]
            static = list(zip_longest(writer(list(self.ends.values()), True), labels))
        return ChannelWrite.register_writer(BranchWriter(self, writer, reader), static)

    def _route(
        self, input: Any, config: RunnableConfig, *, reader: _Reader | None, writer: _Writer
    ) -> Any:
        result = self.path.invoke(self._read(input, config, reader), config)
        return self._finish(writer, input, result, config)

    async def _aroute(
        self, input: Any, config: RunnableConfig, *, reader: _Reader | None, writer: _Writer
    ) -> Any:
        result = await self.path.ainvoke(self._read(input, config, reader), config)
        return self._finish(writer, input, result, config)

    def _read(self, input: Any, config: RunnableConfig, reader: Optional[_Reader]) -> Any:
        if not reader:
            return input
        value = reader(config)
        # A path that asks for no state of its own also sees what the node returned beside it.
        if self.input_schema is None and isinstance(value, dict) and isinstance(input, dict):
            value = {**input, **value}
        return value

    def _resolve(self, result: Any) -> List[Union[Send, str]]:
        """Turn a path's result into destinations.

        Raises:
            ValueError: A destination is None or START.
            InvalidUpdateError: A `Send` to END.
        """
        results = result if isinstance(result, (list, tuple)) else [result]
        ends = self.ends
        targets = [r if not ends or isinstance(r, Send) else ends[r] for r in results]
        if any(target is None or target == START for target in targets):
            raise ValueError("Branch did not return a valid destination")
        if any(isinstance(target, Send) and target.node == END for target in targets):
            raise InvalidUpdateError("Cannot send a packet to the END node")
        return targets

    def _finish(self, writer: _Writer, input: Any, result: Any, config: RunnableConfig) -> Any:
        entries = writer(self._resolve(result), False)
        if not entries:
            return input
        if any(isinstance(e, ChannelWriteEntry) and e.value is PASSTHROUGH for e in entries):
            return ChannelWrite(entries)
        ChannelWrite.do_write(config, entries)
        return input


name_as_upstream(globals())
