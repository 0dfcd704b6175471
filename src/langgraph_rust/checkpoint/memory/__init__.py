"""A checkpoint saver that keeps everything in memory."""

from __future__ import annotations

from langgraph_rust.checkpoint.memory._persistent import PersistentDict
from langgraph_rust.checkpoint.memory._saver import InMemorySaver

MemorySaver = InMemorySaver
