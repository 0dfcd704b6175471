"""The driver of asyncio runs under the name of upstream's runner.

Imported by upstream's tests.
"""

from __future__ import annotations

from langgraph_rust.pregel._async_driver import AsyncDriver as PregelRunner

__all__ = ("PregelRunner",)
