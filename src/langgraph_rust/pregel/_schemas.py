"""Schemas of a graph's input, output and context. Methods of `Pregel`."""

from __future__ import annotations

import sys
import warnings
from typing import TYPE_CHECKING, Any, Sequence, cast

from langgraph_rust._internal._config import merge_configs
from langgraph_rust._internal._newer_typing import deprecated
from langgraph_rust.channels.base import BaseChannel
from langgraph_rust.warnings import LangGraphDeprecatedSinceV10

if TYPE_CHECKING:
    from langchain_core.runnables import RunnableConfig
    from pydantic import BaseModel

    from langgraph_rust.pregel.main import Pregel

_CONFIG_SCHEMA = (
    "`config_schema` is deprecated. Use `get_context_jsonschema` for the relevant schema instead."
)
_CONFIG_JSONSCHEMA = "`get_config_jsonschema` is deprecated. Use `get_context_jsonschema` instead."


@deprecated(_CONFIG_SCHEMA, category=None)
def config_schema(self: Pregel, *, include: Sequence[str] | None = None) -> type[BaseModel]:
    """Return a model of the config a run takes, with the context as `configurable`."""
    warnings.warn(_CONFIG_SCHEMA, category=LangGraphDeprecatedSinceV10, stacklevel=2)
    return _config_model(self, include or ())


@deprecated(_CONFIG_JSONSCHEMA, category=None)
def get_config_jsonschema(self: Pregel, *, include: Sequence[str] | None = None) -> dict[str, Any]:
    """Return `config_schema` as a JSON schema."""
    warnings.warn(_CONFIG_JSONSCHEMA, category=LangGraphDeprecatedSinceV10, stacklevel=2)
    with warnings.catch_warnings():
        warnings.filterwarnings("ignore", category=LangGraphDeprecatedSinceV10)
        return self.config_schema(include=include).model_json_schema()


def _config_model(self: Pregel, include: Sequence[str]) -> type[BaseModel]:
    from langgraph_rust._internal._pydantic import create_model
    from langgraph_rust._langchain.shapes import config_types

    fields: dict[str, Any] = (
        {"configurable": (self.context_schema, None)} if self.context_schema else {}
    )
    for name, typ in config_types().items():
        if name in include and name != "configurable":
            fields[name] = (typ, None)
    return create_model(self.get_name("Config"), field_definitions=fields)


def get_context_jsonschema(self: Pregel) -> dict[str, Any] | None:
    """Return the JSON schema of the context, None if the graph takes any.

    Raises:
        ValueError: the context is no pydantic model, TypedDict or dataclass.
    """
    schema: Any = self.context_schema
    if schema is None:
        return None
    from pydantic import BaseModel, TypeAdapter
    from typing_extensions import is_typeddict

    if isinstance(schema, type) and issubclass(schema, BaseModel):
        return cast("type[BaseModel]", schema).model_json_schema()
    if is_typeddict(schema) or hasattr(schema, "__dataclass_fields__"):
        return TypeAdapter(schema).json_schema()
    raise ValueError(
        f"Invalid context schema type: {schema}. Must be a BaseModel, TypedDict or dataclass."
    )


@property  # type: ignore[misc]
def InputType(self: Pregel) -> Any:
    """The type of the input channel's updates; None if there are several input channels."""
    return _channel_type(self, self.input_channels, "UpdateType")


@property  # type: ignore[misc]
def OutputType(self: Pregel) -> Any:
    """The type of the output channel's value; None if there are several output channels."""
    return _channel_type(self, self.output_channels, "ValueType")


def _channel_type(self: Pregel, channels: str | Sequence[str], kind: str) -> Any:
    if isinstance(channels, str):
        channel = self.channels[channels]
        if isinstance(channel, BaseChannel):
            return getattr(channel, kind)
    return None


def get_input_schema(self: Pregel, config: RunnableConfig | None = None) -> type[BaseModel]:
    """Return a pydantic model of the input."""
    if isinstance(self.input_channels, str):
        return _parent(self).get_input_schema(merge_configs(self.config, config))
    return _channels_model(self, "Input", self.input_channels or list(self.channels), "UpdateType")


def get_input_jsonschema(self: Pregel, config: RunnableConfig | None = None) -> dict[str, Any]:
    """Return the JSON schema of the input."""
    return self.get_input_schema(config).model_json_schema()


def get_output_schema(self: Pregel, config: RunnableConfig | None = None) -> type[BaseModel]:
    """Return a pydantic model of the output."""
    if isinstance(self.output_channels, str):
        return _parent(self).get_output_schema(merge_configs(self.config, config))
    return _channels_model(self, "Output", self.output_channels, "ValueType")


def get_output_jsonschema(self: Pregel, config: RunnableConfig | None = None) -> dict[str, Any]:
    """Return the JSON schema of the output."""
    return self.get_output_schema(config).model_json_schema()


def _channels_model(self: Pregel, suffix: str, names: Sequence[str], kind: str) -> type[BaseModel]:
    from langgraph_rust._internal._pydantic import create_model

    channels = ((name, self.channels[name]) for name in names)
    return create_model(
        self.get_name(suffix),
        field_definitions={
            name: (getattr(channel, kind), None)
            for name, channel in channels
            if isinstance(channel, BaseChannel)
        },
    )


def _parent(self: Pregel) -> Any:
    """Return `super()` of the method, which is no closure of the class here."""
    return super(sys.modules["langgraph_rust.pregel.main"].Pregel, self)
