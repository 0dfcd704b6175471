"""Widens the allowlist of a saver's serializer."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Collection

from langgraph_rust._internal._home import settle
from langgraph_rust.checkpoint.serde.jsonplus import JsonPlusSerializer

if TYPE_CHECKING:
    from langgraph_rust.checkpoint.serde.base import SerializerProtocol


def _with_msgpack_allowlist(
    serde: SerializerProtocol, extra_allowlist: Collection[tuple[str, ...]]
) -> SerializerProtocol:
    """Return a serializer that allows these classes too; `serde`, with a warning, if it cannot."""
    if isinstance(serde, JsonPlusSerializer):
        return serde.with_msgpack_allowlist(extra_allowlist)
    from langgraph_rust.checkpoint.serde.encrypted import EncryptedSerializer

    if isinstance(serde, EncryptedSerializer) and isinstance(serde.serde, JsonPlusSerializer):
        inner = serde.serde.with_msgpack_allowlist(extra_allowlist)
        return serde if inner is serde.serde else EncryptedSerializer(serde.cipher, inner)
    find_logger().warning(
        "Serializer %s does not support msgpack allowlist. "
        "Strict msgpack deserialization will not be enforced.",
        type(serde).__name__,
    )
    return serde


def find_logger() -> Any:
    """The logger of savers, by the name that users filter on."""
    from logging import getLogger

    return getLogger("langgraph.checkpoint.base")


settle("langgraph.checkpoint.base", _with_msgpack_allowlist)
