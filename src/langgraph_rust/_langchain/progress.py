"""The handler that takes any callback of a node for a sign that it is at work.

Imports langchain-core: to be imported only where that is installed.
"""

from __future__ import annotations

from typing import Any
from weakref import ref

from langchain_core.callbacks import BaseCallbackHandler


class ProgressHandler(BaseCallbackHandler):
    """Calls `scope.touch()` at every event below the node it was given to.

    The scope is held weakly: managers of what the node started may outlive its attempt.
    """

    run_inline = True

    def __init__(self, scope: Any) -> None:
        self._scope = ref(scope)

    def _touch(self, *_: Any, **__: Any) -> Any:
        scope = self._scope()
        if scope is not None:
            scope.touch()

    on_llm_start = on_chat_model_start = on_llm_new_token = on_llm_end = on_llm_error = _touch
    on_chain_start = on_chain_end = on_chain_error = _touch
    on_tool_start = on_tool_end = on_tool_error = _touch
    on_retriever_start = on_retriever_end = on_retriever_error = _touch
    on_agent_action = on_agent_finish = _touch
    on_text = on_retry = on_custom_event = _touch
