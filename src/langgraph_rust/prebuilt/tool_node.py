"""The node that runs the tools a model asked for."""

from __future__ import annotations

import sys
from contextvars import copy_context
from typing import (
    TYPE_CHECKING,
    Any,
    Awaitable,
    Callable,
    Dict,
    List,
    Optional,
    Sequence,
    Tuple,
    Union,
)

from langgraph_rust._engine import Offload
from langgraph_rust._internal._compat import name_as_upstream
from langgraph_rust._internal._elsewhere import find_elsewhere
from langgraph_rust._internal._runnable import RunnableCallable
from langgraph_rust._langchain.tools import (
    BaseTool,
    ToolCall,
    ToolMessage,
    ValidationError,
    get_config_list,
    get_executor_for_config,
    is_sync_only,
)
from langgraph_rust._langchain.tools import (
    tool as make_tool,
)
from langgraph_rust.errors import GraphBubbleUp
from langgraph_rust.errors import is_invalid_resume as is_invalid_resume
from langgraph_rust.prebuilt._injection import (
    InjectedArgs,
    InjectedState,
    InjectedStore,
    ToolRuntime,
    find_injected,
    inject,
)
from langgraph_rust.prebuilt._tool_call import (
    AsyncToolCallWrapper,
    ToolCallRequest,
    ToolCallWithContext,
    ToolCallWrapper,
)
from langgraph_rust.prebuilt._tool_errors import (
    INVALID_TOOL_NAME_ERROR_TEMPLATE,
    TOOL_CALL_ERROR_TEMPLATE,
    TOOL_EXECUTION_ERROR_TEMPLATE,
    TOOL_INVOCATION_ERROR_TEMPLATE,
    ToolInvocationError,
    _default_handle_tool_errors,
    _filter_validation_errors,
    _handle_tool_error,
    handles,
)
from langgraph_rust.prebuilt._tool_input import extract_state, parse_input
from langgraph_rust.prebuilt._tool_output import (
    OutputRules,
    combine_outputs,
    msg_content_output,
)
from langgraph_rust.prebuilt._tools_condition import tools_condition
from langgraph_rust.stream._lane import finish

if TYPE_CHECKING:
    from langgraph_rust._langchain.tools import RunnableConfig
    from langgraph_rust.prebuilt._tool_call import InputType, ToolResult
    from langgraph_rust.prebuilt._tool_errors import ErrorPolicy
    from langgraph_rust.runtime import Runtime

__all__ = (
    "AsyncToolCallWrapper",
    "INVALID_TOOL_NAME_ERROR_TEMPLATE",
    "InjectedState",
    "InjectedStore",
    "TOOL_CALL_ERROR_TEMPLATE",
    "TOOL_EXECUTION_ERROR_TEMPLATE",
    "TOOL_INVOCATION_ERROR_TEMPLATE",
    "ToolCallRequest",
    "ToolCallWithContext",
    "ToolCallWrapper",
    "ToolInvocationError",
    "ToolNode",
    "ToolRuntime",
    "msg_content_output",
    "tools_condition",
)


