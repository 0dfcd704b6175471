"""JSON schemas of what a graph takes and gives; pydantic is imported when one is asked for."""

from __future__ import annotations

from typing import Any, Dict

from typing_extensions import is_typeddict

from langgraph_rust.channels.base import BaseChannel
from langgraph_rust.graph._write import ROOT


def _get_json_schema(
    typ: Any, schemas: Dict[Any, Any], channels: Dict[str, Any], name: str
) -> Dict[str, Any]:
    """Describe a schema as JSON schema.

    Args:
        typ: The schema.
        schemas: The fields of every schema of the graph.
        channels: The channels of the graph.
        name: The title, for a schema that has no name of its own.
    """
    from pydantic import BaseModel, TypeAdapter

    from langgraph_rust._internal._fields import get_field_default
    from langgraph_rust._internal._pydantic import create_model

    if isinstance(typ, type) and issubclass(typ, BaseModel):
        model: Any = typ
        return model.model_json_schema()
    if is_typeddict(typ):
        return TypeAdapter(typ).json_schema()
    fields = list(schemas[typ])
    if fields == [ROOT]:
        return create_model(name, root=(channels[ROOT].UpdateType, None)).model_json_schema()
    definitions = {
        key: (
            channels[key].UpdateType,
            get_field_default(key, channels[key].UpdateType, typ),
        )
        for key in fields
        if isinstance(channels.get(key), BaseChannel)
    }
    return create_model(name, field_definitions=definitions).model_json_schema()
