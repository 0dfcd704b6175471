"""What langchain-core has for chat models and their messages.

Importing this module imports langchain-core, so it is imported where models are in play.
"""

from __future__ import annotations

from langchain_core.language_models import (
    BaseChatModel,
    LanguageModelInput,
    LanguageModelLike,
)
from langchain_core.messages import (
    AIMessage,
    AnyMessage,
    BaseMessage,
    HumanMessage,
    SystemMessage,
    ToolMessage,
)
from langchain_core.runnables import (
    Runnable,
    RunnableBinding,
    RunnableConfig,
    RunnableSequence,
    base,
)

from langgraph_rust._langchain.as_written import is_as_written

__all__ = (
    "AIMessage",
    "AnyMessage",
    "BaseChatModel",
    "BaseMessage",
    "HumanMessage",
    "LanguageModelInput",
    "LanguageModelLike",
    "Runnable",
    "RunnableBinding",
    "RunnableConfig",
    "RunnableSequence",
    "SystemMessage",
    "ToolMessage",
    "runs_sequences_itself",
)


def runs_sequences_itself(asynchronous: bool) -> bool:
    """Tell whether langchain's sequences run as langchain wrote them.

    Tools that record what a program does replace the method, and are to see the run.
    """
    method = RunnableSequence.ainvoke if asynchronous else RunnableSequence.invoke
    return is_as_written(method, base)
