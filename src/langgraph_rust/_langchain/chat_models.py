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
    SystemMessage,
    ToolMessage,
)
from langchain_core.runnables import (
    Runnable,
    RunnableBinding,
    RunnableConfig,
    RunnableSequence,
)

__all__ = (
    "AIMessage",
    "AnyMessage",
    "BaseChatModel",
    "BaseMessage",
    "LanguageModelInput",
    "LanguageModelLike",
    "Runnable",
    "RunnableBinding",
    "RunnableConfig",
    "RunnableSequence",
    "SystemMessage",
    "ToolMessage",
)
