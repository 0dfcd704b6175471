"""Events of the allowlist: who wants to know which types were refused, or let through unlisted."""

from __future__ import annotations

from _thread import allocate_lock
from typing import TYPE_CHECKING, Any, Callable, TypedDict

from langgraph_rust._internal._home import settle

if TYPE_CHECKING:
    from logging import Logger

    logger: Logger


class _SerdeEventRequired(TypedDict):
    kind: str
    module: str
    name: str


class SerdeEvent(_SerdeEventRequired, total=False):
    """What happened (`kind`) to which type; `method` if a method was to be called."""

    method: str


SerdeEventListener = Callable[[SerdeEvent], None]

_listeners: list[SerdeEventListener] = []
_listeners_lock = allocate_lock()


def register_serde_event_listener(listener: SerdeEventListener) -> Callable[[], None]:
    """Call `listener` with every event from now on.

    Returns:
        A function that ends it; calling it again does nothing.
    """
    with _listeners_lock:
        _listeners.append(listener)

    def unregister() -> None:
        with _listeners_lock:
            if listener in _listeners:
                _listeners.remove(listener)

    return unregister


def emit_serde_event(event: SerdeEvent) -> None:
    """Call every listener with `event`; what a listener raises is logged and goes no further."""
    with _listeners_lock:
        listeners = tuple(_listeners)
    for listener in listeners:
        try:
            listener(event)
        except Exception:
            __getattr__("logger").warning("Serde listener failed", exc_info=True)


def __getattr__(name: str) -> Any:
    if name == "logger":
        from logging import getLogger

        return getLogger("langgraph.checkpoint.serde.event_hooks")
    raise AttributeError(f"module {__name__!r} has no attribute {name!r}")


settle(
    "langgraph.checkpoint.serde.event_hooks",
    SerdeEvent,
    register_serde_event_listener,
    emit_serde_event,
)
