"""Commands, sends, questions, policies and snapshots."""

from __future__ import annotations

import copy
import dataclasses
import os
import pickle
import subprocess
import sys
import textwrap
from datetime import timedelta
from pathlib import Path
from typing import Any, Dict, List

import pytest

import langgraph_rust
from langgraph_rust import types
from langgraph_rust._internal._constants import (
    CONFIG_KEY_CHECKPOINT_NS,
    CONFIG_KEY_SCRATCHPAD,
    CONFIG_KEY_SEND,
    RESUME,
)
from langgraph_rust._internal._scratchpad import PregelScratchpad
from langgraph_rust._langchain.context import set_config_context
from langgraph_rust.checkpoint.memory import InMemorySaver
from langgraph_rust.errors import ErrorCode, GraphInterrupt, NodeError, is_invalid_resume
from langgraph_rust.runtime import ExecutionInfo, Runtime
from langgraph_rust.types import (
    CacheKey,
    CachePolicy,
    Command,
    GraphOutput,
    Interrupt,
    Overwrite,
    PregelExecutableTask,
    PregelTask,
    RetryPolicy,
    Send,
    StateSnapshot,
    StateUpdate,
    TimeoutPolicy,
    TracePolicy,
    ensure_valid_checkpointer,
    interrupt,
    omit_payload,
)
from langgraph_rust.warnings import LangGraphDeprecatedSinceV10, LangGraphDeprecatedSinceV11

TASK = PregelExecutableTask("n", {}, None, None, {}, [], [], None, "t", ("__pregel_pull", "n"))
SAMPLES: List[Any] = [
    CacheKey(("ns",), "key", None),
    CachePolicy(ttl=3),
    Command(goto="n", update={"a": Overwrite(1)}),
    ErrorCode.MULTIPLE_SUBGRAPHS,
    ExecutionInfo("c", "ns", "t"),
    GraphOutput({"a": 1}),
    Interrupt("q", "i", response_schema={"type": "string"}),
    NodeError("n", None),  # type: ignore[arg-type]
    Overwrite([1]),
    PregelTask("t", "n", ("__pregel_pull", "n")),
    RetryPolicy(max_attempts=5),
    Runtime(context={"user": 1}),
    Send("n", {"a": 1}, timeout=3),
    StateSnapshot({}, ("n",), {}, None, None, None, (), ()),  # type: ignore[typeddict-item]
    StateUpdate({"a": 1}, "n"),
    TASK,
    TimeoutPolicy(idle_timeout=1.5),
    TracePolicy(process_inputs=omit_payload),
]
RECORDS = [sample for sample in SAMPLES if dataclasses.is_dataclass(sample)]


def by_class(sample: Any) -> str:
    return type(sample).__name__


def run_alone(code: str) -> None:
    """Run code in a process that has imported nothing yet."""
    source = str(Path(langgraph_rust.__file__).parents[1])
    subprocess.run(
        [sys.executable, "-c", textwrap.dedent(code)],
        env=dict(os.environ, PYTHONPATH=source),
        check=True,
    )


class TestEveryPublicType:
    @pytest.mark.parametrize("sample", SAMPLES, ids=by_class)
    def test_is_named_as_in_langgraph(self, sample: Any) -> None:
        assert type(sample).__module__.startswith("langgraph.")

    @pytest.mark.parametrize("protocol", range(pickle.HIGHEST_PROTOCOL + 1))
    @pytest.mark.parametrize("sample", SAMPLES, ids=by_class)
    def test_is_pickled_and_copied(self, sample: Any, protocol: int) -> None:
        if isinstance(sample, TracePolicy):
            sample = TracePolicy()  # functions are pickled by name alone
        again = pickle.loads(pickle.dumps(sample, protocol))
        for twin in (again, copy.copy(sample), copy.deepcopy(sample)):
            assert type(twin) is type(sample) and twin == sample

    def test_is_exported_as_listed(self) -> None:
        for name in types.__all__:
            assert getattr(types, name) is getattr(types, name)

    def test_is_pickled_by_langgraphs_name_in_its_place(self) -> None:
        code = """
            import pickle
            import langgraph_rust
            from langgraph_rust.types import Send
            langgraph_rust.install()
            written = pickle.dumps(Send("n", 1))
            assert b"langgraph.types" in written and b"langgraph_rust" not in written
            assert pickle.loads(written) == Send("n", 1)
        """
        run_alone(code)


