"""Tells of a pydantic model whether `model_dump()` does no more than copy its fields.

Then the codec writes plain values straight from the instance. What it must know of a field
is the shape of the typed dicts in it, because a dump leaves out what they do not declare.
A shape is None (any plain value), `("list", shape)`, or
`("dict", {key: shape}, required keys, whether there may be other keys)`.
"""

from __future__ import annotations

import sys
from typing import Any, Mapping

_LEAVES = frozenset(
    "any none bool int float str bytes literal enum uuid date time datetime timedelta decimal url"
    " is-instance is-subclass callable missing-sentinel complex multi-host-url".split()
)

_WRAPPERS = frozenset(("default", "nullable", "function-before", "function-after", "function-wrap"))
_MAX_DEPTH = 16


class _NotPlain(Exception):
    """A dump of the model may do more than copy."""


def describe_fields(cls: Any) -> dict[str, Any] | None:
    """Return the shape of each field, in no order; None if a dump may do more than copy."""
    pydantic = sys.modules.get("pydantic")
    base = getattr(pydantic, "BaseModel", None)
    if base is None or not issubclass(cls, base) or cls.model_dump is not base.model_dump:
        return None
    if cls.__getattribute__ is not base.__getattribute__ or not cls.__pydantic_complete__:
        return None
    try:
        return _Schema(cls.__pydantic_core_schema__).fields(cls)
    except (_NotPlain, AttributeError, KeyError, TypeError):
        return None


class _Schema:
    """A core schema with the definitions it refers to."""

    def __init__(self, schema: Mapping[str, Any]) -> None:
        self.definitions: dict[str, Any] = {}
        self.depth = 0
        self.root = schema

    def fields(self, cls: Any) -> dict[str, Any]:
        """The shapes of the fields of the model at the root."""
        schema = self._peel(self.root)
        if schema["type"] != "model" or schema["cls"] is not cls or schema.get("root_model"):
            raise _NotPlain
        if (schema.get("config") or {}).get("serialize_by_alias"):
            raise _NotPlain
        inner = self._peel(schema["schema"])
        if inner["type"] != "model-fields" or inner.get("computed_fields"):
            raise _NotPlain
        shapes = {}
        for name, field in inner["fields"].items():
            if field.get("serialization_exclude") or "serialization_exclude_if" in field:
                raise _NotPlain
            shapes[name] = self.shape(field["schema"])
        return shapes

    def shape(self, schema: Mapping[str, Any]) -> Any:
        """The shape of what is under this schema."""
        self.depth += 1
        if self.depth > _MAX_DEPTH:  # it may contain itself
            raise _NotPlain
        shape = self._shape(self._peel(schema))
        self.depth -= 1
        return shape

    def _shape(self, schema: Mapping[str, Any]) -> Any:
        kind = schema["type"]
        if kind in _LEAVES:
            return None
        if kind == "typed-dict":
            return self._typed_dict(schema)
        if kind == "list":
            inner = self.shape(schema.get("items_schema") or {"type": "any"})
            return inner and ("list", inner)
        if kind in ("union", "tagged-union"):
            choices = schema["choices"]
            choices = choices.values() if isinstance(choices, Mapping) else choices
            options = [self.shape(c[0] if isinstance(c, tuple) else c) for c in choices]
            return self._require_open(*options)
        if kind == "dict":
            keys, values = schema.get("keys_schema"), schema.get("values_schema")
            return self._require_open(*[self.shape(inner) for inner in (keys, values) if inner])
        if kind in ("tuple", "set", "frozenset"):
            inner = schema.get("items_schema") or []
            inner = [inner] if isinstance(inner, Mapping) else inner
            return self._require_open(*map(self.shape, inner))
        if kind in ("model", "dataclass"):
            # A value of this class is not plain, so it never comes to this shape.
            return None
        raise _NotPlain

    def _require_open(self, *shapes: Any) -> None:
        if any(shape is not None for shape in shapes):
            raise _NotPlain

    def _typed_dict(self, schema: Mapping[str, Any]) -> Any:
        if schema.get("computed_fields"):
            raise _NotPlain
        config = schema.get("config") or {}
        others = "allow" in (schema.get("extra_behavior"), config.get("extra_fields_behavior"))
        total = schema.get("total", True)
        shapes, required = {}, []
        for name, field in schema["fields"].items():
            if field.get("serialization_exclude") or "serialization_exclude_if" in field:
                raise _NotPlain
            shapes[name] = self.shape(field["schema"])
            if field.get("required", total):
                required.append(name)
        return "dict", shapes, tuple(required), others

    def _peel(self, schema: Mapping[str, Any]) -> Mapping[str, Any]:
        """Take off what surrounds a schema and has no say in a dump."""
        while True:
            if "serialization" in schema:
                raise _NotPlain
            kind = schema["type"]
            if kind == "definitions":
                self.definitions.update({one["ref"]: one for one in schema["definitions"]})
                schema = schema["schema"]
            elif kind == "definition-ref":
                schema = self.definitions[schema["schema_ref"]]
            elif kind in _WRAPPERS:
                schema = schema["schema"]
            else:
                return schema
