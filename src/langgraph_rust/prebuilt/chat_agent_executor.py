"""The agent that calls its tools in a loop."""

from __future__ import annotations

import warnings
from typing import (
    TYPE_CHECKING,
    Any,
    Callable,
    Dict,
    List,
    Optional,
    Sequence,
    Tuple,
    Type,
    Union,
)

from typing_extensions import Literal, deprecated

from langgraph_rust._internal._compat import name_as_upstream
from langgraph_rust._internal._elsewhere import find_elsewhere
from langgraph_rust.prebuilt._agent_graph import lay_out_agent
from langgraph_rust.prebuilt._agent_state import (
    AgentState,
    AgentStatePydantic,
    AgentStateWithStructuredResponse,
    AgentStateWithStructuredResponsePydantic,
)
from langgraph_rust.warnings import LangGraphDeprecatedSinceV10

if TYPE_CHECKING:
    from langgraph_rust._internal._runnable import RunnableLike
    from langgraph_rust._langchain.chat_models import LanguageModelLike
    from langgraph_rust._langchain.tools import BaseTool
    from langgraph_rust.graph.state import CompiledStateGraph
    from langgraph_rust.prebuilt._agent_state import (
        Prompt as Prompt,
    )
    from langgraph_rust.prebuilt._agent_state import (
        StateSchemaType,
    )
    from langgraph_rust.prebuilt._agent_state import (
        StructuredResponseSchema as StructuredResponseSchema,
    )
    from langgraph_rust.prebuilt.tool_node import ToolNode
    from langgraph_rust.runtime import Runtime
    from langgraph_rust.store.base import BaseStore
    from langgraph_rust.types import Checkpointer

__all__ = [
    "create_react_agent",
    "create_tool_calling_executor",
    "AgentState",
    "AgentStatePydantic",
    "AgentStateWithStructuredResponse",
    "AgentStateWithStructuredResponsePydantic",
]


@deprecated(
    "create_react_agent has been moved to `langchain.agents`. "
    "Please update your import to `from langchain.agents import create_agent`.",
    category=LangGraphDeprecatedSinceV10,
)
def create_react_agent(
    model: Union[str, LanguageModelLike, Callable[[Any, Runtime[Any]], Any]],
    tools: Union[Sequence[Union[BaseTool, Callable[..., Any], Dict[str, Any]]], ToolNode],
    *,
    prompt: Optional[Prompt] = None,
    response_format: Union[
        StructuredResponseSchema, Tuple[str, StructuredResponseSchema], None
    ] = None,
    pre_model_hook: Optional[RunnableLike] = None,
    post_model_hook: Optional[RunnableLike] = None,
    state_schema: Optional[StateSchemaType] = None,
    context_schema: Optional[Type[Any]] = None,
    checkpointer: Optional[Checkpointer] = None,
    store: Optional[BaseStore] = None,
    interrupt_before: Optional[List[str]] = None,
    interrupt_after: Optional[List[str]] = None,
    debug: bool = False,
    version: Literal["v1", "v2"] = "v2",
    name: Optional[str] = None,
    **deprecated_kwargs: Any,
) -> CompiledStateGraph:
    """Make an agent: node `agent` calls the model, node `tools` what the model asks for.

    They take turns until an answer asks for no tool, one of the tools returns directly,
    or too few steps remain, which the last message then says.

    Args:
        model: A chat model, `"<provider>:<model>"`, or a function `(state, runtime)`,
            also a coroutine function, that returns one with its tools bound.
        tools: Tools, functions to make tools of, tools of the provider as dicts, or a
            `ToolNode`. Without any the agent is the model alone.
        prompt: Text or a `SystemMessage` to put before the messages, or a function or
            Runnable that makes the model's input of the state.
        response_format: Schema of a final answer that another call of the model makes,
            kept as `structured_response`; or a tuple of a prompt for it and the schema.
        pre_model_hook: A node before `agent`. It returns `messages` to change the
            messages, or `llm_input_messages` to change what the model sees of them.
        post_model_hook: A node after `agent`; only with version `"v2"`.
        state_schema: The state, with `messages` and `remaining_steps`; `AgentState` by
            default.
        context_schema: Type of the run's context.
        checkpointer: Saves the state of threads.
        store: Keeps what is shared between threads.
        interrupt_before: Nodes to stop before.
        interrupt_after: Nodes to stop after.
        debug: Whether to print what happens.
        version: `"v2"` makes each tool call a task of its own, `"v1"` runs all calls of
            a message in one.
        name: Name of the graph, given to the model's messages too.
        **deprecated_kwargs: `config_schema`, an older name of `context_schema`.

    Raises:
        TypeError: If there are further arguments.
        ValueError: If the version is unknown, the schema lacks a key, or the model has
            other tools bound.
    """
    if "config_schema" in deprecated_kwargs:
        warnings.warn(
            "`config_schema` is deprecated and will be removed. "
            "Please use `context_schema` instead.",
            category=LangGraphDeprecatedSinceV10,
            stacklevel=3,
        )
        older = deprecated_kwargs.pop("config_schema")
        context_schema = older if context_schema is None else context_schema
    if deprecated_kwargs:
        raise TypeError(
            f"create_react_agent() got unexpected keyword arguments: {deprecated_kwargs}"
        )
    if version not in ("v1", "v2"):
        raise ValueError(f"Invalid version {version}. Supported versions are 'v1' and 'v2'.")
    workflow = lay_out_agent(
        model,
        tools,
        prompt,
        response_format=response_format,
        pre_model_hook=pre_model_hook,
        post_model_hook=post_model_hook,
        state_schema=state_schema,
        context_schema=context_schema,
        sends_calls=version == "v2",
        name=name,
    )
    return workflow.compile(
        checkpointer=checkpointer,
        store=store,
        interrupt_before=interrupt_before,
        interrupt_after=interrupt_after,
        debug=debug,
        name=name,
    )


create_tool_calling_executor = create_react_agent

name_as_upstream(globals())

if not TYPE_CHECKING:
    __getattr__ = find_elsewhere(
        __name__,
        {
            "langgraph_rust._internal._runnable": "RunnableCallable RunnableLike",
            "langgraph_rust._internal._typing": "MISSING",
            "langgraph_rust._langchain.chat_models": "AnyMessage LanguageModelInput "
            "LanguageModelLike",
            "langgraph_rust.errors": "ErrorCode create_error_message",
            "langgraph_rust.graph.message": "add_messages",
            "langgraph_rust.constants": "END",
            "langgraph_rust.graph.state": "CompiledStateGraph StateGraph",
            "langgraph_rust.managed": "RemainingSteps",
            "langgraph_rust.prebuilt._agent_model": "PROMPT_RUNNABLE_NAME _get_model "
            "_get_prompt_runnable _should_bind_tools _validate_chat_history",
            "langgraph_rust.prebuilt._agent_state": "Prompt StateSchema StateSchemaType "
            "StructuredResponse StructuredResponseSchema",
            "langgraph_rust.prebuilt.tool_node": "ToolCallWithContext ToolNode",
            "langgraph_rust.runtime": "Runtime",
            "langgraph_rust.store.base": "BaseStore",
            "langgraph_rust.types": "Checkpointer Send",
            "langgraph_rust.typing": "ContextT",
            "typing_extensions": "NotRequired TypedDict",
        },
    )
