"""The suites: which release they come from and what they need to run."""

from __future__ import annotations

from typing import NamedTuple, Tuple


class Package(NamedTuple):
    """One of upstream's distributions with tests.

    Attributes:
        name: Its short name, as on the command line and in the ledger.
        distribution: Its name on PyPI.
        is_default: Whether it runs when none is named (the others need a service).
    """

    name: str
    distribution: str
    is_default: bool = True


PACKAGES: Tuple[Package, ...] = (
    Package("langgraph", "langgraph"),
    Package("prebuilt", "langgraph-prebuilt"),
    Package("checkpoint", "langgraph-checkpoint"),
    Package("sqlite", "langgraph-checkpoint-sqlite"),
    Package("postgres", "langgraph-checkpoint-postgres", is_default=False),
)