class TestRecords:
    @pytest.mark.parametrize("sample", RECORDS, ids=by_class)
    def test_have_the_fields_of_a_dataclass(self, sample: Any) -> None:
        fields = dataclasses.fields(sample)
        values = {field.name: getattr(sample, field.name) for field in fields}
        assert type(sample)(**values) == sample

    @pytest.mark.parametrize("sample", RECORDS, ids=by_class)
    def test_are_replaced_field_by_field(self, sample: Any) -> None:
        first = dataclasses.fields(sample)[0].name
        changed = dataclasses.replace(sample, **{first: "other"})
        assert type(changed) is type(sample) and getattr(changed, first) == "other"
        assert changed != sample

    def test_know_their_defaults(self) -> None:
        defaults = {field.name: field.default for field in dataclasses.fields(Command)}
        assert defaults == {"graph": None, "update": None, "resume": None, "goto": ()}
        required = [
            field.name
            for field in dataclasses.fields(ExecutionInfo)
            if field.default is dataclasses.MISSING
        ]
        assert required == ["checkpoint_id", "checkpoint_ns", "task_id"]

    @pytest.mark.parametrize(
        "frozen", [Command(), TimeoutPolicy(), ExecutionInfo("", "", ""), TASK]
    )
    def test_frozen_ones_cannot_change(self, frozen: Any) -> None:
        name = dataclasses.fields(frozen)[0].name
        with pytest.raises(
            dataclasses.FrozenInstanceError, match=f"cannot assign to field '{name}'"
        ):
            setattr(frozen, name, 1)
        with pytest.raises(dataclasses.FrozenInstanceError, match=f"cannot delete field '{name}'"):
            delattr(frozen, name)

    def test_frozen_ones_have_a_hash_and_the_others_none(self) -> None:
        assert hash(TimeoutPolicy(run_timeout=1.0)) == hash(TimeoutPolicy(run_timeout=1.0))
        for changing in (Overwrite(1), Interrupt(1)):
            with pytest.raises(TypeError, match="unhashable"):
                hash(changing)

    def test_are_shown_as_they_are_made(self) -> None:
        assert repr(Interrupt("q", "i")) == "Interrupt(value='q', id='i', response_schema=None)"
        assert repr(Overwrite(1)) == "Overwrite(value=1, type='__overwrite__')"
        looped = Overwrite([])
        looped.value.append(looped)
        assert repr(looped) == "Overwrite(value=[...], type='__overwrite__')"

    def test_a_dataclass_may_derive_from_one(self) -> None:
        @dataclasses.dataclass(frozen=True)
        class Located(ExecutionInfo):
            place: str = "here"

        located = Located("c", "ns", "t", place="there")
        assert located.place == "there" and located.task_id == "t"
        assert [f.name for f in dataclasses.fields(located)][-1] == "place"
        assert located == dataclasses.replace(located) and located != ExecutionInfo("c", "ns", "t")

    def test_take_keywords_alone_where_langgraphs_do(self) -> None:
        for cls in (Command, TimeoutPolicy, CachePolicy, TracePolicy, Runtime):
            with pytest.raises(TypeError, match="positional"):
                cls(None)  # type: ignore[call-arg]

    def test_match_by_position_where_langgraphs_do(self) -> None:
        assert Overwrite.__match_args__ == ("value", "type")  # type: ignore[attr-defined]
        assert Command.__match_args__ == ()  # type: ignore[attr-defined]

    def test_are_understood_by_pydantic(self) -> None:
        pydantic = pytest.importorskip("pydantic", minversion="2")
        info = pydantic.TypeAdapter(ExecutionInfo)
        sample = ExecutionInfo("c", "ns", "t", node_attempt=2)
        assert info.validate_python(info.dump_python(sample)) == sample


class TestCommand:
    def test_shows_what_is_given(self) -> None:
        assert repr(Command()) == "Command()"
        assert repr(Command(goto="n", graph=Command.PARENT)) == (
            "Command(graph='__parent__', goto='n')"
        )
        assert repr(Command(update={"a": Overwrite(1)})) == (
            "Command(update={'a': {'value': 1, 'type': '__overwrite__'}})"
        )

    def test_gives_its_update_as_pairs(self) -> None:
        class State:
            a: int
            b: int

        state = State()
        state.a = 1
        pairs = [("a", 1), ("b", None)]
        for update, expected in [
            (None, []),
            ({"a": 1, "b": None}, pairs),
            (pairs, pairs),
            (state, [("a", 1)]),
            ("text", [("__root__", "text")]),
            ([1, 2], [("__root__", [1, 2])]),
        ]:
            assert Command(update=update)._update_as_tuples() == expected

    def test_is_what_a_tool_may_return_once_langchain_is_loaded(self) -> None:
        pytest.importorskip("langchain_core.messages.tool")
        code = """
            import sys
            from langgraph_rust.types import Command
            before = Command(goto="n")
            assert not any(name.startswith("langchain") for name in sys.modules)
            from langchain_core.messages.tool import ToolOutputMixin
            assert isinstance(before, ToolOutputMixin)
            assert issubclass(Command, ToolOutputMixin)
        """
        from langchain_core.messages import tool

        if hasattr(tool, "ToolOutputMixin"):
            run_alone(code)


