"""What the annotations of a workflow's function say about its values."""

from __future__ import annotations

from inspect import Parameter, Signature, signature
from typing import Any, Callable, NamedTuple

from typing_extensions import get_args, get_origin


class EntrypointTypes(NamedTuple):
    """The types of what a workflow takes, gives, and saves for its next run."""

    input: Any
    output: Any
    saved: Any


def read_entrypoint_types(func: Callable[..., Any], final: type) -> EntrypointTypes:
    """Read the types of a workflow from its function's signature.

    Args:
        func: The function.
        final: The generic class whose two parameters tell the output from what is saved.

    Raises:
        ValueError: It has no parameter.
        TypeError: Its return annotation is `final[...]` of other than two types.
    """
    sig = signature(func)
    first = next(iter(sig.parameters.values()), None)
    if first is None:
        raise ValueError("Entrypoint function must have at least one parameter")
    taken = Any if first.annotation is Parameter.empty else first.annotation
    given = sig.return_annotation
    if given is Signature.empty or given is final:
        return EntrypointTypes(taken, Any, Any)
    if get_origin(given) is not final:
        return EntrypointTypes(taken, given, given)
    args = get_args(given)
    if len(args) != 2:
        raise TypeError(
            "Please an annotation for both the return_ and the save values."
            "For example, `-> entrypoint.final[int, str]` would assign a return_ a type of "
            "`int` and save the type `str`."
        )
    return EntrypointTypes(taken, *args)
