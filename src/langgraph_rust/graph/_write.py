"""What a state graph's nodes and branches write, as small objects instead of closures.

The engine recognises these exact types and does their work natively from their fields; called as
functions they give the same writes, so that any other driver can use them too.
"""

from __future__ import annotations

from typing import Any, Callable, Dict, List, Optional, Sequence, Tuple, Union

from langgraph_rust._internal._constants import ROOT, TASKS
from langgraph_rust._internal._fields import get_cached_annotated_keys, get_update_as_tuples
from langgraph_rust._internal._runnable import RunnableCallable
from langgraph_rust.constants import END
from langgraph_rust.errors import ErrorCode, InvalidUpdateError, ParentCommand, create_error_message
from langgraph_rust.pregel._read import ChannelRead
from langgraph_rust.pregel._write import ChannelWriteEntry
from langgraph_rust.types import Command, Send

BRANCH_CHANNEL = "branch:to:{}"

Write = Tuple[str, Any]
StaticWrite = Tuple[str, Any, Optional[str]]


def name_branch(node: str) -> str:
    """Name the channel whose write makes `node` run."""
    return f"branch:to:{node}"


def name_branch_channel(node: str) -> str:
    """Name the channel whose write makes `node` run; END stays itself."""
    return node if node == END else name_branch(node)


def holds_command(value: Any) -> bool:
    return isinstance(value, (list, tuple)) and any(isinstance(item, Command) for item in value)


class StateUpdates:
    """Maps a node's return value to writes of the state's keys; other keys are dropped."""

    __slots__ = ("key_set", "keys")

    def __init__(self, keys: Sequence[str]) -> None:
        self.keys = tuple(keys)
        self.key_set = frozenset(self.keys)

    def __call__(self, value: Any) -> Optional[List[Write]]:
        if value is None:
            return None
        if isinstance(value, dict):
            return self._known(value.items())
        if isinstance(value, Command):
            return None if value.graph == Command.PARENT else self._known(value._update_as_tuples())
        if holds_command(value):
            return [write for item in value for write in self(item) or ()]
        if get_cached_annotated_keys(type(value)):
            return get_update_as_tuples(value, self.keys)
        raise InvalidUpdateError(
            create_error_message(
                message=f"Expected dict, got {value}",
                error_code=ErrorCode.INVALID_GRAPH_NODE_RETURN_VALUE,
            )
        )

    def _known(self, pairs: Any) -> List[Write]:
        key_set = self.key_set
        return [(key, value) for key, value in pairs if key in key_set]


class RootUpdates:
    """Maps a node's return value to the one channel of a schema that is not a mapping."""

    __slots__ = ()

    def __call__(self, value: Any) -> Optional[Sequence[Write]]:
        if value is None:
            return None
        if isinstance(value, Command):
            return () if value.graph == Command.PARENT else value._update_as_tuples()
        if not holds_command(value):
            return [(ROOT, value)]
        writes: List[Write] = []
        for item in value:
            if not isinstance(item, Command):
                # None is a value here: only a bare None means "no update".
                writes.append((ROOT, item))
            elif item.graph != Command.PARENT:
                writes.extend(item._update_as_tuples())
        return writes


class ControlBranch:
    """Maps what a node returns to where it goes: `Send`s and the `goto` of `Command`s.

    Raises:
        ParentCommand: The command is for the parent graph.
    """

    __slots__ = ()

    def __call__(self, value: Any) -> Sequence[Write]:
        if isinstance(value, Send):
            return ((TASKS, value),)
        if isinstance(value, Command):
            commands: Sequence[Command] = (value,)
        elif isinstance(value, (list, tuple)):
            commands = [item for item in value if isinstance(item, Command)]
        else:
            return []
        writes: List[Write] = []
        for command in commands:
            if command.graph == Command.PARENT:
                raise ParentCommand(command)
            goto = command.goto
            for target in (goto,) if isinstance(goto, (Send, str)) else goto:
                if isinstance(target, Send):
                    writes.append((TASKS, target))
                elif isinstance(target, str) and target != END:
                    writes.append((name_branch(target), None))
        return writes


control_branch = ControlBranch()


def declare_targets(ends: Union[Tuple[str, ...], Dict[str, str]]) -> List[StaticWrite]:
    """List the writes that a node's declared destinations allow, for drawing."""
    if isinstance(ends, dict):
        return [(name_branch_channel(end), None, label) for end, label in ends.items()]
    return [(name_branch_channel(end), None, None) for end in ends]


class BranchWrites:
    """Maps the destinations a branch chose to write entries; a `Send` stays itself."""

    __slots__ = ()

    def __call__(
        self, packets: Sequence[Union[str, Send]], static: bool = False
    ) -> Sequence[Union[ChannelWriteEntry, Send]]:
        return [
            packet
            if isinstance(packet, Send)
            else ChannelWriteEntry(name_branch_channel(packet), None)
            for packet in packets
            if static or packet != END
        ]


branch_writes = BranchWrites()


class StateReader:
    """Reads the state a branch decides on, the running task's own writes applied if `fresh`."""

    __slots__ = ("fresh", "mapper", "select")

    def __init__(
        self,
        select: Union[str, List[str]],
        fresh: bool = True,
        mapper: Optional[Callable[[Any], Any]] = None,
    ) -> None:
        self.select = select
        self.fresh = fresh
        self.mapper = mapper

    def __call__(self, config: Any) -> Any:
        return ChannelRead.do_read(config, select=self.select, fresh=self.fresh, mapper=self.mapper)


class SchemaMapper:
    """Makes an instance of a dataclass or pydantic schema from the dict of its channels."""

    __slots__ = ("schema",)

    def __init__(self, schema: Any) -> None:
        self.schema = schema

    def __call__(self, state: Dict[str, Any]) -> Any:
        return self.schema(**state)


class BranchWriter(RunnableCallable):
    """The last step of a node with a branch: asks the branch's path and writes its choice."""

    def __init__(
        self,
        branch: Any,
        writes: Callable[..., Sequence[Union[ChannelWriteEntry, Send]]],
        reader: Optional[Callable[[Any], Any]],
    ) -> None:
        super().__init__(
            branch._route, branch._aroute, name=None, trace=False, writer=writes, reader=reader
        )
        self.branch = branch
        self.writes = writes
        self.reader = reader
