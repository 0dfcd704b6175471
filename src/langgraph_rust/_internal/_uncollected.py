"""Imports without the garbage collector.

What an import makes stays. Looking through it for garbage, again and again as it grows, takes a
tenth of the time that ``graph`` takes to import. Imported by ``graph``.
"""

from __future__ import annotations

import gc


class uncollected:
    """Keeps the collector from running inside a ``with``, if it is on."""

    def __enter__(self) -> None:
        self._is_on = gc.isenabled()
        gc.disable()

    def __exit__(self, *_: object) -> None:
        if self._is_on:
            gc.enable()
