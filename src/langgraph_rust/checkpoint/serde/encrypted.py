"""A serializer that encrypts what another one wrote."""

from __future__ import annotations

from typing import Any

from langgraph_rust._internal._home import settle
from langgraph_rust.checkpoint.serde import _reading
from langgraph_rust.checkpoint.serde.base import CipherProtocol, SerializerProtocol
from langgraph_rust.checkpoint.serde.jsonplus import JsonPlusSerializer

_PLAIN = JsonPlusSerializer()


class EncryptedSerializer(SerializerProtocol):
    """Serializes by `serde` and encrypts by `cipher`; the type becomes `type+cipher`."""

    def __init__(self, cipher: CipherProtocol, serde: SerializerProtocol = _PLAIN) -> None:
        self.cipher = cipher
        self.serde = serde

    def dumps_typed(self, obj: Any) -> tuple[str, bytes]:
        """Return the encoding and the cipher's name, and the encrypted bytes."""
        kind, data = self.serde.dumps_typed(obj)
        cipher_name, encrypted = self.cipher.encrypt(data)
        return f"{kind}+{cipher_name}", encrypted

    def loads_typed(self, data: tuple[str, bytes]) -> Any:
        """Return the object; data that was never encrypted loads as well."""
        kind, encrypted = data
        if "+" not in kind:
            return self.serde.loads_typed(data)
        kind, cipher_name = kind.split("+", 1)
        try:
            decrypted = self.cipher.decrypt(cipher_name, encrypted)
        except Exception as error:
            reading = _reading.READING.get()
            if reading is None:
                raise
            return reading.instead(_reading.Unreadable(f"it cannot be decrypted ({error})"))
        return self.serde.loads_typed((kind, decrypted))

    @classmethod
    def from_pycryptodome_aes(
        cls, serde: SerializerProtocol = _PLAIN, **kwargs: Any
    ) -> EncryptedSerializer:
        """Make one that encrypts by AES (in EAX mode unless `mode` is given).

        Args:
            serde: What serializes before encryption.
            **kwargs: `key` (16, 24 or 32 bytes; else read from `LANGGRAPH_AES_KEY`), and what
                pycryptodome's `AES.new` takes.

        Raises:
            ImportError: if pycryptodome is not installed.
            ValueError: if there is no key, or the one of the environment has a wrong length.
        """
        try:
            from Crypto.Cipher import AES
        except ImportError:
            raise ImportError(
                "Pycryptodome is not installed. Please install it with `pip install pycryptodome`."
            ) from None
        key = kwargs.pop("key") if "key" in kwargs else _key_of_environment()
        if kwargs.get("mode") is None:
            kwargs["mode"] = AES.MODE_EAX
        return cls(_AesCipher(AES, key, kwargs), serde)


def _key_of_environment() -> bytes:
    import os

    text = os.getenv("LANGGRAPH_AES_KEY")
    if text is None:
        raise ValueError("LANGGRAPH_AES_KEY environment variable is not set.")
    key = text.encode()
    if len(key) not in (16, 24, 32):
        raise ValueError("LANGGRAPH_AES_KEY must be 16, 24, or 32 bytes long.")
    return key


class _AesCipher:
    """AES of pycryptodome. The bytes are nonce (16), tag (16), ciphertext."""

    def __init__(self, aes: Any, key: bytes, options: dict[str, Any]) -> None:
        self.aes = aes
        self.key = key
        self.options = options

    def encrypt(self, plaintext: bytes) -> tuple[str, bytes]:
        cipher = self.aes.new(self.key, **self.options)
        encrypted, tag = cipher.encrypt_and_digest(plaintext)
        return "aes", cipher.nonce + tag + encrypted

    def decrypt(self, ciphername: str, ciphertext: bytes) -> bytes:
        assert ciphername == "aes", f"Unsupported cipher: {ciphername}"
        nonce, tag, encrypted = ciphertext[:16], ciphertext[16:32], ciphertext[32:]
        return self.aes.new(self.key, **self.options, nonce=nonce).decrypt_and_verify(
            encrypted, tag
        )


settle("langgraph.checkpoint.serde.encrypted", EncryptedSerializer)
