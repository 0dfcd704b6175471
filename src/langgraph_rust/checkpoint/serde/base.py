"""What a checkpoint saver asks of a serializer, and of a cipher."""

from __future__ import annotations

from typing import Any, Protocol, runtime_checkable

from langgraph_rust._internal._home import settle


class UntypedSerializerProtocol(Protocol):
    """The older form of a serializer: bytes with no word on how they were made."""

    def dumps(self, obj: Any) -> bytes: ...

    def loads(self, data: bytes) -> Any: ...


@runtime_checkable
class SerializerProtocol(Protocol):
    """Turns an object into a pair `(type, bytes)` and back."""

    def dumps_typed(self, obj: Any) -> tuple[str, bytes]: ...

    def loads_typed(self, data: tuple[str, bytes]) -> Any: ...


class SerializerCompat(SerializerProtocol):
    """A serializer of the older form, seen as one of the typed form."""

    def __init__(self, serde: UntypedSerializerProtocol) -> None:
        self.serde = serde

    def dumps_typed(self, obj: Any) -> tuple[str, bytes]:
        """Return the name of the object's class and its bytes."""
        return type(obj).__name__, self.serde.dumps(obj)

    def loads_typed(self, data: tuple[str, bytes]) -> Any:
        """Return the object; the type of the pair is not looked at."""
        return self.serde.loads(data[1])


def maybe_add_typed_methods(
    serde: SerializerProtocol | UntypedSerializerProtocol,
) -> SerializerProtocol:
    """Return `serde` itself if it has the typed methods, else a wrapper that adds them."""
    # The plain attribute test says the same as isinstance on the protocol, many times faster.
    kind = type(serde)
    if hasattr(kind, "dumps_typed") and hasattr(kind, "loads_typed"):
        return serde  # type: ignore[return-value]
    if isinstance(serde, SerializerProtocol):
        return serde
    return SerializerCompat(serde)


class CipherProtocol(Protocol):
    """Encrypts and decrypts bytes."""

    def encrypt(self, plaintext: bytes) -> tuple[str, bytes]:
        """Return the cipher's name and the encrypted bytes."""
        ...

    def decrypt(self, ciphername: str, ciphertext: bytes) -> bytes:
        """Return the decrypted bytes."""
        ...


settle(
    "langgraph.checkpoint.serde.base",
    UntypedSerializerProtocol,
    SerializerProtocol,
    SerializerCompat,
    maybe_add_typed_methods,
    CipherProtocol,
)
