"""How a node is retried, timed out, cached and traced. Public as names of ``types``.

Annotations are evaluated here, so that `typing.get_type_hints` needs no module named as
these classes are.
"""

from typing import (
    TYPE_CHECKING,
    Any,
    Callable,
    Dict,
    Generic,
    NamedTuple,
    Optional,
    Sequence,
    Type,
    Union,
)

from langgraph_rust._internal._cache import default_cache_key
from langgraph_rust._internal._compat import name_as_upstream
from langgraph_rust._internal._newer_typing import Literal, TypeVar
from langgraph_rust._internal._record import record
from langgraph_rust._internal._retry import default_retry_on

if TYPE_CHECKING:
    from datetime import timedelta

    _Time = Union[float, timedelta]
else:
    _Time = Any

KeyFuncT = TypeVar("KeyFuncT", bound=Callable[..., Union[str, bytes]])


class RetryPolicy(NamedTuple):
    """When and how often a failed attempt of a node is followed by another.

    Attributes:
        initial_interval: Seconds before the first retry.
        backoff_factor: By what the interval grows with each retry.
        max_interval: Seconds that no interval exceeds.
        max_attempts: How many attempts there are at most, the first included.
        jitter: Whether up to a second is added at random to each interval.
        retry_on: Which errors are retried: a class, several, or a function that says so.
    """

    initial_interval: float = 0.5
    backoff_factor: float = 2.0
    max_interval: float = 128.0
    max_attempts: int = 3
    jitter: bool = True
    retry_on: Union[Type[Exception], Sequence[Type[Exception]], Callable[[Exception], bool]] = (
        default_retry_on
    )


@record(frozen=True, kw_only=True)
class TimeoutPolicy:
    """How long an attempt of an async node may take. Times are seconds or timedeltas.

    A timeout cancels the attempt through asyncio, so it takes hold where the node awaits.

    Attributes:
        run_timeout: The longest an attempt may last, whatever it does meanwhile.
        idle_timeout: The longest it may go without a sign of progress.
        refresh_on: What is such a sign: ``"auto"`` takes writes, stream output, child tasks,
            callback events and heartbeats; ``"heartbeat"`` takes `Runtime.heartbeat` alone.
    """

    __slots__ = ("run_timeout", "idle_timeout", "refresh_on")

    run_timeout: Optional[_Time]
    idle_timeout: Optional[_Time]
    refresh_on: Literal["auto", "heartbeat"]

    def __init__(
        self,
        *,
        run_timeout: Optional[_Time] = None,
        idle_timeout: Optional[_Time] = None,
        refresh_on: Literal["auto", "heartbeat"] = "auto",
    ) -> None:
        object.__setattr__(self, "run_timeout", run_timeout)
        object.__setattr__(self, "idle_timeout", idle_timeout)
        object.__setattr__(self, "refresh_on", refresh_on)

    @classmethod
    def coerce(cls, value: "Union[_Time, TimeoutPolicy, None]") -> "Optional[TimeoutPolicy]":
        """A policy whose times are positive floats, or None if nothing is limited.

        Args:
            value: A policy, or a time, which then is the `run_timeout`.

        Raises:
            ValueError: If a time is not positive, or `refresh_on` is neither of its values.
        """
        if value is None:
            return None
        policy = value if isinstance(value, TimeoutPolicy) else cls(run_timeout=value)
        if policy.refresh_on not in ("auto", "heartbeat"):
            raise ValueError("refresh_on must be 'auto' or 'heartbeat'")
        run_timeout = _coerce_timeout_seconds(policy.run_timeout, field="run_timeout")
        idle_timeout = _coerce_timeout_seconds(policy.idle_timeout, field="idle_timeout")
        if run_timeout is None and idle_timeout is None:
            return None
        if run_timeout is policy.run_timeout and idle_timeout is policy.idle_timeout:
            return policy
        return cls(run_timeout=run_timeout, idle_timeout=idle_timeout, refresh_on=policy.refresh_on)


def _coerce_timeout_seconds(value: Optional[_Time], *, field: str) -> Optional[float]:
    if value is None:
        return None
    in_seconds = getattr(value, "total_seconds", None)
    seconds = float(value) if in_seconds is None else in_seconds()  # type: ignore[arg-type]
    if seconds <= 0:
        raise ValueError(f"{field} must be greater than 0")
    return seconds


@record(frozen=True, kw_only=True)
class CachePolicy(Generic[KeyFuncT]):
    """Whether the writes of a node are kept for the next time it gets the same input.

    Attributes:
        key_func: Makes the key from the input; by default from its pickle.
        ttl: Seconds after which an entry counts no more; None for never.
    """

    __slots__ = ("key_func", "ttl")

    key_func: KeyFuncT
    ttl: Optional[int]

    def __init__(
        self,
        *,
        key_func: KeyFuncT = default_cache_key,  # type: ignore[assignment]
        ttl: Optional[int] = None,
    ) -> None:
        object.__setattr__(self, "key_func", key_func)
        object.__setattr__(self, "ttl", ttl)


@record(frozen=True, kw_only=True)
class TracePolicy:
    """What the trace of a node's own run records in the place of its input and output.

    Runs inside of the node and the run of the graph record theirs as ever, so this keeps large
    values out of a trace, not secrets. The functions must not change what they are given.

    Attributes:
        process_inputs: Makes what is recorded from the node's input.
        process_outputs: Makes what is recorded from the node's output.
    """

    __slots__ = ("process_inputs", "process_outputs")

    process_inputs: Optional[Callable[[Any], Any]]
    process_outputs: Optional[Callable[[Any], Any]]

    def __init__(
        self,
        *,
        process_inputs: Optional[Callable[[Any], Any]] = None,
        process_outputs: Optional[Callable[[Any], Any]] = None,
    ) -> None:
        object.__setattr__(self, "process_inputs", process_inputs)
        object.__setattr__(self, "process_outputs", process_outputs)


def omit_payload(_value: Any) -> Dict[str, Any]:
    """For a `TracePolicy`: record nothing of the value."""
    return {}


name_as_upstream(globals(), "types")
