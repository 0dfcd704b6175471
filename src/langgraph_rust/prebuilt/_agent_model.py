"""The model of an agent: its prompt, its tools, and how it is chosen."""

from __future__ import annotations

import inspect
from typing import Any, Dict, List, Optional, Sequence

from langgraph_rust._internal._compat import name_as_upstream
from langgraph_rust._internal._runnable import RunnableCallable
from langgraph_rust._langchain.chat_models import (
    AIMessage,
    BaseChatModel,
    RunnableBinding,
    RunnableSequence,
    SystemMessage,
    ToolMessage,
)
from langgraph_rust._langchain.runnable import is_runnable
from langgraph_rust.errors import ErrorCode, create_error_message
from langgraph_rust.prebuilt._agent_state import read_state

PROMPT_RUNNABLE_NAME = "Prompt"


class AgentModel:
    """A prompt and the model behind it, which may be a function's choice at each step.

    Args:
        model: A chat model or what wraps one, `"<provider>:<model>"`, or a function
            `(state, runtime)` that returns one.
        prompt: See `_get_prompt_runnable`.
        tools: The agent's tools, bound to the model unless it has them.
        builtin_tools: Tools that the provider runs, as it describes them.

    Raises:
        ImportError: If the model is text and langchain is not installed.
        ValueError: If the model has other tools bound than the agent has.
    """

    def __init__(
        self,
        model: Any,
        prompt: Any,
        tools: List[Any],
        builtin_tools: List[Dict[str, Any]],
    ) -> None:
        self._prompt = _get_prompt_runnable(prompt)
        self._choose: Any = None
        self._static: Any = None
        if not isinstance(model, str) and not is_runnable(model) and callable(model):
            self._choose = model
        else:
            self._static = self._prompt | _bind_tools(model, tools, builtin_tools)
        self.is_async = inspect.iscoroutinefunction(self._choose)

    async def resolve(self, state: Any, runtime: Any, wait: bool) -> Any:
        """The prompt and model to use now.

        Raises:
            RuntimeError: If the choice is a coroutine function and the run is sync.
        """
        if self._choose is None:
            return self._static
        if self.is_async and not wait:
            raise RuntimeError(
                "Async model callable provided but agent invoked synchronously. "
                "Use agent.ainvoke() or agent.astream(), or "
                "provide a sync model callable."
            )
        chosen = self._choose(state, runtime)
        return self._prompt | (await chosen if self.is_async else chosen)


def _bind_tools(model: Any, tools: List[Any], builtin_tools: List[Dict[str, Any]]) -> Any:
    if isinstance(model, str):
        try:
            from langchain.chat_models import init_chat_model
        except ImportError:
            raise ImportError(
                "Please install langchain (`pip install langchain`) to "
                "use '<provider>:<model>' string syntax for `model` parameter."
            ) from None
        model = init_chat_model(model)
    wanted = [*tools, *builtin_tools]
    if _should_bind_tools(model, tools, num_builtin=len(builtin_tools)) and wanted:
        return model.bind_tools(wanted)
    return model


def _get_prompt_runnable(prompt: Any) -> Any:
    """Make the Runnable that turns a state into the model's input.

    Args:
        prompt: `None` for the messages, text or a `SystemMessage` to put before them,
            or a function or Runnable that makes the input of the state.

    Raises:
        ValueError: If it is none of these.
    """
    if isinstance(prompt, str):
        prompt = SystemMessage(content=prompt)
    if prompt is None:
        return RunnableCallable(
            lambda state: read_state(state, "messages"), name=PROMPT_RUNNABLE_NAME
        )
    if isinstance(prompt, SystemMessage):
        return RunnableCallable(
            lambda state: [prompt] + read_state(state, "messages"),
            name=PROMPT_RUNNABLE_NAME,
        )
    if inspect.iscoroutinefunction(prompt):
        return RunnableCallable(None, prompt, name=PROMPT_RUNNABLE_NAME)
    if callable(prompt):
        return RunnableCallable(prompt, name=PROMPT_RUNNABLE_NAME)
    if is_runnable(prompt):
        return prompt
    raise ValueError(f"Got unexpected type for `prompt`: {type(prompt)}")


def _find_model_step(model: Any) -> Any:
    """The chat model in a sequence, or what binds arguments to it; else the model."""
    if isinstance(model, RunnableSequence):
        for step in model.steps:
            if isinstance(step, (RunnableBinding, BaseChatModel)):
                return step
    return model


def _should_bind_tools(model: Any, tools: Sequence[Any], num_builtin: int = 0) -> bool:
    """Whether a model still needs the agent's tools.

    Raises:
        ValueError: If it has tools bound, and these are not the agent's.
    """
    bound = _find_model_step(model)
    if not isinstance(bound, RunnableBinding) or "tools" not in bound.kwargs:
        return True
    bound_tools = bound.kwargs["tools"]
    expected = len(bound_tools) - num_builtin
    if len(tools) != expected:
        raise ValueError(
            "Number of tools in the model.bind_tools() and tools passed to "
            f"create_react_agent must match Got {len(tools)} tools, expected {expected}"
        )
    missing = {tool.name for tool in tools} - set(map(_bound_name, bound_tools))
    if missing:
        raise ValueError(f"Missing tools '{missing}' in the model.bind_tools()")
    return False


def _bound_name(bound_tool: Dict[str, Any]) -> Optional[str]:
    # OpenAI's form, then Anthropic's; tools in any other are not looked at.
    if bound_tool.get("type") == "function":
        return bound_tool["function"]["name"]
    return bound_tool.get("name")


def _get_model(model: Any) -> BaseChatModel:
    """The bare chat model in a sequence or binding.

    Raises:
        TypeError: If there is none.
    """
    model = _find_model_step(model)
    if isinstance(model, RunnableBinding):
        model = model.bound
    if not isinstance(model, BaseChatModel):
        raise TypeError(
            "Expected `model` to be a ChatModel or RunnableBinding "
            f"(e.g. model.bind_tools(...)), got {type(model)}"
        )
    return model


def _validate_chat_history(messages: Sequence[Any]) -> None:
    """Check that every tool call has its answer.

    Raises:
        ValueError: If one has not.
    """
    answered = {message.tool_call_id for message in messages if isinstance(message, ToolMessage)}
    open_calls = [
        call
        for message in messages
        if isinstance(message, AIMessage)
        for call in message.tool_calls
        if call["id"] not in answered
    ]
    if not open_calls:
        return
    raise ValueError(
        create_error_message(
            message="Found AIMessages with tool_calls that do not have a corresponding "
            "ToolMessage. Here are the first few of those tool calls: "
            f"{open_calls[:3]}.\n\n"
            "Every tool call (LLM requesting to call a tool) in the message history "
            "MUST have a corresponding ToolMessage (result of a tool invocation to "
            "return to the LLM) - this is required by most LLM providers.",
            error_code=ErrorCode.INVALID_CHAT_HISTORY,
        )
    )


name_as_upstream(globals(), "prebuilt.chat_agent_executor")