class TestSend:
    def test_equals_by_node_input_and_timeout(self) -> None:
        assert Send("n", [1]) == Send("n", [1]) != Send("n", [2])
        assert Send("n", 1) != Send("n", 1, timeout=2)
        assert hash(Send("n", 1)) == hash(Send("n", 1))

    def test_shows_a_timeout_only_if_it_has_one(self) -> None:
        assert repr(Send("n", 1)) == "Send(node='n', arg=1)"
        assert repr(Send("n", 1, timeout=2)) == (
            "Send(node='n', arg=1, timeout=TimeoutPolicy(run_timeout=2.0, idle_timeout=None, "
            "refresh_on='auto'))"
        )


class TestTimeoutPolicy:
    @pytest.mark.parametrize(
        ("given", "expected"),
        [
            (None, None),
            (TimeoutPolicy(), None),
            (2, TimeoutPolicy(run_timeout=2.0)),
            (timedelta(minutes=1), TimeoutPolicy(run_timeout=60.0)),
            (TimeoutPolicy(idle_timeout=timedelta(seconds=1)), TimeoutPolicy(idle_timeout=1.0)),
        ],
        ids=str,
    )
    def test_is_normalized_to_seconds(self, given: Any, expected: Any) -> None:
        policy = TimeoutPolicy.coerce(given)
        assert policy == expected
        assert policy is None or type(policy.run_timeout or policy.idle_timeout) is float
        assert TimeoutPolicy.coerce(policy) is policy

    @pytest.mark.parametrize(
        ("given", "message"),
        [
            (0, "run_timeout must be greater than 0"),
            (TimeoutPolicy(idle_timeout=-1), "idle_timeout must be greater than 0"),
            (TimeoutPolicy(refresh_on="x"), "refresh_on must be 'auto' or 'heartbeat'"),
        ],
        ids=str,
    )
    def test_refuses_what_is_no_limit(self, given: Any, message: str) -> None:
        with pytest.raises(ValueError, match=message):
            TimeoutPolicy.coerce(given)


class TestCheckpointer:
    @pytest.mark.parametrize(
        "value", [None, True, False, InMemorySaver()], ids=lambda value: type(value).__name__
    )
    def test_valid_ones_are_returned(self, value: Any) -> None:
        assert ensure_valid_checkpointer(value) is value

    @pytest.mark.parametrize(
        "value", ["sqlite", InMemorySaver, object()], ids=lambda value: type(value).__name__
    )
    def test_others_are_refused(self, value: Any) -> None:
        with pytest.raises(TypeError, match="Invalid checkpointer provided. Expected an instance"):
            ensure_valid_checkpointer(value)


class TestGraphOutput:
    def test_reads_as_a_dict_with_a_warning(self) -> None:
        output: Any = GraphOutput({"a": 1}, (Interrupt("q", "i"),))
        with pytest.warns(LangGraphDeprecatedSinceV11):
            assert output["a"] == 1
        with pytest.warns(LangGraphDeprecatedSinceV11):
            assert output["__interrupt__"] == output.interrupts
        with pytest.warns(LangGraphDeprecatedSinceV11):
            assert "a" in output and "__interrupt__" in output and "b" not in output

    def test_reads_an_object_by_attribute(self) -> None:
        output: Any = GraphOutput(Send("n", 1))
        with pytest.warns(LangGraphDeprecatedSinceV11):
            assert output["node"] == "n" and "node" in output
        with pytest.warns(LangGraphDeprecatedSinceV11), pytest.raises(KeyError):
            output["nothing"]


