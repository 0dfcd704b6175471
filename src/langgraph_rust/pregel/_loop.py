"""The engine's run under the names of upstream's loops.

Imported by upstream's tests.
"""

from __future__ import annotations

from langgraph_rust._engine import Run as PregelLoop

SyncPregelLoop = PregelLoop
AsyncPregelLoop = PregelLoop

__all__ = ("AsyncPregelLoop", "PregelLoop", "SyncPregelLoop")
