"""The model of an agent: its prompt, its tools, and how it is chosen."""

from __future__ import annotations

import inspect
from typing import Any, Dict, List, Optional, Sequence, cast

from langgraph_rust._internal._compat import name_as_upstream
from langgraph_rust._internal._runnable import RunnableCallable
from langgraph_rust._langchain.callbacks import observed
from langgraph_rust._langchain.chat_models import (
    AIMessage,
    BaseChatModel,
    HumanMessage,
    Runnable,
    RunnableBinding,
    RunnableConfig,
    RunnableSequence,
    SystemMessage,
    ToolMessage,
    runs_sequences_itself,
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
        # A prompt of the agent's own: nobody but an observer could tell how it is run.
        self._is_plain = prompt is None or isinstance(prompt, (str, SystemMessage))
        self._choose: Any = None
        self._bound: Any = None
        self._static: Any = None
        if not isinstance(model, str) and not is_runnable(model) and callable(model):
            self._choose = model
        else:
            self._bound = _bind_tools(model, tools, builtin_tools)
            self._static = self._prompt | self._bound
        self.is_async = inspect.iscoroutinefunction(self._choose)

    async def answer(
        self, state: Any, runtime: Any, prepared: Any, config: RunnableConfig, wait: bool
    ) -> Any:
        """Let the model answer.

        A run that nobody observes asks the model itself and not the sequence of the prompt and
        it: the callbacks, contexts and configs of a sequence cost more than the agent's own
        work.

        Args:
            state: What a function chooses the model by.
            runtime: The same.
            prepared: What the prompt gets.
            config: The config of the agent's node.
            wait: Whether this is awaited; see `stream._lane`.
        """
        if self._is_plain and not observed(config, wait) and runs_sequences_itself(wait):
            model = (
                self._bound if self._choose is None else await self._chosen(state, runtime, wait)
            )
            if isinstance(model, Runnable):
                prepared = self._prompt.func(prepared)
                config = _without_run(config)
            else:
                model = self._prompt | model
        else:
            model = await self.resolve(state, runtime, wait)
        if wait:
            return await model.ainvoke(prepared, config)
        return model.invoke(prepared, config)

    async def resolve(self, state: Any, runtime: Any, wait: bool) -> Any:
        """The prompt and model to use now.

        Raises:
            RuntimeError: If the choice is a coroutine function and the run is sync.
        """
        if self._choose is None:
            return self._static
        return self._prompt | await self._chosen(state, runtime, wait)

    async def _chosen(self, state: Any, runtime: Any, wait: bool) -> Any:
        if self.is_async and not wait:
            raise RuntimeError(
                "Async model callable provided but agent invoked synchronously. "
                "Use agent.ainvoke() or agent.astream(), or "
                "provide a sync model callable."
            )
        chosen = self._choose(state, runtime)
        return await chosen if self.is_async else chosen


def _without_run(config: RunnableConfig) -> RunnableConfig:
    """The config without what belongs to its run alone: name and id."""
    if "run_name" in config or "run_id" in config:
        kept = {key: value for key, value in config.items() if key not in ("run_name", "run_id")}
        return cast(RunnableConfig, kept)
    return config


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
    answered = set()
    calls: List[Any] = []
    for message in messages:
        # The class itself is asked first: pydantic answers isinstance in Python.
        kind = type(message)
        if kind is HumanMessage or kind is SystemMessage:
            continue
        if kind is ToolMessage or (kind is not AIMessage and isinstance(message, ToolMessage)):
            answered.add(message.tool_call_id)
        elif kind is AIMessage or isinstance(message, AIMessage):
            calls += message.tool_calls
    open_calls = [call for call in calls if call["id"] not in answered]
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
