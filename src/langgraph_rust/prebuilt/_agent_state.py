"""The states an agent can have."""

# Annotations are evaluated: graphs make channels of them.

import warnings
from typing import Any, Callable, Dict, List, Sequence, Type, TypeVar, Union

from pydantic import BaseModel, create_model
from typing_extensions import Annotated, NotRequired, TypedDict, deprecated

from langgraph_rust._internal._compat import name_as_upstream
from langgraph_rust._langchain.chat_models import (
    AnyMessage,
    BaseMessage,
    LanguageModelInput,
    Runnable,
    SystemMessage,
)
from langgraph_rust.graph.message import add_messages
from langgraph_rust.managed import RemainingSteps
from langgraph_rust.warnings import LangGraphDeprecatedSinceV10

StructuredResponse = Union[Dict[Any, Any], BaseModel]
StructuredResponseSchema = Union[Dict[Any, Any], Type[BaseModel]]

_FAVOUR = "has been deprecated in favor of AgentState in `langchain.agents`."

# The docstrings of these classes are the descriptions in the JSON schemas of agents.


@deprecated(
    "AgentState has been moved to `langchain.agents`. "
    "Please update your import to `from langchain.agents import AgentState`.",
    category=LangGraphDeprecatedSinceV10,
)
class AgentState(TypedDict):
    """The state of the agent."""

    messages: Annotated[Sequence[BaseMessage], add_messages]
    remaining_steps: NotRequired[RemainingSteps]


@deprecated(f"AgentStatePydantic {_FAVOUR}", category=LangGraphDeprecatedSinceV10)
class AgentStatePydantic(BaseModel):
    """The state of the agent."""

    messages: Annotated[Sequence[BaseMessage], add_messages]
    remaining_steps: RemainingSteps = 25


# Making a subclass of a deprecated class warns, and so does naming one as a bound.
with warnings.catch_warnings():
    warnings.simplefilter("ignore", LangGraphDeprecatedSinceV10)

    @deprecated(
        f"AgentStateWithStructuredResponse {_FAVOUR}",
        category=LangGraphDeprecatedSinceV10,
    )
    class AgentStateWithStructuredResponse(AgentState):
        """The state of the agent with a structured response."""

        structured_response: StructuredResponse

    @deprecated(
        f"AgentStateWithStructuredResponsePydantic {_FAVOUR}",
        category=LangGraphDeprecatedSinceV10,
    )
    class AgentStateWithStructuredResponsePydantic(AgentStatePydantic):
        """The state of the agent with a structured response."""

        structured_response: StructuredResponse

    StateSchema = TypeVar("StateSchema", bound=Union[AgentState, AgentStatePydantic])
    StateSchemaType = Type[StateSchema]

Prompt = Union[
    SystemMessage,
    str,
    Callable[[StateSchema], LanguageModelInput],
    Runnable[StateSchema, LanguageModelInput],
]


def read_state(state: Any, key: str, default: Any = None) -> Any:
    """The value of a key of a dict, or of an attribute of anything else."""
    if isinstance(state, dict):
        return state.get(key, default)
    return getattr(state, key, default)


def is_pydantic(schema: Any) -> bool:
    """Whether a state schema is a pydantic model."""
    return isinstance(schema, type) and issubclass(schema, BaseModel)


def with_model_input(schema: Any) -> Any:
    """A state schema extended by what a hook wants the model to see."""
    if is_pydantic(schema):
        return create_model(
            "CallModelInputSchema",
            llm_input_messages=(List[AnyMessage], ...),
            __base__=schema,
        )

    class CallModelInputSchema(schema):
        llm_input_messages: List[AnyMessage]

    return CallModelInputSchema


name_as_upstream(globals(), "prebuilt.chat_agent_executor")