class Task:
    """What a running task offers to `interrupt`."""

    def __init__(self, answers: List[Any], unaddressed: Any = None, ns: str = "n:1") -> None:
        self.sent: List[Any] = []
        self.unaddressed = unaddressed
        counter = iter(range(9))
        scratchpad = PregelScratchpad(
            step=0,
            stop=9,
            call_counter=lambda: 0,
            interrupt_counter=lambda: next(counter),
            get_null_resume=self.take,
            resume=answers,
            subgraph_counter=lambda: 0,
        )
        self.config: Dict[str, Any] = {
            "configurable": {
                CONFIG_KEY_SCRATCHPAD: scratchpad,
                CONFIG_KEY_SEND: lambda writes: self.sent.extend(copy.deepcopy(writes)),
                CONFIG_KEY_CHECKPOINT_NS: ns,
            }
        }

    def take(self, consume: bool) -> Any:
        answer = self.unaddressed
        if consume:
            self.unaddressed = None
        return answer

    def ask(self, *questions: Any, **options: Any) -> List[Any]:
        with set_config_context(self.config) as context:
            return [context.run(lambda q=q: interrupt(q, **options)) for q in questions]


class TestInterrupt:
    def test_outside_of_a_task_is_an_error(self) -> None:
        with pytest.raises(RuntimeError, match="outside of a runnable context"):
            interrupt("q")

    def test_stops_at_the_first_question_without_an_answer(self) -> None:
        task = Task([])
        with pytest.raises(GraphInterrupt) as stopped:
            task.ask("q")
        ((question,),) = stopped.value.args
        assert question == Interrupt.from_ns("q", "n:1") and task.sent == []

    def test_answers_are_matched_by_order_and_written_again(self) -> None:
        task = Task(["a", "b"])
        assert task.ask("q1", "q2") == ["a", "b"]
        assert task.sent == [(RESUME, ["a"]), (RESUME, ["a", "b"])]

    def test_a_bare_answer_goes_to_the_next_question_alone(self) -> None:
        task = Task(["a"], unaddressed="b")
        with pytest.raises(GraphInterrupt) as stopped:
            task.ask("q1", "q2", "q3")
        assert task.sent == [(RESUME, ["a"]), (RESUME, ["a", "b"])]
        ((question,),) = stopped.value.args
        assert question.value == "q3"

    def test_each_question_of_a_task_has_its_own_id(self) -> None:
        ids = set()
        for answers in ([], ["a"], ["a", "b"]):
            with pytest.raises(GraphInterrupt) as stopped:
                Task(list(answers)).ask("q1", "q2", "q3")
            ids.add(stopped.value.args[0][0].id)
        assert len(ids) == 3 and Interrupt.from_ns("", "n:1").id in ids

    def test_ids_are_the_hash_langgraph_takes(self) -> None:
        assert Interrupt.from_ns("q", "node:task").id == "f377668e7ccd8ebfebf3b1d01e613ead"
        assert Interrupt("q", ns=["a", "b:1"]).id == "90673035ce3944bd289f6a7b3b8ddd65"
        assert Interrupt("q").id == "placeholder-id"

    def test_a_json_schema_is_passed_on_unchecked(self) -> None:
        schema = {"type": "integer"}
        with pytest.raises(GraphInterrupt) as stopped:
            Task([]).ask("q", response_schema=schema)
        assert stopped.value.args[0][0].response_schema == schema
        assert Task(["text"]).ask("q", response_schema=schema) == ["text"]

    def test_an_answer_is_converted_to_the_type_asked_for(self) -> None:
        pytest.importorskip("pydantic", minversion="2")
        with pytest.raises(GraphInterrupt) as stopped:
            Task([]).ask("q", response_schema=int)
        assert stopped.value.args[0][0].response_schema == {"type": "integer"}
        assert Task(["7"]).ask("q", response_schema=int) == [7]
        assert Task([], unaddressed="8").ask("q", response_schema=int) == [8]

    @pytest.mark.parametrize("options", [{"answers": ["x"]}, {"answers": [], "unaddressed": "x"}])
    def test_an_answer_that_does_not_fit_is_not_saved(self, options: Any) -> None:
        pydantic = pytest.importorskip("pydantic", minversion="2")
        task = Task(**options)
        with pytest.raises(pydantic.ValidationError) as refused:
            task.ask("q", response_schema=int)
        assert is_invalid_resume(refused.value) and task.sent == []
        assert not is_invalid_resume(ValueError())

    def test_the_former_name_of_the_id_warns(self) -> None:
        with pytest.warns(LangGraphDeprecatedSinceV10):
            assert Interrupt("q", "i").interrupt_id == "i"
