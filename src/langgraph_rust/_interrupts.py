"""Questions to the outside and their answers. Public as names of ``types``."""

from typing import (
    TYPE_CHECKING,
    Any,
    Dict,
    Generic,
    List,
    Optional,
    Sequence,
    Type,
    Union,
    final,
    overload,
)
from warnings import warn

from langgraph_rust._internal._compat import name_as_upstream
from langgraph_rust._internal._constants import (
    CONFIG_KEY_CHECKPOINT_NS,
    CONFIG_KEY_SCRATCHPAD,
    CONFIG_KEY_SEND,
    NS_SEP,
    RESUME,
)
from langgraph_rust._internal._newer_typing import TypeVar, deprecated
from langgraph_rust._internal._record import record
from langgraph_rust._internal._typing import MISSING
from langgraph_rust.config import get_config
from langgraph_rust.errors import GraphInterrupt, _mark_invalid_resume
from langgraph_rust.warnings import LangGraphDeprecatedSinceV10

if TYPE_CHECKING:
    from pydantic import TypeAdapter
    from typing_extensions import Unpack

    from langgraph_rust._internal._typing import DeprecatedKwargs

ResponseT = TypeVar("ResponseT", default=Any)

_DEFAULT_INTERRUPT_ID = "placeholder-id"


def _interrupt_id(ns: str, answered: int) -> str:
    # The answers a task already has number its questions; calls that run in parallel within
    # one task would not. The first question's id is the hash of the bare namespace, which is
    # all there was when a task had one id: what was saved then still matches.
    return _hash_text(f"{ns}{NS_SEP}{answered}" if answered else ns)


def _hash_text(text: str) -> str:
    from langgraph_rust._engine import xxh3_128_hexdigest

    return xxh3_128_hexdigest(text.encode())


@final
@record()
class Interrupt(Generic[ResponseT]):
    """A question that a task waits to have answered.

    Attributes:
        value: The question.
        id: What an answer names it by.
        response_schema: What an answer must look like, as JSON schema, if the question said so.
    """

    __slots__ = ("value", "id", "response_schema")

    value: Any
    id: str
    response_schema: Union[Type[ResponseT], Dict[str, Any], None]

    def __init__(
        self,
        value: Any,
        id: str = _DEFAULT_INTERRUPT_ID,
        *,
        response_schema: Union[Type[ResponseT], Dict[str, Any], None] = None,
        **deprecated_kwargs: "Unpack[DeprecatedKwargs]",
    ) -> None:
        ns: Any = deprecated_kwargs.get("ns", MISSING)
        if id == _DEFAULT_INTERRUPT_ID and isinstance(ns, Sequence):
            id = _hash_text(NS_SEP.join(ns))
        self.value = value
        self.id = id
        self.response_schema = response_schema

    @classmethod
    def from_ns(
        cls,
        value: Any,
        ns: str,
        *,
        response_schema: Union[Type[ResponseT], Dict[str, Any], None] = None,
    ) -> "Interrupt[ResponseT]":
        """The first interrupt of the task whose checkpoint namespace is `ns`."""
        return cls(value, _interrupt_id(ns, 0), response_schema=response_schema)

    @property
    @deprecated("`interrupt_id` is deprecated. Use `id` instead.", category=None)
    def interrupt_id(self) -> str:
        """The former name of `id`."""
        warn(
            "`interrupt_id` is deprecated. Use `id` instead.",
            LangGraphDeprecatedSinceV10,
            stacklevel=2,
        )
        return self.id


@overload
def interrupt(value: Any, *, response_schema: Type[ResponseT]) -> ResponseT: ...


@overload
def interrupt(value: Any, *, response_schema: Optional[Dict[str, Any]] = None) -> Any: ...


def interrupt(value: Any, *, response_schema: Union[Dict[str, Any], type, None] = None) -> Any:
    """Ask a question from within a node, and stop until it is answered.

    Asked for the first time it ends the task; the question is streamed and saved, so the graph
    needs a checkpointer. Answered by `Command(resume=...)`, the node runs anew from its
    beginning, and the call returns the answer. Several calls of one task are told apart by their
    order.

    Args:
        value: The question.
        response_schema: What an answer must look like: a JSON schema, which is passed on and not
            checked, or a pydantic model, TypedDict or dataclass, to which an answer is
            converted.

    Returns:
        The answer.

    Raises:
        GraphInterrupt: If there is no answer yet. Let it pass.
        pydantic.ValidationError: If the answer does not fit. It is not saved; answer again.
        RuntimeError: If called outside of a task.
    """
    conf = get_config()["configurable"]
    adapter = _answer_adapter(response_schema)
    scratchpad = conf[CONFIG_KEY_SCRATCHPAD]
    number = scratchpad.interrupt_counter()
    answers: List[Any] = scratchpad.resume
    if number < len(answers):
        answer = _checked_answer(adapter, answers[number])
        conf[CONFIG_KEY_SEND]([(RESUME, answers[: number + 1])])
        return answer
    given = scratchpad.get_null_resume(True)
    if given is not None:
        assert len(answers) == number, (answers, number)
        answer = _checked_answer(adapter, given)
        answers.append(given)
        conf[CONFIG_KEY_SEND]([(RESUME, answers)])
        return answer
    raise GraphInterrupt(
        (
            Interrupt(
                value,
                _interrupt_id(conf[CONFIG_KEY_CHECKPOINT_NS], len(answers)),
                response_schema=adapter.json_schema() if adapter else response_schema,
            ),
        )
    )


def _answer_adapter(schema: Any) -> "Optional[TypeAdapter[Any]]":
    if schema is None or isinstance(schema, dict):
        return None
    from pydantic import TypeAdapter

    return TypeAdapter(schema)


def _checked_answer(adapter: "Optional[TypeAdapter[Any]]", answer: Any) -> Any:
    if adapter is None:
        return answer
    from pydantic import ValidationError

    try:
        return adapter.validate_python(answer)
    except ValidationError as error:
        _mark_invalid_resume(error)
        raise


name_as_upstream(globals(), "types")
