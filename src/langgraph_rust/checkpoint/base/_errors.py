"""The error of an empty channel, which LangGraph has here.

It is defined in `langgraph_rust.errors`, beside the other errors of channels.
"""

from __future__ import annotations

from langgraph_rust.errors import EmptyChannelError

__all__ = ("EmptyChannelError",)