class ToolNode(RunnableCallable):
    """Runs the tool calls of the last `AIMessage`, several at once.

    The input is a state with messages, a list of messages, or a list of tool calls.
    The output is `{"messages": [ToolMessage, …]}`, or just the list if the input was a
    list of messages. A tool may return a `Command` instead of a result, or a list of
    commands and messages; then the output is a list of updates.

    Args:
        tools: Tools, or functions to make tools of.
        name: Name of the node.
        tags: Tags of its runs.
        handle_tool_errors: Which errors become messages to the model: `True` for all,
            exception types, a text to answer all errors with, or a function that makes
            the text from the errors its parameter is annotated with. By default wrong
            arguments do and errors inside of tools are raised.
        messages_key: Key or attribute of the messages in the state.
        wrap_tool_call: Called in place of every tool; see `ToolCallWrapper`.
        awrap_tool_call: The same in asyncio runs, which else use `wrap_tool_call`.
    """

    name: Optional[str] = "tools"

    def __init__(
        self,
        tools: Sequence[Union[BaseTool, Callable[..., Any]]],
        *,
        name: str = "tools",
        tags: Optional[List[str]] = None,
        handle_tool_errors: ErrorPolicy = _default_handle_tool_errors,
        messages_key: str = "messages",
        wrap_tool_call: Optional[ToolCallWrapper] = None,
        awrap_tool_call: Optional[AsyncToolCallWrapper] = None,
    ) -> None:
        super().__init__(self._func, self._afunc, name=name, tags=tags, trace=False)
        made = [each if isinstance(each, BaseTool) else make_tool(each) for each in tools]
        self._tools_by_name: Dict[str, BaseTool] = {each.name: each for each in made}
        self._injected_args: Dict[str, InjectedArgs] = {
            each.name: find_injected(each) for each in made
        }
        self._offloads = {each.name: Offload() for each in made}
        self._handle_tool_errors = handle_tool_errors
        self._messages_key = messages_key
        self._wrap_tool_call = wrap_tool_call
        self._awrap_tool_call = awrap_tool_call

    @property
    def tools_by_name(self) -> Dict[str, BaseTool]:
        """The tools by their names."""
        return self._tools_by_name

    # -- the node ------------------------------------------------------------

    def _func(self, input: Any, config: RunnableConfig, runtime: Runtime) -> Any:
        calls, input_type, runtimes = self._prepare(input, config, runtime)
        arguments = (calls, [input_type] * len(calls), runtimes)
        if len(calls) < 2 and not _runs_event_loop():
            # Not in a thread of its own, which costs more than most tools do; but in a
            # context of its own, as there.
            results = [copy_context().run(self._run_one, *each) for each in zip(*arguments)]
        else:
            with get_executor_for_config(config) as executor:
                results = list(executor.map(self._run_one, *arguments))
        return self._combine_tool_outputs(results, input_type)

    async def _afunc(self, input: Any, config: RunnableConfig, runtime: Runtime) -> Any:
        import asyncio

        calls, input_type, runtimes = self._prepare(input, config, runtime)
        results = await asyncio.gather(
            *(
                self._arun_one(call, input_type, its_runtime)
                for call, its_runtime in zip(calls, runtimes)
            )
        )
        return self._combine_tool_outputs(results, input_type)

    def _prepare(
        self, input: Any, config: RunnableConfig, runtime: Runtime
    ) -> Tuple[List[ToolCall], InputType, List[ToolRuntime]]:
        """The calls of an input, and what each can have injected."""
        calls, input_type = self._parse_input(input)
        runtimes = [
            ToolRuntime(
                state=self._extract_state(input, its_config),
                tool_call_id=call["id"],
                config=its_config,
                context=runtime.context,
                store=runtime.store,
                stream_writer=runtime.stream_writer,
                tools=list(self._tools_by_name.values()),
                execution_info=runtime.execution_info,
                server_info=runtime.server_info,
            )
            for call, its_config in zip(calls, get_config_list(config, len(calls)))
        ]
        return calls, input_type, runtimes

    def _parse_input(self, input: Any) -> Tuple[List[ToolCall], InputType]:
        return parse_input(input, self._messages_key)

    def _extract_state(self, input: Any, config: RunnableConfig) -> Any:
        return extract_state(input, config)

    def _combine_tool_outputs(self, outputs: Sequence[ToolResult], input_type: InputType) -> Any:
        return combine_outputs(outputs, input_type, self._messages_key)

    # -- one call, through its wrapper ---------------------------------------

    def _run_one(
        self, call: ToolCall, input_type: InputType, tool_runtime: ToolRuntime
    ) -> ToolResult:
        return finish(self._answer(call, input_type, tool_runtime, wait=False))

    async def _arun_one(
        self, call: ToolCall, input_type: InputType, tool_runtime: ToolRuntime
    ) -> ToolResult:
        return await self._answer(call, input_type, tool_runtime, wait=True)

    async def _answer(
        self,
        call: ToolCall,
        input_type: InputType,
        tool_runtime: ToolRuntime,
        wait: bool,
    ) -> ToolResult:
        config = tool_runtime.config
        request = ToolCallRequest(
            tool_call=call,
            # A wrapper may answer calls of tools that are not here.
            tool=self._tools_by_name.get(call["name"]),
            state=tool_runtime.state,
            runtime=tool_runtime,
        )

        def execute(request: ToolCallRequest) -> Any:
            return self._execute_tool_sync(request, input_type, config)

        def aexecute(request: ToolCallRequest) -> Any:
            return self._execute_tool_async(request, input_type, config)

        try:
            if wait and self._awrap_tool_call is not None:
                return await self._awrap_tool_call(request, aexecute)
            if self._wrap_tool_call is not None:
                return self._wrap_tool_call(request, execute)
        except GraphBubbleUp:
            raise
        except Exception as error:
            # Of a wrapper every error is answered, whatever types the policy names.
            if not self._handle_tool_errors or is_invalid_resume(error):
                raise
            return self._answer_error(request.tool_call, error)
        return await aexecute(request) if wait else execute(request)

    # -- one call, to its tool -----------------------------------------------

    def _execute_tool_sync(
        self, request: ToolCallRequest, input_type: InputType, config: RunnableConfig
    ) -> ToolResult:
        return finish(self._execute(request, input_type, config, wait=False))

    async def _execute_tool_async(
        self, request: ToolCallRequest, input_type: InputType, config: RunnableConfig
    ) -> ToolResult:
        return await self._execute(request, input_type, config, wait=True)

    async def _execute(
        self,
        request: ToolCallRequest,
        input_type: InputType,
        config: RunnableConfig,
        wait: bool,
    ) -> ToolResult:
        call, tool = request.tool_call, request.tool
        if tool is None:
            refusal = self._validate_tool_call(call)
            if refusal is not None:
                return refusal
            raise TypeError(f"Tool {call['name']} is not registered with ToolNode")
        injected = self._inject_tool_args(call, request.runtime, tool)
        arguments = {**injected, "type": "tool_call"}
        try:
            try:
                if not wait:
                    response = tool.invoke(arguments, config)
                elif is_sync_only(tool):
                    response = await self._offload(tool.invoke, tool.name, arguments, config)
                else:
                    response = await tool.ainvoke(arguments, config)
            except ValidationError as error:
                if is_invalid_resume(error):
                    raise
                details = _filter_validation_errors(error, self._injected_args.get(call["name"]))
                raise ToolInvocationError(call["name"], error, call["args"], details) from error
            return OutputRules(self._messages_key, input_type, call).normalize(response)
        except GraphBubbleUp:
            raise
        except Exception as error:
            # A wrong answer to an interrupt is not the model's fault, nor could it
            # give a better one.
            if is_invalid_resume(error) or not handles(self._handle_tool_errors, error):
                raise
            return self._answer_error(call, error)

    def _offload(self, invoke: Callable[..., Any], name: str, *args: Any) -> Awaitable[Any]:
        from asyncio import get_running_loop

        # A tool that a wrapper brought along shows its pace to nobody.
        offload = self._offloads.get(name) or Offload()
        return offload.call(get_running_loop(), invoke, *args)

    def _inject_tool_args(
        self,
        tool_call: ToolCall,
        tool_runtime: ToolRuntime,
        tool: Optional[BaseTool] = None,
    ) -> ToolCall:
        wanted = self._injected_args.get(tool_call["name"])
        if wanted is None:
            # A wrapper brought this tool along.
            if tool is None:
                return tool_call
            wanted = find_injected(tool)
        return inject(tool_call, tool_runtime, wanted, self._messages_key)

    def _validate_tool_call(self, call: ToolCall) -> Optional[ToolMessage]:
        """The message that refuses a call of an unknown tool."""
        name = call["name"]
        if name in self._tools_by_name:
            return None
        return ToolMessage(
            INVALID_TOOL_NAME_ERROR_TEMPLATE.format(
                requested_tool=name, available_tools=", ".join(self._tools_by_name)
            ),
            name=name,
            tool_call_id=call["id"],
            status="error",
        )

    def _answer_error(self, call: ToolCall, error: Exception) -> ToolMessage:
        return ToolMessage(
            content=_handle_tool_error(error, flag=self._handle_tool_errors),
            name=call["name"],
            tool_call_id=call["id"],
            status="error",
        )


def _runs_event_loop() -> bool:
    """Whether this thread is inside an event loop, in which a tool could start no other."""
    asyncio = sys.modules.get("asyncio")
    return asyncio is not None and asyncio._get_running_loop() is not None


name_as_upstream(globals())

if not TYPE_CHECKING:
    __getattr__ = find_elsewhere(
        __name__,
        {
            "langgraph_rust._internal._constants": "CONF CONFIG_KEY_READ",
            "langgraph_rust._langchain.tools": "AnyMessage TOOL_MESSAGE_BLOCK_TYPES",
            "langgraph_rust.graph.message": "REMOVE_ALL_MESSAGES",
            "langgraph_rust.prebuilt._injection": "ContextT StateT",
            "langgraph_rust.prebuilt._tool_errors": "_infer_handled_types",
            "langgraph_rust.runtime": "ExecutionInfo ServerInfo",
            "langgraph_rust.store.base": "BaseStore",
            "langgraph_rust.types": "Command Send StreamWriter",
            "typing_extensions": "Literal Unpack",
            "typing": "Union",
        },
    )
