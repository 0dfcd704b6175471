"""Which stored classes are made again, and who is told of those that are not."""

from __future__ import annotations

import json
import logging
import os
import subprocess
import sys
import types
import uuid

import pytest
from stored_objects import Color, Node, Point

from langgraph_rust.checkpoint.serde import _msgpack, _warn, jsonplus
from langgraph_rust.checkpoint.serde.base import SerializerCompat, maybe_add_typed_methods
from langgraph_rust.checkpoint.serde.encrypted import EncryptedSerializer
from langgraph_rust.checkpoint.serde.event_hooks import register_serde_event_listener
from langgraph_rust.checkpoint.serde.jsonplus import (
    EXT_CONSTRUCTOR_KW_ARGS,
    EXT_CONSTRUCTOR_POS_ARGS,
    EXT_CONSTRUCTOR_SINGLE_ARG,
    EXT_METHOD_SINGLE_ARG,
    InvalidModuleError,
    JsonPlusSerializer,
    _msgpack_enc,
    _msgpack_ext_hook_to_json,
)

LOGGER = "langgraph.checkpoint.serde.jsonplus"


@pytest.fixture(autouse=True)
def told(caplog):
    """The log, with nothing said before."""
    for seen in (
        "_warned_unregistered_types",
        "_warned_blocked_types",
        "_warned_unreconstructable_types",
    ):
        getattr(_warn, seen).clear()
    caplog.set_level(logging.WARNING, logger=LOGGER)
    return caplog


@pytest.fixture
def events():
    heard: list = []
    unregister = register_serde_event_listener(heard.append)
    yield heard
    unregister()
    unregister()  # does nothing


def there_and_back(serde, obj):
    return serde.loads_typed(serde.dumps_typed(obj))


def extension(code, parts):
    """The bytes of an extension with any parts."""
    payload = _msgpack_enc(parts)
    return "msgpack", bytes([0xC7, len(payload), code]) + payload


def test_without_an_allowlist_a_class_is_made_and_the_log_told_once(told, events):
    serde = JsonPlusSerializer(allowed_msgpack_modules=True)
    assert there_and_back(serde, Node(1)) == Node(1)
    assert there_and_back(serde, Node(2)) == Node(2)
    (record,) = told.records
    assert record.name == LOGGER
    assert "unregistered type stored_objects.Node" in record.getMessage()
    allowed = {"kind": "msgpack_unregistered_allowed", "module": "stored_objects", "name": "Node"}
    assert events == [allowed, allowed]


def test_listed_classes_are_made_and_nobody_is_told(told, events):
    serde = JsonPlusSerializer(allowed_msgpack_modules=[Node, ("stored_objects", "Point")])
    value = [Node(Point(1)), uuid.UUID(int=1), {1, 2}]
    assert there_and_back(serde, value) == value
    assert not told.records
    assert not events


def test_an_unlisted_class_is_left_as_its_parts(told, events):
    serde = JsonPlusSerializer(allowed_msgpack_modules=[Point])
    assert there_and_back(serde, {"node": Node(1), "color": Color.RED}) == {
        "node": {"value": 1, "next": None},
        "color": "red",
    }
    assert ["Blocked" in record.getMessage() for record in told.records] == [True, True]
    assert [(event["kind"], event["name"]) for event in events] == [
        ("msgpack_blocked", "Node"),
        ("msgpack_blocked", "Color"),
    ]


def test_strictness_is_the_default_where_the_environment_says_so(monkeypatch):
    for strict, expected in ((True, {"value": 1, "next": None}), (False, Node(1))):
        monkeypatch.setattr(_msgpack, "STRICT_MSGPACK_ENABLED", strict)
        assert there_and_back(JsonPlusSerializer(), Node(1)) == expected
    code = (
        "from langgraph_rust.checkpoint.serde import _msgpack as m; print(m.STRICT_MSGPACK_ENABLED)"
    )
    for text, expected in (("true", "True"), ("1", "True"), ("no", "False")):
        environment = dict(os.environ, LANGGRAPH_STRICT_MSGPACK=text)
        out = subprocess.run(
            [sys.executable, "-c", code], env=environment, stdout=subprocess.PIPE, check=True
        )
        assert out.stdout.decode().strip() == expected


def test_a_method_is_called_only_if_it_is_a_safe_one(told, events, tmp_path):
    secret = tmp_path / "secret"
    secret.write_text("secret")
    for allowed in (True, None):
        serde = JsonPlusSerializer(allowed_msgpack_modules=allowed)
        data = extension(EXT_METHOD_SINGLE_ARG, ("pathlib", "Path", str(secret), "read_text"))
        assert serde.loads_typed(data) == str(secret)
    assert "Blocked deserialization of method call pathlib.Path.read_text" in told.text
    assert {event["kind"] for event in events} == {"msgpack_method_blocked"}
    assert events[0]["method"] == "read_text"


