"""What can be set for all graphs of a process."""

from __future__ import annotations

from typing import Optional

from typing_extensions import Literal

__all__ = ("configure",)


def configure(*, gil_release: Optional[Literal["superstep", "waiting"]] = None) -> None:
    """Set how the engine behaves in this process; what is not given stays as it is.

    It may be called at any time, from any thread; running graphs follow from their next
    superstep on.

    Args:
        gil_release: When sync runs let other Python threads have the GIL. At every
            ``"superstep"``, which is the default, no thread is kept waiting by a graph whose
            nodes are short. While another thread computes, each release may take that thread's
            switch interval, 5 ms by default (see ``sys.setswitchinterval``). With
            ``"waiting"`` a run keeps the GIL until it ends or waits for a task or a saver, or
            until the interpreter hands it on while a node's Python code runs: the run ends
            sooner, the others wait longer. Runs on asyncio, which share its loop's thread,
            are not concerned.

    Raises:
        ValueError: ``gil_release`` is neither of the two.
    """
    if gil_release is not None:
        from ._engine import set_gil_release

        set_gil_release(gil_release)
