"""The logger of the package, made when something is first logged."""

from __future__ import annotations

from typing import Any


def __getattr__(name: str) -> Any:
    if name == "logger":
        import logging

        logger = globals()["logger"] = logging.getLogger("langgraph")
        return logger
    raise AttributeError(f"module {__name__!r} has no attribute {name!r}")


def warn(message: str) -> None:
    """Log `message` at warning level; imports logging only now."""
    from langgraph_rust.pregel import _log

    _log.logger.warning(message)


def info(message: str, error: BaseException) -> None:
    """Log `message` with the traceback of `error` at info level, where logging is in use."""
    import sys

    if "logging" in sys.modules:
        from langgraph_rust.pregel import _log

        _log.logger.info(message, exc_info=error)