@pytest.mark.parametrize(
    ("code", "parts", "payload"),
    [
        (EXT_CONSTRUCTOR_SINGLE_ARG, ("no_such_module", "Thing", "x"), "x"),
        (EXT_CONSTRUCTOR_POS_ARGS, ("no_such_module", "Thing", [1, 2]), [1, 2]),
        (EXT_CONSTRUCTOR_KW_ARGS, ("no_such_module", "Thing", {"a": 1}), {"a": 1}),
        (EXT_CONSTRUCTOR_SINGLE_ARG, ("uuid", "NoSuchName", "x"), "x"),
        (EXT_CONSTRUCTOR_KW_ARGS, ("stored_objects", "Node", {"unknown": 1}), {"unknown": 1}),
        (EXT_METHOD_SINGLE_ARG, ("datetime", "datetime", "no date", "fromisoformat"), "no date"),
    ],
)
def test_what_cannot_be_made_is_left_as_its_parts_with_a_warning(told, code, parts, payload):
    serde = JsonPlusSerializer(allowed_msgpack_modules=True)
    assert serde.loads_typed(extension(code, parts)) == payload
    assert f"Could not reconstruct {parts[0]}.{parts[1]}" in told.text


@pytest.mark.parametrize("parts", [1, [], ["uuid"], ["uuid", "UUID"], [1, 2, 3], {"a": 1}])
def test_parts_of_another_shape_never_fail(parts):
    serde = JsonPlusSerializer(allowed_msgpack_modules=None)
    for code in (0, 1, 2, 3, 6, 8, 100):
        assert serde.loads_typed(extension(code, parts)) in (None, 3)


def test_a_module_that_is_gone_leaves_the_parts(monkeypatch):
    module = types.ModuleType("soon_gone")
    cls = type("Gone", (Node,), {"__module__": "soon_gone"})
    module.Gone = cls
    monkeypatch.setitem(sys.modules, "soon_gone", module)
    serde = JsonPlusSerializer(allowed_msgpack_modules=[("soon_gone", "Gone")])
    data = serde.dumps_typed(cls(1))
    assert type(serde.loads_typed(data)) is cls
    monkeypatch.delitem(sys.modules, "soon_gone")
    assert serde.loads_typed(data) == {"value": 1, "next": None}


def test_a_failing_listener_disturbs_nobody(told, events):
    def fail(event):
        raise ValueError("deaf")

    unregister = register_serde_event_listener(fail)
    try:
        serde = JsonPlusSerializer(allowed_msgpack_modules=None)
        assert there_and_back(serde, Node(1)) == {"value": 1, "next": None}
    finally:
        unregister()
    assert len(events) == 1
    assert "Serde listener failed" in told.text


def test_adding_to_the_allowlist_gives_another_serializer_only_if_something_is_new():
    class Own(JsonPlusSerializer):
        def __init__(self):
            super().__init__(allowed_msgpack_modules=[Node])
            self.kept = 1

    serde = Own()
    assert serde.with_msgpack_allowlist([Node]) is serde
    assert serde.with_msgpack_allowlist([]) is serde
    wider = serde.with_msgpack_allowlist([Point])
    assert type(wider) is Own and wider.kept == 1
    assert there_and_back(wider, [Node(1), Point(2)]) == [Node(1), Point(2)]
    assert there_and_back(serde, Point(2)) == {"x": 2, "y": None}
    everything = JsonPlusSerializer(allowed_msgpack_modules=True)
    assert everything.with_msgpack_allowlist([Node]) is everything

    def hook(code, payload):
        return "hooked"

    hooked = JsonPlusSerializer(allowed_msgpack_modules=None, __unpack_ext_hook__=hook)
    assert there_and_back(hooked.with_msgpack_allowlist([Node]), Node(1)) == "hooked"


def test_the_hook_for_json_makes_nothing():
    serde = JsonPlusSerializer(__unpack_ext_hook__=_msgpack_ext_hook_to_json)
    value = {
        "node": Node(1),
        "id": uuid.UUID(int=1),
        "set": {1},
        "color": Color.RED,
        "point": Point(1),
    }
    assert there_and_back(serde, value) == {
        "node": {"value": 1, "next": None},
        "id": "00000000-0000-0000-0000-000000000001",
        "set": [1],
        "color": "red",
        "point": {"x": 1, "y": None},
    }


def test_simple_values_have_encodings_of_their_own():
    serde = JsonPlusSerializer()
    for obj, encoding in (
        (None, "null"),
        (b"ab", "bytes"),
        (bytearray(b"ab"), "bytearray"),
        ("ab", "msgpack"),
    ):
        data = serde.dumps_typed(obj)
        assert data[0] == encoding
        assert serde.loads_typed(data) == obj
        assert type(serde.loads_typed(data)) is type(obj)


