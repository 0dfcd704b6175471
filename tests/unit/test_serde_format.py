"""The bytes of checkpoints: what is written, what can be read, what is refused."""

from __future__ import annotations

import collections
import dataclasses
import datetime
import gc
import json
import math
import os
import random
import sys
import threading
import uuid
from pathlib import Path

import plain_msgpack
import pytest
import stored_objects
from stored_objects import Node, Point, pack_short

from langgraph_rust import types
from langgraph_rust.checkpoint.serde._codec import pack, unpack
from langgraph_rust.checkpoint.serde._revive import ReviveHook
from langgraph_rust.checkpoint.serde.types import _DeltaSnapshot

VECTORS = Path(__file__).parent.parent / "vectors" / "stored_objects.json"
REVIVE = ReviveHook(
    {("stored_objects", name) for name in vars(stored_objects)}
    | {("langgraph.checkpoint.serde.types", "_DeltaSnapshot")}
)


def read(data):
    return unpack(data, REVIVE)


def stored():
    """`(name, object, bytes as LangGraph writes them)`."""
    groups = {
        "plain": stored_objects.plain(),
        "standard": stored_objects.standard(),
        "langgraph": stored_objects.langgraph(types, _DeltaSnapshot),
    }
    found = []
    for group, kinds in json.loads(VECTORS.read_text()).items():
        for name, texts in kinds.items():
            assert len(texts) == len(groups[group][name])
            for number, (obj, text) in enumerate(zip(groups[group][name], texts)):
                found.append(pytest.param(obj, text, id=f"{name}-{number}"))
    return found


@pytest.mark.parametrize(("obj", "text"), stored())
def test_bytes_are_those_that_langgraph_writes(obj, text):
    if isinstance(obj, Path):
        # Pythons differ in what they call the module of its class.
        text = text if type(obj).__module__ == "pathlib" else plain_msgpack.pack(obj).hex()
    assert pack_short(pack(obj)) == text


@pytest.mark.parametrize(("obj", "text"), stored())
def test_what_langgraph_wrote_comes_back(obj, text):
    data = pack(obj) if ":" in text else bytes.fromhex(text)
    assert read(data) == read_back(obj)


def read_back(obj):
    """What msgpack makes of it: tuples are lists, derived classes what they are written as."""
    if isinstance(obj, memoryview):
        return bytes(obj)
    if isinstance(obj, Exception):
        return repr(obj)
    if isinstance(obj, str) and type(obj) in (str, stored_objects.Text):
        return obj.encode("utf-8", "replace").decode()
    if type(obj) in (list, tuple, stored_objects.Rows):
        return [read_back(item) for item in obj]
    if isinstance(obj, Point):
        return Point(*map(read_back, obj))
    if isinstance(obj, dict):
        return {read_back_key(key): read_back(value) for key, value in obj.items()}
    return obj


def read_back_key(key):
    if isinstance(key, (datetime.date, datetime.time)):
        return key.isoformat()
    if isinstance(key, uuid.UUID):
        return str(key)
    return getattr(key, "value", key)


def random_value(draw, depth=0):
    kind = draw.randrange(16 if depth < 4 else 11)
    if kind < 3:
        return draw.choice([None, True, False])
    if kind < 5:
        return draw.getrandbits(draw.randrange(1, 64)) * draw.choice([1, -1])
    if kind < 6:
        return draw.random() * 10.0 ** draw.randrange(-300, 300)
    if kind < 9:
        alphabet = draw.choice(["abc", "aé", "日本", "😀z", "\x00\x7f\x80\u07ff\u0800\uffff"])
        return "".join(draw.choice(alphabet) for _ in range(draw.choice([0, 1, 2, 31, 32, 60])))
    if kind < 10:
        return bytes(draw.getrandbits(8) for _ in range(draw.randrange(40)))
    if kind < 11:
        return datetime.timedelta(seconds=draw.randrange(10**6))
    size = draw.randrange(5)
    if kind < 13:
        return [random_value(draw, depth + 1) for _ in range(size)]
    if kind < 14:
        return Node(random_value(draw, depth + 1), random_value(draw, depth + 1))
    if kind < 15:
        return Point(random_value(draw, depth + 1))
    return {random_key(draw): random_value(draw, depth + 1) for _ in range(size)}


