"""What tools return, checked and brought into the form of the node's input."""

from __future__ import annotations

from copy import deepcopy
from dataclasses import replace
from typing import TYPE_CHECKING, Any, Iterable, List

from langgraph_rust._internal._compat import name_as_upstream
from langgraph_rust._langchain.tools import (
    TOOL_MESSAGE_BLOCK_TYPES,
    RemoveMessage,
    ToolCall,
    ToolMessage,
    convert_to_messages,
)
from langgraph_rust.types import Command, Send

if TYPE_CHECKING:
    from langgraph_rust.prebuilt._tool_call import InputType, ToolResult


def msg_content_output(output: Any) -> Any:
    """Bring a tool's output into the form of a message's content.

    Returns:
        Text and lists of content blocks as they are; anything else as JSON, or
        by `str` if JSON cannot express it.
    """
    if isinstance(output, str):
        return output
    if isinstance(output, list) and all(map(_is_content_block, output)):
        return output
    import json

    try:
        return json.dumps(output, ensure_ascii=False)
    except Exception:
        return str(output)


def _is_content_block(item: Any) -> bool:
    return isinstance(item, dict) and item.get("type") in TOOL_MESSAGE_BLOCK_TYPES


class OutputRules:
    """How one call's output must look, given how the node was called.

    Attributes:
        messages_key: Name of the messages in states and updates.
        input_type: The form of the node's input, which the output follows.
        call: The tool call that the output answers.
    """

    __slots__ = ("messages_key", "input_type", "call")

    def __init__(self, messages_key: str, input_type: InputType, call: ToolCall) -> None:
        self.messages_key = messages_key
        self.input_type = input_type
        self.call = call

    def normalize(self, response: Any) -> ToolResult:
        """Check a tool's response and complete the messages in it.

        Raises:
            TypeError: If it is neither a `ToolMessage` nor a `Command` nor a
                list of these.
            ValueError: If an update has the wrong form, or no message or several
                messages answer the call.
        """
        if isinstance(response, Command):
            return self.check_command(response)
        if isinstance(response, ToolMessage):
            response.content = msg_content_output(response.content)
            return response
        name = self.call["name"]
        if not isinstance(response, list):
            raise TypeError(f"Tool {name} returned unexpected type: {type(response)}")
        if not all(isinstance(item, (Command, ToolMessage)) for item in response):
            raise TypeError(
                f"Tool {name} returned a list with invalid element "
                "types: expected all Command or ToolMessage"
            )
        return self.check_list(response)

    def check_list(self, response: List[Any]) -> List[Any]:
        """Check a list of commands and messages, exactly one of which answers the call."""
        answers = sum(map(self._count_answers, response))
        if answers != 1:
            raise ValueError(
                f"Tool {self.call['name']} returned a list with "
                f"{answers} messages bound to tool_call_id "
                f"{self.call['id']!r}; expected exactly one terminating ToolMessage."
            )
        return [
            self.check_command(item, require_terminator=False)
            if isinstance(item, Command)
            else self.normalize(item)
            for item in response
        ]

    def _count_answers(self, item: Any) -> int:
        if isinstance(item, Command):
            if not isinstance(item.update, dict):
                return 0
            return sum(map(self._answers, item.update.get(self.messages_key, [])))
        return int(self._answers(item))

    def _answers(self, message: Any) -> bool:
        return isinstance(message, ToolMessage) and message.tool_call_id == self.call["id"]

    def check_command(self, command: Command, *, require_terminator: bool = True) -> Command:
        """Check a command's update and name the messages that answer the call.

        Args:
            command: What the tool returned; it is left as it is.
            require_terminator: Whether some message must answer the call, unless
                the command is for another graph.
        """
        update = command.update
        if isinstance(update, dict):
            if self.input_type == "list":
                raise ValueError(
                    "Tools can provide a dict in Command.update only when using dict "
                    f"with '{self.messages_key}' key as ToolNode input, "
                    f"got: {update} for tool '{self.call['name']}'"
                )
        elif isinstance(update, list):
            if self.input_type != "list":
                raise ValueError(
                    "Tools can provide a list of messages in Command.update "
                    "only when using list of messages as ToolNode input, "
                    f"got: {update} for tool '{self.call['name']}'"
                )
        else:
            return command
        checked = deepcopy(command)
        messages: Any = checked.update
        if isinstance(messages, dict):
            messages = messages.get(self.messages_key, [])
        messages = convert_to_messages(messages)
        if _removes_all(messages):
            return checked
        answers = [message for message in messages if self._answers(message)]
        for message in answers:
            message.name = self.call["name"]
        if require_terminator and checked.graph is None and not answers:
            raise ValueError(self._describe_missing_answer(messages))
        return checked

    def _describe_missing_answer(self, messages: List[Any]) -> str:
        if self.input_type == "dict":
            example = (
                '`Command(update={"messages": '
                '[ToolMessage("Success", tool_call_id=tool_call_id), ...]}, ...)`'
            )
        else:
            example = (
                '`Command(update=[ToolMessage("Success", tool_call_id=tool_call_id), ...], ...)`'
            )
        return (
            "Expected to have a matching ToolMessage in Command.update "
            f"for tool '{self.call['name']}', got: {messages}. "
            "Every tool call (LLM requesting to call a tool) "
            "in the message history MUST have a corresponding ToolMessage. "
            f"You can fix it by modifying the tool to return {example}."
        )


def _removes_all(messages: List[Any]) -> bool:
    from langgraph_rust.graph.message import REMOVE_ALL_MESSAGES

    return messages == [RemoveMessage(id=REMOVE_ALL_MESSAGES)]


def combine_outputs(results: Iterable[ToolResult], input_type: InputType, messages_key: str) -> Any:
    """Make the node's output of the results of its calls.

    Without commands that is the messages, as a list or under `messages_key`.
    With commands it is a list of updates, in which all commands that only send to
    the parent graph are one.
    """
    flat: List[Any] = []
    for result in results:
        flat.extend(result if isinstance(result, list) else (result,))

    def shape(messages: List[Any]) -> Any:
        return messages if input_type == "list" else {messages_key: messages}

    if not any(isinstance(item, Command) for item in flat):
        return shape(flat)
    combined: List[Any] = []
    to_parent: Any = None
    for item in flat:
        if not isinstance(item, Command):
            combined.append(shape([item]))
        elif not _only_sends_to_parent(item):
            combined.append(item)
        elif to_parent is None:
            to_parent = Command(graph=Command.PARENT, goto=item.goto)
        else:
            to_parent = replace(to_parent, goto=to_parent.goto + item.goto)
    if to_parent is not None:
        combined.append(to_parent)
    return combined


def _only_sends_to_parent(command: Command) -> bool:
    return (
        command.graph is Command.PARENT
        and isinstance(command.goto, list)
        and all(isinstance(target, Send) for target in command.goto)
    )


name_as_upstream(globals(), "prebuilt.tool_node")