def test_pickle_is_used_only_where_it_is_asked_for():
    plain, pickling = JsonPlusSerializer(), JsonPlusSerializer(pickle_fallback=True)
    data = pickling.dumps_typed(1j)
    assert data[0] == "pickle"
    assert pickling.loads_typed(data) == 1j
    with pytest.raises(TypeError):
        plain.dumps_typed(1j)
    with pytest.raises(NotImplementedError, match="Unknown serialization type: pickle"):
        plain.loads_typed(data)


def envelope(path, **more):
    return {"lc": 2, "type": "constructor", "id": path, **more}


def load_json(serde, value):
    return serde.loads_typed(("json", json.dumps(value).encode()))


def test_old_json_makes_safe_and_listed_classes(told):
    assert load_json(
        JsonPlusSerializer(), envelope(["uuid", "UUID"], kwargs={"int": 5})
    ) == uuid.UUID(int=5)
    node = envelope(["stored_objects", "Node"], args=[1], kwargs={"next": 2})
    assert load_json(JsonPlusSerializer(), node) == node
    for allowed in ([("stored_objects", "Node")], True):
        assert load_json(JsonPlusSerializer(allowed_json_modules=allowed), node) == Node(1, 2)
    assert load_json(JsonPlusSerializer(allowed_json_modules=[("some", "Other")]), node) == node
    assert "not in the deserialization allowlist" in told.text
    with pytest.raises(InvalidModuleError, match="No allowed_json_modules configured"):
        JsonPlusSerializer()._revive_lc2(node)


def test_old_json_never_calls_a_method_or_makes_an_error(told):
    serde = JsonPlusSerializer(allowed_json_modules=True)
    call = envelope(["uuid", "UUID"], method="no_such_method", kwargs={"int": 5})
    assert load_json(serde, call) == uuid.UUID(int=5)
    assert load_json(serde, envelope(["builtins", "ValueError"], args=["x"])) is None
    assert not told.records
    assert load_json(serde, envelope(["uuid", "UUID"], method="x", args=["no id"])) is None
    assert "uuid.UUID (legacy_method_field=True, error=ValueError)" in told.text


def test_an_encrypting_serializer_hides_the_bytes_and_keeps_the_rules():
    class Reversing:
        def encrypt(self, plaintext):
            return "reversing", plaintext[::-1]

        def decrypt(self, ciphername, ciphertext):
            assert ciphername == "reversing"
            return ciphertext[::-1]

    inner = JsonPlusSerializer(allowed_msgpack_modules=None)
    serde = EncryptedSerializer(Reversing(), inner)
    encoding, data = serde.dumps_typed(["text", Node(1)])
    assert encoding == "msgpack+reversing"
    assert data == inner.dumps_typed(["text", Node(1)])[1][::-1]
    assert serde.loads_typed((encoding, data)) == ["text", {"value": 1, "next": None}]
    assert serde.loads_typed(inner.dumps_typed("never encrypted")) == "never encrypted"


def test_aes_needs_a_key(monkeypatch):
    pytest.importorskip("Crypto")
    monkeypatch.delenv("LANGGRAPH_AES_KEY", raising=False)
    with pytest.raises(ValueError, match="LANGGRAPH_AES_KEY environment variable is not set"):
        EncryptedSerializer.from_pycryptodome_aes()
    monkeypatch.setenv("LANGGRAPH_AES_KEY", "short")
    with pytest.raises(ValueError, match="must be 16, 24, or 32 bytes long"):
        EncryptedSerializer.from_pycryptodome_aes()
    monkeypatch.setenv("LANGGRAPH_AES_KEY", "1234567890123456")
    serde, same_key = EncryptedSerializer.from_pycryptodome_aes(), b"1234567890123456"
    data = serde.dumps_typed({"a": 1})
    assert data[0] == "msgpack+aes"
    assert EncryptedSerializer.from_pycryptodome_aes(key=same_key).loads_typed(data) == {"a": 1}
    with pytest.raises(ValueError):
        EncryptedSerializer.from_pycryptodome_aes(key=b"6543210987654321").loads_typed(data)


def test_a_serializer_without_types_is_given_them():
    json_text = types.SimpleNamespace(dumps=lambda obj: json.dumps(obj).encode(), loads=json.loads)
    serde = maybe_add_typed_methods(json_text)
    assert isinstance(serde, SerializerCompat)
    assert serde.serde is json_text
    assert serde.dumps_typed([1]) == ("list", b"[1]")
    assert serde.loads_typed(("list", b"[1]")) == [1]
    typed = JsonPlusSerializer()
    assert maybe_add_typed_methods(typed) is typed


def test_late_names_of_the_module_are_there():
    assert jsonplus.logger.name == LOGGER
    assert callable(jsonplus.LC_REVIVER)
    with pytest.raises(AttributeError):
        _ = jsonplus.no_such_name
