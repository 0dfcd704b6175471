"""The serializer of checkpoints: msgpack, with extensions for what msgpack has no form for."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Callable, Iterable, Literal

from langgraph_rust._internal._home import settle
from langgraph_rust.checkpoint.serde import _msgpack as _lg_msgpack
from langgraph_rust.checkpoint.serde._codec import dumps_typed, unpack
from langgraph_rust.checkpoint.serde._codec import pack as _msgpack_enc
from langgraph_rust.checkpoint.serde._ext import (
    EXT_CONSTRUCTOR_KW_ARGS as EXT_CONSTRUCTOR_KW_ARGS,
)
from langgraph_rust.checkpoint.serde._ext import (
    EXT_CONSTRUCTOR_POS_ARGS as EXT_CONSTRUCTOR_POS_ARGS,
)
from langgraph_rust.checkpoint.serde._ext import (
    EXT_CONSTRUCTOR_SINGLE_ARG as EXT_CONSTRUCTOR_SINGLE_ARG,
)
from langgraph_rust.checkpoint.serde._ext import (
    EXT_DELTA_SNAPSHOT as EXT_DELTA_SNAPSHOT,
)
from langgraph_rust.checkpoint.serde._ext import (
    EXT_METHOD_SINGLE_ARG as EXT_METHOD_SINGLE_ARG,
)
from langgraph_rust.checkpoint.serde._ext import (
    EXT_NUMPY_ARRAY as EXT_NUMPY_ARRAY,
)
from langgraph_rust.checkpoint.serde._ext import (
    EXT_PYDANTIC_V1 as EXT_PYDANTIC_V1,
)
from langgraph_rust.checkpoint.serde._ext import (
    EXT_PYDANTIC_V2 as EXT_PYDANTIC_V2,
)
from langgraph_rust.checkpoint.serde._reading import READING as _READING
from langgraph_rust.checkpoint.serde._reduce import reduce_value
from langgraph_rust.checkpoint.serde._revive import (  # noqa: F401
    _create_msgpack_ext_hook,
    _msgpack_ext_hook,
    _msgpack_ext_hook_to_json,
    _send_from_args,
)
from langgraph_rust.checkpoint.serde._warn import (  # noqa: F401
    _MAX_WARNED_TYPES,
    _warn_once,
    _warned_blocked_types,
    _warned_unreconstructable_types,
    _warned_unregistered_types,
)
from langgraph_rust.checkpoint.serde.base import SerializerProtocol
from langgraph_rust.checkpoint.serde.event_hooks import emit_serde_event  # noqa: F401
from langgraph_rust.checkpoint.serde.types import SendProtocol, _DeltaSnapshot  # noqa: F401

if TYPE_CHECKING:
    from langgraph_rust.checkpoint.serde._msgpack import AllowedMsgpackModules

EMPTY_BYTES = b""

# Names made when first asked for: what they need is slow to import and rarely used.
_LATE = ("LC_REVIVER", "logger", "InvalidModuleError", "Item", "_option")


def _normalize_module_keys(modules: AllowedMsgpackModules) -> set[tuple[str, ...]]:
    return {(m.__module__, m.__name__) if isinstance(m, type) else m for m in modules}


def _normalize_allowlist(
    allowlist: AllowedMsgpackModules | Literal[True] | None,
) -> set[tuple[str, ...]] | Literal[True] | None:
    if allowlist is True:
        return allowlist
    return _normalize_module_keys(allowlist) if allowlist else None


def _msgpack_default(obj: Any) -> Any:
    """What `ormsgpack.packb` takes as `default`, for whoever encodes by that."""
    from ormsgpack import Ext

    reduced = reduce_value(obj)
    return reduced if isinstance(reduced, str) else Ext(reduced[0], _msgpack_enc(reduced[1]))


class JsonPlusSerializer(SerializerProtocol):
    """Serializes checkpoints as msgpack.

    Loading data makes objects of the classes it names: who can write to the store of
    checkpoints can have code run here, unless an allowlist says which classes may be made.
    `LANGGRAPH_STRICT_MSGPACK=true` sets the strict one for all.

    Args:
        pickle_fallback: Pickle what msgpack has no form for, and load pickled data.
        allowed_json_modules: Classes that old JSON checkpoints may name, as tuples of the
            parts of their path; True for any.
        allowed_msgpack_modules: Classes, or `(module, name)` pairs, that may be made beside the
            safe ones; True for any, with a warning for those not safe; None for the safe only.
    """

    def __init__(
        self,
        *,
        pickle_fallback: bool = False,
        allowed_json_modules: Iterable[tuple[str, ...]] | Literal[True] | None = None,
        allowed_msgpack_modules: (
            AllowedMsgpackModules | Literal[True] | None
        ) = _lg_msgpack._SENTINEL,
        __unpack_ext_hook__: Callable[[int, bytes], Any] | None = None,
    ) -> None:
        if allowed_msgpack_modules is _lg_msgpack._SENTINEL:
            allowed_msgpack_modules = None if _lg_msgpack.STRICT_MSGPACK_ENABLED else True
        self.pickle_fallback = pickle_fallback
        self._allowed_json_modules = _normalize_allowlist(allowed_json_modules)
        self._allowed_msgpack_modules = _normalize_allowlist(allowed_msgpack_modules)
        self._custom_unpack_ext_hook = __unpack_ext_hook__ is not None
        self._unpack_ext_hook = __unpack_ext_hook__ or _create_msgpack_ext_hook(
            self._allowed_msgpack_modules
        )

    def with_msgpack_allowlist(
        self, extra_allowlist: Iterable[tuple[str, ...] | type]
    ) -> JsonPlusSerializer:
        """Return a serializer that allows these classes too: itself, if it already does."""
        allowed = self._allowed_msgpack_modules
        if isinstance(allowed, bool):
            return self
        merged = (allowed or set()) | _normalize_module_keys(extra_allowlist)
        if merged == (allowed or set()):
            return self
        from copy import copy

        clone = copy(self)
        clone._allowed_json_modules = _normalize_allowlist(self._allowed_json_modules)
        clone._allowed_msgpack_modules = merged
        if not clone._custom_unpack_ext_hook:
            clone._unpack_ext_hook = _create_msgpack_ext_hook(merged)
        return clone

    def dumps_typed(self, obj: Any) -> tuple[str, bytes]:
        """Return how the object was encoded, and its bytes.

        Raises:
            TypeError: if something in it has no form in msgpack and `pickle_fallback` is off.
        """
        try:
            return dumps_typed(obj)
        except TypeError:
            if not self.pickle_fallback:
                raise
        import pickle

        return "pickle", pickle.dumps(obj)

    def loads_typed(self, data: tuple[str, bytes]) -> Any:
        """Return the object that `dumps_typed` was given.

        Raises:
            ValueError: if the bytes are damaged.
            NotImplementedError: if the encoding is unknown, or is pickle and not allowed.
        """
        reading = _READING.get()
        return self._load(data) if reading is None else reading.load(self, data)

    def _load(self, data: tuple[str, bytes]) -> Any:
        type_, data_ = data
        if type_ == "msgpack":
            return unpack(data_, self._unpack_ext_hook)
        if type_ == "null":
            return None
        if type_ == "bytes":
            return data_
        if type_ == "bytearray":
            return bytearray(data_)
        if type_ == "json":
            import json

            return json.loads(data_, object_hook=self._reviver)
        if self.pickle_fallback and type_ == "pickle":
            import pickle

            return pickle.loads(data_)
        raise NotImplementedError(f"Unknown serialization type: {type_}")

    def _reviver(self, value: dict[str, Any]) -> Any:
        from langgraph_rust.checkpoint.serde import _revive_json as old

        if old.is_envelope(value):
            safe = old.is_safe(value["id"])
            if self._allowed_json_modules or safe:
                try:
                    return self._revive_lc2(value)
                except old.InvalidModuleError as error:
                    if not safe:
                        old.find_logger().warning(
                            "Object %s is not in the deserialization allowlist.\n%s",
                            value["id"],
                            error.message,
                        )
        return _find_late("LC_REVIVER")(value)

    def _revive_lc2(self, value: dict[str, Any]) -> Any:
        from langgraph_rust.checkpoint.serde import _revive_json as old

        self._check_allowed_json_modules(value)
        return old.build(value)

    def _check_allowed_json_modules(self, value: dict[str, Any]) -> None:
        from langgraph_rust.checkpoint.serde import _revive_json as old

        old.check_allowed(value["id"], self._allowed_json_modules)


def _ormsgpack_option() -> int:
    """What makes `ormsgpack.packb` write as we do, for whoever encodes by that."""
    import ormsgpack

    names = "NON_STR_KEYS PASSTHROUGH_DATACLASS PASSTHROUGH_DATETIME PASSTHROUGH_ENUM"
    names += " PASSTHROUGH_UUID REPLACE_SURROGATES"
    option = 0
    for name in names.split():
        option |= getattr(ormsgpack, f"OPT_{name}")
    return option


def _find_late(name: str) -> Any:
    found = globals().get(name)
    if found is None:
        from langgraph_rust.checkpoint.serde import _revive_json as old

        if name == "LC_REVIVER":
            found = old.find_core_reviver()
        elif name == "_option":
            found = _ormsgpack_option()
        elif name == "Item":
            from langgraph_rust.store.base import Item as found
        else:
            found = old.find_logger() if name == "logger" else old.InvalidModuleError
        globals()[name] = found
    return found


if not TYPE_CHECKING:

    def __getattr__(name: str) -> Any:
        if name in _LATE:
            return _find_late(name)
        raise AttributeError(f"module {__name__!r} has no attribute {name!r}")


settle("langgraph.checkpoint.serde.jsonplus", JsonPlusSerializer)