def random_key(draw):
    return draw.choice(
        [str(draw.random()), draw.randrange(1000), None, draw.random(), b"key", (1, "a")]
    )


@pytest.mark.parametrize("seed", range(60))
def test_any_value_is_written_by_the_format_and_comes_back(seed):
    draw = random.Random(seed)
    for _ in range(20):
        value = random_value(draw)
        data = pack(value)
        assert data == plain_msgpack.pack(value)
        assert read(data) == read_back(value)


@pytest.mark.parametrize("seed", range(20))
def test_damaged_bytes_are_refused_or_read_as_something_else(seed):
    draw = random.Random(seed)
    for _ in range(200):
        data = bytearray(pack(random_value(draw)))
        for _ in range(draw.randrange(1, 4)):
            data[draw.randrange(len(data))] = draw.getrandbits(8)
        try:
            read(bytes(data[: draw.randrange(len(data)) + 1]))
        except (ValueError, TypeError) as error:
            assert isinstance(error, ValueError) or "unhashable" in str(error)


@pytest.mark.parametrize("length", range(1, 40))
def test_what_is_cut_short_is_told(length):
    data = pack([{"key": "value", "other": [1.5, b"bytes"]}, Node(1)])
    with pytest.raises(ValueError, match="unexpected end of file"):
        unpack(data[:-1][:length], lambda code, payload: None)


@pytest.mark.parametrize(
    "head", [b"\xdd\xff\xff\xff\xff", b"\xdf\xff\xff\xff\xff", b"\xc6\xff\xff\xff\xff"]
)
def test_a_length_beyond_the_data_makes_nothing(head):
    with pytest.raises(ValueError, match="unexpected end of file"):
        read(head + b"\x01")


def nested(depth):
    value = 1
    for _ in range(depth):
        value = [value]
    return value


def test_containers_nest_to_the_same_depth_as_in_langgraph():
    assert read(pack(nested(255))) == nested(255)
    with pytest.raises(TypeError, match="Recursion limit reached"):
        pack(nested(256))
    deepest, depth = read(b"\x91" * 1022 + b"\x01"), 0
    while deepest != 1:
        (deepest,), depth = deepest, depth + 1
    assert depth == 1022
    with pytest.raises(ValueError, match="Recursion limit reached"):
        read(b"\x91" * 1023 + b"\x01")


def test_what_contains_itself_is_refused():
    rows: list = []
    rows.append(rows)
    node = Node(1)
    node.next = node
    for endless in (rows, {"a": rows}, node):
        with pytest.raises(TypeError):
            pack(endless)


@pytest.mark.parametrize(
    ("obj", "message"),
    [
        (object(), "Type is not msgpack serializable: object"),
        ([{"a": Node(object())}], "Type is not msgpack serializable: Node"),
        (2**64, "Integer exceeds 64-bit range"),
        (-(2**63) - 1, "Integer exceeds 64-bit range"),
        ({frozenset(): 1}, "Dict key must a type serializable with OPT_NON_STR_KEYS"),
        ({"\ud800": 1}, "string contains surrogates"),
        (
            {datetime.time(1, tzinfo=datetime.timezone.utc): 1},
            "datetime.time must not have tzinfo set",
        ),
        (memoryview(b"abcd")[::2], "Failed to get buffer from memoryview"),
        (1j, "Type is not msgpack serializable: complex"),
    ],
)
def test_what_has_no_form_is_told_as_in_langgraph(obj, message):
    with pytest.raises(TypeError) as refused:
        pack(obj)
    assert str(refused.value) == message


def test_the_cause_of_a_refusal_is_kept():
    with pytest.raises(TypeError) as refused:
        pack(Node(Node(2**64)))
    assert "Node" in str(refused.value)
    assert "64-bit" in str(refused.value.__cause__.__cause__)


def test_an_unset_field_is_refused():
    @dataclasses.dataclass
    class Half:
        __slots__ = ("value",)
        value: int

    with pytest.raises(TypeError, match="Half"):
        pack(Half.__new__(Half))


