"""Makes objects again from the extensions of a checkpoint, as far as the allowlist lets it."""

from __future__ import annotations

import sys
from importlib import import_module
from typing import Any, Callable, Sequence

from langgraph_rust._internal._home import OWN_ROOT, PUBLIC_ROOT
from langgraph_rust.checkpoint.serde import _msgpack as _lg_msgpack
from langgraph_rust.checkpoint.serde._codec import unpack
from langgraph_rust.checkpoint.serde._ext import (
    EXT_CONSTRUCTOR_KW_ARGS,
    EXT_CONSTRUCTOR_POS_ARGS,
    EXT_CONSTRUCTOR_SINGLE_ARG,
    EXT_DELTA_SNAPSHOT,
    EXT_METHOD_SINGLE_ARG,
    EXT_NUMPY_ARRAY,
    EXT_PYDANTIC_V1,
    EXT_PYDANTIC_V2,
)
from langgraph_rust.checkpoint.serde._reading import note_damaged, note_unknown, note_unmade
from langgraph_rust.checkpoint.serde._warn import (
    warn_blocked,
    warn_method_blocked,
    warn_unreconstructable,
    warn_unregistered,
)
from langgraph_rust.checkpoint.serde.event_hooks import emit_serde_event
from langgraph_rust.checkpoint.serde.types import _DeltaSnapshot


def _check_allowed(allowed: Any, module: str, name: str) -> bool:
    """Whether the class may be made; tells listeners and the log if it is not a listed one."""
    if (module, name) in _lg_msgpack.SAFE_MSGPACK_TYPES:
        return True
    if allowed is True:
        emit_serde_event({"kind": "msgpack_unregistered_allowed", "module": module, "name": name})
        warn_unregistered(module, name)
        return True
    if allowed is not None and (module, name) in allowed:
        return True
    emit_serde_event({"kind": "msgpack_blocked", "module": module, "name": name})
    warn_blocked(module, name)
    return False


def _check_allowed_method(module: str, name: str, method: str) -> bool:
    """Whether the method may be called; tells listeners and the log if not."""
    if (module, name, method) in _lg_msgpack.SAFE_MSGPACK_METHODS:
        return True
    emit_serde_event(
        {"kind": "msgpack_method_blocked", "module": module, "name": name, "method": method}
    )
    warn_method_blocked(module, name, method)
    return False


def find_module(name: str) -> Any:
    """Import the module that a checkpoint names; of those we have, ours if it is in use."""
    if not name.startswith(PUBLIC_ROOT):
        return import_module(name)
    own = OWN_ROOT + name[len(PUBLIC_ROOT) :]
    if own in sys.modules:
        return sys.modules[own]
    try:
        return import_module(name)
    except ImportError:
        return import_module(own)


def _send_from_args(args: Sequence[Any]) -> Any:
    """Make a `Send` from `(node, arg)` or `(node, arg, timeout)`."""
    Send = find_module("langgraph.types").Send
    return Send(*args) if len(args) == 2 else Send(args[0], args[1], timeout=args[2])


def _payload_instead(parts: Any, error: Exception) -> Any:
    """The parts of an object that cannot be made: `None` would erase it from the state."""
    try:
        module, name, payload = parts[0], parts[1], parts[2]
    except Exception:
        return None
    note_unmade(module, name)
    warn_unreconstructable(module, name, type(error).__name__)
    return payload


def _model_parts_instead(parts: Any) -> Any:
    note_unmade(parts[0], parts[1])
    return parts[2]


def _build(code: int, parts: Any) -> Any:
    module, name, payload = parts[0], parts[1], parts[2]
    if code == EXT_CONSTRUCTOR_POS_ARGS and (module, name) == ("langgraph.types", "Send"):
        return _send_from_args(payload)
    target = getattr(find_module(module), name)
    if code == EXT_CONSTRUCTOR_SINGLE_ARG:
        return target(payload)
    if code == EXT_CONSTRUCTOR_POS_ARGS:
        return target(*payload)
    if code == EXT_CONSTRUCTOR_KW_ARGS:
        return target(**payload)
    return getattr(target, parts[3])(payload)


def _build_model(code: int, parts: Any) -> Any:
    cls = getattr(find_module(parts[0]), parts[1])
    try:
        return cls(**parts[2])
    except Exception:
        # What was valid when stored may not be now: the values matter more than the rules.
        construct = cls.construct if code == EXT_PYDANTIC_V1 else cls.model_construct
        return construct(**parts[2])


def build_array(parts: Any) -> Any:
    """Make a numpy array from `(dtype, shape, order, bytes)`."""
    import numpy

    dtype, shape, order, content = parts
    return numpy.frombuffer(content, dtype=numpy.dtype(dtype)).reshape(shape, order=order)


class ReviveHook:
    """Turns an extension's code and bytes into an object; nested extensions come through it too.

    Args:
        allowed: The allowlist as `(module, name)` pairs; True lets every type through and
            warns about the unlisted; None lets only the safe types through.
    """

    __slots__ = ("allowed",)

    def __init__(self, allowed: Any) -> None:
        self.allowed = allowed

    def __call__(self, code: int, data: bytes) -> Any:
        if code == EXT_DELTA_SNAPSHOT:
            return _DeltaSnapshot(unpack(data, self))
        if code == EXT_NUMPY_ARRAY:
            try:
                return build_array(unpack(data, self))
            except Exception:
                note_damaged()
                return None
        if not EXT_CONSTRUCTOR_SINGLE_ARG <= code <= EXT_PYDANTIC_V2:
            note_unknown(code)
            return None
        try:
            parts = unpack(data, self)
        except Exception:
            note_damaged()
            return None
        return self.revive(code, parts)

    def revive(self, code: int, parts: Any) -> Any:
        """Make the object, or return its payload if it may not or cannot be made."""
        of_model = code in (EXT_PYDANTIC_V1, EXT_PYDANTIC_V2)
        try:
            if code == EXT_METHOD_SINGLE_ARG:
                allowed = _check_allowed_method(parts[0], parts[1], parts[3])
            else:
                allowed = _check_allowed(self.allowed, parts[0], parts[1])
            if not allowed:
                return parts[2]
            return _build_model(code, parts) if of_model else _build(code, parts)
        except Exception as error:
            return _model_parts_instead(parts) if of_model else _payload_instead(parts, error)


def _create_msgpack_ext_hook(allowed_modules: Any) -> Callable[[int, bytes], Any]:
    return ReviveHook(allowed_modules)


# Some programs import it by this name.
_msgpack_ext_hook = ReviveHook(None)


def _msgpack_ext_hook_to_json(code: int, data: bytes) -> Any:
    """The hook that makes nothing: an extension becomes its payload, ready for JSON."""
    try:
        if code == EXT_NUMPY_ARRAY:
            return build_array(unpack(data, _msgpack_ext_hook_to_json)).tolist()
        if not EXT_CONSTRUCTOR_SINGLE_ARG <= code <= EXT_PYDANTIC_V2:
            return None
        parts = unpack(data, _msgpack_ext_hook_to_json)
        module, name, payload = parts[0], parts[1], parts[2]
        if code == EXT_CONSTRUCTOR_SINGLE_ARG and (module, name) == ("uuid", "UUID"):
            return "-".join(
                (payload[:8], payload[8:12], payload[12:16], payload[16:20], payload[20:])
            )
        if code == EXT_CONSTRUCTOR_POS_ARGS and (module, name) == ("langgraph.types", "Send"):
            return _send_from_args(payload)
        return payload
    except Exception:
        return None
