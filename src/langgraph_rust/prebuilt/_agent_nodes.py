"""What the nodes and edges of an agent do."""

# Annotations are evaluated: graphs read those of nodes and edges.

from typing import Any, Dict, List, Optional, Set, Union

from langgraph_rust._langchain.chat_models import (
    AIMessage,
    BaseMessage,
    RunnableConfig,
    SystemMessage,
    ToolMessage,
)
from langgraph_rust.constants import END
from langgraph_rust.prebuilt._agent_model import (
    AgentModel,
    _get_model,
    _validate_chat_history,
)
from langgraph_rust.prebuilt._agent_state import read_state
from langgraph_rust.prebuilt._tool_call import send_with_state
from langgraph_rust.stream._lane import finish
from langgraph_rust.types import Send


class AgentNodes:
    """The functions of one agent.

    Attributes:
        model: Prompt and model.
        name: The agent's name, given to its messages.
        entrypoint: The node that begins each round.
        return_direct: Names of the tools after which the agent ends.
        has_pre_hook: Whether a node before the model prepares its messages.
        has_post_hook: Whether a node after the model sees its answer.
        has_model_state: Whether the state is a pydantic model.
        response_format: Schema of the final answer, maybe after a prompt for it.
        sends_calls: Whether each tool call is a task of its own.
    """

    def __init__(
        self,
        *,
        model: AgentModel,
        name: Optional[str],
        entrypoint: str,
        return_direct: Set[str],
        has_pre_hook: bool,
        has_post_hook: bool,
        has_model_state: bool,
        response_format: Any,
        sends_calls: bool,
    ) -> None:
        self.model = model
        self.name = name
        self.entrypoint = entrypoint
        self.return_direct = return_direct
        self.has_pre_hook = has_pre_hook
        self.has_post_hook = has_post_hook
        self.has_model_state = has_model_state
        self.response_format = response_format
        self.sends_calls = sends_calls

    # -- node `agent` --------------------------------------------------------

    def call_model(self, state: Any, runtime: Any, config: RunnableConfig) -> Dict[str, Any]:
        """Let the model answer the messages."""
        return finish(self._call_model(state, runtime, config, wait=False))

    async def acall_model(self, state: Any, runtime: Any, config: RunnableConfig) -> Dict[str, Any]:
        """Asyncio counterpart of `call_model`."""
        return await self._call_model(state, runtime, config, wait=True)

    async def _call_model(
        self, state: Any, runtime: Any, config: RunnableConfig, wait: bool
    ) -> Dict[str, Any]:
        prepared = self._prepare_state(state)
        response = await self.model.answer(state, runtime, prepared, config, wait)
        response.name = self.name
        if self._lacks_steps(state, response):
            response = AIMessage(
                id=response.id, content="Sorry, need more steps to process this request."
            )
        return {"messages": [response]}

    def _prepare_state(self, state: Any) -> Any:
        messages, expected = None, "'messages' key"
        if self.has_pre_hook:
            messages = read_state(state, "llm_input_messages")
            expected = "'llm_input_messages' or 'messages' key"
        messages = messages or read_state(state, "messages")
        if messages is None:
            raise ValueError(f"Expected input to call_model to have {expected}, but got {state}")
        _validate_chat_history(messages)
        # The prompt reads them there.
        if self.has_model_state:
            state.messages = messages
        else:
            state["messages"] = messages
        return state

    def _lacks_steps(self, state: Any, response: BaseMessage) -> bool:
        """Whether too few steps remain for what the model asks for."""
        remaining = read_state(state, "remaining_steps")
        if remaining is None or not isinstance(response, AIMessage):
            return False
        calls = response.tool_calls
        if remaining < 1 and all(call["name"] in self.return_direct for call in calls):
            return True
        return remaining < 2 and bool(calls)

    # -- node `generate_structured_response` ---------------------------------

    def generate_structured_response(
        self, state: Any, runtime: Any, config: RunnableConfig
    ) -> Dict[str, Any]:
        """Let the model put the outcome into the response format."""
        return finish(self._generate(state, runtime, config, wait=False))

    async def agenerate_structured_response(
        self, state: Any, runtime: Any, config: RunnableConfig
    ) -> Dict[str, Any]:
        """Asyncio counterpart of `generate_structured_response`."""
        return await self._generate(state, runtime, config, wait=True)

    async def _generate(
        self, state: Any, runtime: Any, config: RunnableConfig, wait: bool
    ) -> Dict[str, Any]:
        model = _get_model(await self.model.resolve(state, runtime, wait))
        messages, schema = read_state(state, "messages"), self.response_format
        if isinstance(schema, tuple):
            prompt, schema = schema
            messages = [SystemMessage(content=prompt), *messages]
        structured = model.with_structured_output(schema)
        if wait:
            response = await structured.ainvoke(messages, config)
        else:
            response = structured.invoke(messages, config)
        return {"structured_response": response}

    # -- edges ---------------------------------------------------------------

    def should_continue(self, state: Any) -> Union[str, List[Send]]:
        """Where to go after the model: to the tools it called, or towards the end."""
        last = read_state(state, "messages")[-1]
        if not isinstance(last, AIMessage) or not last.tool_calls:
            return "post_model_hook" if self.has_post_hook else self._ending()
        if not self.sends_calls:
            return "tools"
        if self.has_post_hook:
            return "post_model_hook"
        return [send_with_state(call, state) for call in last.tool_calls]

    def post_model_hook_router(self, state: Any) -> Union[str, List[Send]]:
        """Where to go after the hook: to the open tool calls, a next round, or the end."""
        messages = read_state(state, "messages")
        answered = {m.tool_call_id for m in messages if isinstance(m, ToolMessage)}
        last_answer = next(m for m in reversed(messages) if isinstance(m, AIMessage))
        open_calls = [c for c in last_answer.tool_calls if c["id"] not in answered]
        if open_calls:
            return [send_with_state(call, state) for call in open_calls]
        if isinstance(messages[-1], ToolMessage):
            return self.entrypoint
        return self._ending()

    def route_tool_responses(self, state: Any) -> str:
        """Where to go after the tools: to the end if one of them returns directly."""
        for message in reversed(read_state(state, "messages")):
            if not isinstance(message, ToolMessage):
                # Its other calls may be tasks whose answers are not here yet.
                calls = message.tool_calls if isinstance(message, AIMessage) else ()
                if any(call["name"] in self.return_direct for call in calls):
                    return END
                break
            if message.name in self.return_direct:
                return END
        return self.entrypoint

    def _ending(self) -> str:
        wants_form = self.response_format is not None
        return "generate_structured_response" if wants_form else END