def test_what_ends_the_program_goes_through():
    class Stop:
        def dict(self):
            raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        pack([Stop()])

    def stop(code, payload):
        raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        unpack(pack([{1}]), stop)


def test_a_failing_hook_is_told_with_its_error():
    def fail(code, payload):
        raise LookupError("no such thing")

    with pytest.raises(ValueError, match="ext_hook failed") as told:
        unpack(pack([{1}]), fail)
    assert isinstance(told.value.__cause__, LookupError)


def test_a_hook_gets_the_code_and_the_payload():
    seen = []
    assert unpack(pack([{1}]), lambda code, payload: seen.append((code, payload))) == [None]
    assert seen == [(0, pack(("builtins", "set", (1,))))]


def test_bytes_of_any_kind_are_read():
    for data in (b"\x01", bytearray(b"\x01"), memoryview(b"\x02\x01")[1:]):
        assert read(data) == 1
    for wrong in ("\x01", None, 1):
        with pytest.raises(ValueError, match="Input must be bytes, bytearray, memoryview"):
            read(wrong)


def test_a_container_that_changes_meanwhile_is_refused():
    class Grows:
        def __init__(self, target):
            self.target = target

        def dict(self):
            if isinstance(self.target, list):
                self.target.clear()
            else:
                self.target[len(self.target)] = 1
            return {}

    rows: list = []
    rows += [Grows(rows), "x" * 100, ["y"]]
    cells: dict = {}
    cells["a"] = Grows(cells)
    for changing in (rows, cells):
        with pytest.raises(RuntimeError, match="changed"):
            pack(changing)


def test_keys_share_one_string():
    first, second = read(pack([{"some_key": 1}, {"some_key": 2}]))
    assert next(iter(first)) is next(iter(second))


def test_nan_and_infinities_keep_their_kind():
    nan, plus, minus = read(pack([math.nan, math.inf, -math.inf]))
    assert math.isnan(nan)
    assert (plus, minus) == (math.inf, -math.inf)


def test_a_class_is_written_as_its_instances_are_now():
    for number in range(3000):
        made = dataclasses.make_dataclass(f"Made{number}", ["value"])
        made.__module__ = "somewhere"
        expected = pack(("somewhere", f"Made{number}", {"value": number}))
        assert pack(made(number)).endswith(expected)


def test_subclasses_of_stored_classes_are_asked_for_their_form():
    class Days(datetime.date):
        pass

    class Bag(set):
        pass

    class Renamed(Point):
        def _asdict(self):
            return {"other": 1}

    for obj in (Days(2020, 1, 1), Bag([1]), Renamed(1), collections.deque([1], 3)):
        assert pack(obj) == plain_msgpack.pack(obj)


def test_threads_read_and_write_at_once():
    value = [{f"key_{n}": [Node(n), "日本" * n, {"a": {n}}]} for n in range(30)]
    data = pack(value)
    wrong = []

    def work():
        for _ in range(30):
            if pack(value) != data or read(data) != value:
                wrong.append(1)

    threads = [threading.Thread(target=work) for _ in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert not wrong


def test_nothing_is_leaked():
    value = {"key": [Node({"a": "text"}), Point(1), {1, 2}], "text": "long text " * 9}
    data = pack(value)
    calls = [
        (pack, value),
        (read, data),
        (pack, [object()]),
        (read, data[:-3]),
        (pack, nested(300)),
        (read, pack(Node(1))[:-1]),
    ]

    def spin():
        for _ in range(300):
            for call, arg in calls:
                try:
                    call(arg)
                except (TypeError, ValueError):
                    pass
        gc.collect()

    spin()
    watched = (value, value["key"], value["text"], data, Node)
    before = [sys.getrefcount(obj) for obj in watched]
    blocks = sys.getallocatedblocks()
    spin()
    assert [sys.getrefcount(obj) for obj in watched] == before
    assert sys.getallocatedblocks() - blocks < 50


@pytest.mark.skipif(not hasattr(os, "fork"), reason="no fork here")
def test_a_forked_process_reads_and_writes():
    value = [{"some_key": Node(1)}]
    data = pack(value)
    child = os.fork()
    if not child:
        os._exit(0 if read(pack(value)) == value and read(data) == value else 1)
    assert os.waitpid(child, 0)[1] == 0
