"""What :func:`langgraph_rust.status` returns."""

from __future__ import annotations

from typing import NamedTuple, Optional, Tuple


class Status(NamedTuple):
    """What stands in the place of ``langgraph`` in this process.

    Attributes:
        installed: Whether imports of ``langgraph`` are answered by this package.
        version: This package's version, or None if neither the engine is loaded nor the
            package's metadata is installed.
        engine_loaded: Whether the compiled engine is in the process.
        ours: Names of the imported ``langgraph`` modules that are modules of this package.
        foreign: Names of the imported ``langgraph`` modules that other distributions brought.
    """

    installed: bool
    version: Optional[str]
    engine_loaded: bool
    ours: Tuple[str, ...]
    foreign: Tuple[str, ...]


def installed_version() -> Optional[str]:
    """The version in this package's installed metadata; None in a source tree."""
    from importlib.metadata import PackageNotFoundError, version

    try:
        return version("langgraph-rust")
    except PackageNotFoundError:
        return None
