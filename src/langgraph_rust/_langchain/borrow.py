"""Methods that our classes take over from langchain's `Runnable` when they are first used."""

from __future__ import annotations

from typing import Any, Optional, TypeVar

C = TypeVar("C", bound=type)


class Borrowed:
    """Descriptor for an attribute of langchain's `Runnable`, looked up there at each access.

    Raises:
        AttributeError: If langchain-core is too old to have it.
        ImportError: If langchain-core is not installed.
    """

    __slots__ = ("name",)

    def __init__(self, name: str) -> None:
        self.name = name

    def __get__(self, instance: Any, owner: Optional[type] = None) -> Any:
        from langchain_core.runnables.base import Runnable

        for cls in Runnable.__mro__:
            if self.name in cls.__dict__:
                attribute = cls.__dict__[self.name]
                break
        else:
            raise AttributeError(
                f"{(owner or type(instance)).__name__!r} object has no attribute {self.name!r}"
            )
        if instance is None and isinstance(attribute, property):
            return attribute
        return attribute.__get__(instance, owner)


BORROWED = (
    "InputType",
    "OutputType",
    "input_schema",
    "get_input_schema",
    "get_input_jsonschema",
    "output_schema",
    "get_output_schema",
    "get_output_jsonschema",
    "config_specs",
    "config_schema",
    "get_config_jsonschema",
    "get_graph",
    "get_prompts",
    "pick",
    "assign",
    "astream_log",
    "astream_events",
    "stream_events",
    "_astream_events_v1_v2",
    "_astream_events_v3_unsupported",
    "bind",
    "with_config",
    "with_listeners",
    "with_alisteners",
    "with_types",
    "with_retry",
    "with_fallbacks",
    "map",
    "as_tool",
    "_call_with_config",
    "_acall_with_config",
    "_batch_with_config",
    "_abatch_with_config",
    "_transform_stream_with_config",
    "_atransform_stream_with_config",
)
"""What langchain's `Runnable` offers beyond running: none of it is needed to run a graph."""


def borrow(cls: C) -> C:
    """Class decorator that gives `cls` the borrowed attributes it does not define itself."""
    for name in BORROWED:
        if name not in cls.__dict__:
            setattr(cls, name, Borrowed(name))
    return cls
