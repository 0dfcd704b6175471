"""The types that a class's annotations speak of are what `typing` says they are."""

from __future__ import annotations

import functools
import sys
from dataclasses import dataclass
from typing import Any, Callable, ClassVar, Dict, Generic, List, Optional, TypeVar, Union

import pytest
from typing_extensions import (
    Annotated,
    Literal,
    NotRequired,
    Required,
    TypedDict,
    get_type_hints,
    no_type_check,
)

from langgraph_rust._internal._annotations import plain_hints
from langgraph_rust._internal._own_hints import find_hints
from langgraph_rust._internal._serde import collect_allowlist_from_schemas

T = TypeVar("T")
Named = List["Leaf"]
Late: Any = int


class Leaf:
    number: int


@dataclass
class Plain:
    leaf: Leaf
    several: List[Leaf]
    maybe: Optional[Dict[str, Leaf]]
    mode: Literal["Leaf", "no name"]
    marked: Annotated[Leaf, {"no": "hash"}]
    call: Callable[[Leaf], str]
    nothing: None
    anything: Any
    shared: ClassVar[int] = 1


@dataclass
class Small:
    number: int


class ByName(Plain):
    inner: Named
    deeper: Union[int, List[Named]]
    leaf: str  # type: ignore[assignment]


class Keys(TypedDict, total=False):
    needed: Required[Leaf]
    other: NotRequired[List[Keys]]


class Holder(Generic[T]):
    held: T
    own: Holder[int]


class Outer:
    class Inner:
        pass

    inner: Inner


class Missing:
    leaf: Leaf
    gone: NoSuchName  # type: ignore[name-defined] # noqa: F821


@no_type_check
class Unchecked:
    leaf: Leaf


class Odd:
    leaf: Leaf
    pair: (int, str)  # type: ignore[syntax]


Made = type("Made", (), {"__annotations__": {"leaf": Leaf, "text": "List['Leaf']"}})
Broken = type("Broken", (), {"__annotations__": {"leaf": Leaf, "text": "1 +"}})


def by_typing(cls: Any) -> List[Any]:
    try:
        hints = get_type_hints(
            cls, vars(sys.modules[__name__]), dict(vars(cls)), include_extras=True
        )
    except Exception:
        return []
    return list(hints.values())


@pytest.mark.parametrize(
    "cls",
    [Leaf, Plain, ByName, Keys, Holder, Outer, Missing, Unchecked, Odd, Made, Broken],
    ids=lambda cls: cls.__name__,
)
def test_hints_are_those_of_typing(cls: Any) -> None:
    for _ in range(2):
        assert find_hints(cls) == by_typing(cls)


def test_a_name_that_stands_for_another_class_is_read_anew(monkeypatch: Any) -> None:
    class Later:
        late: Late

    assert find_hints(Later) == [int]
    monkeypatch.setitem(globals(), "Late", Leaf)
    assert find_hints(Later) == [Leaf]


def test_fields_stand_in_for_hints_that_name_something_missing() -> None:
    pydantic = pytest.importorskip("pydantic")
    # the annotations of its base are text that names what only pydantic's own module has
    model = pydantic.create_model("Model", small=(Small, ...), __module__=__name__)
    found = collect_allowlist_from_schemas(schemas=[model])
    assert found == {(__name__, "Model"), (__name__, "Small")}


def plain(state: Small, *, config: Any = None) -> dict:
    return {}


def without_any(state):
    return {}


def of_names(state: Named) -> None: ...


def of_nothing(state: None) -> None: ...


def of_generics(state: Annotated[Small, "note"], other: List[int] = []) -> Optional[int]:  # noqa: B006
    return None


def with_default(state: Small, config: dict = None) -> dict:  # type: ignore[assignment]
    return {}


def missing(state: Small) -> NoSuchName: ...  # type: ignore[name-defined] # noqa: F821


@functools.wraps(plain)
def wrapped(*args: Any, **kwargs: Any) -> Any:
    return plain(*args, **kwargs)


def broken(state: Small) -> None: ...


broken.__annotations__["state"] = "1 +"


@pytest.mark.parametrize(
    "func",
    [
        plain,
        without_any,
        of_names,
        of_nothing,
        of_generics,
        with_default,
        missing,
        wrapped,
        broken,
        functools.partial(plain),
        Small,
    ],
    ids=lambda func: getattr(func, "__name__", "partial"),
)
def test_hints_of_functions_are_those_of_typing_or_none(func: Any) -> None:
    for _ in range(2):
        try:
            found = plain_hints(func)
        except NameError:
            with pytest.raises(NameError):
                get_type_hints(func)
            return
        assert found is None or found == get_type_hints(func)
    assert (found is not None) == (func in (without_any, of_nothing) or _is_plain(func))


def _is_plain(func: Any) -> bool:
    # `Any` is a class, and a default of None makes no difference, from Python 3.11 on
    newer = sys.version_info >= (3, 11)
    return newer and func in (plain, with_default)
