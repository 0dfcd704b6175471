"""The suites: which release they come from and what they need to run."""

from __future__ import annotations

from typing import NamedTuple, Tuple


class Package(NamedTuple):
    """One of upstream's distributions with tests.

    Attributes:
        name: Its short name, as on the command line and in the ledger.
        distribution: Its name on PyPI.
        needs_postgres: Whether it needs a database, which its tests share: then it runs only
            when it is named, one test at a time.
        services: Servers whose tests it has beside others, left out unless they are asked for.
    """

    name: str
    distribution: str
    needs_postgres: bool = False
    services: Tuple[str, ...] = ()


PACKAGES: Tuple[Package, ...] = (
    Package("langgraph", "langgraph", services=("postgres", "redis", "langgraph")),
    Package("prebuilt", "langgraph-prebuilt", services=("postgres",)),
    Package("checkpoint", "langgraph-checkpoint"),
    Package("sqlite", "langgraph-checkpoint-sqlite"),
    Package("postgres", "langgraph-checkpoint-postgres", needs_postgres=True),
)
