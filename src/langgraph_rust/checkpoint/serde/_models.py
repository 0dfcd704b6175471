"""Tells of a pydantic model whether `model_dump()` does no more than copy its fields.

Then the codec writes the values straight from the instance, as long as they are plain ones or
of the very classes that the schema names. For that it must know the shape of each field:
None for any plain value, and

* `("list", shape)`, `("map", shape of the values)`,
* `("dict", {key: shape}, required keys, whether there may be others)`: a typed dict, of which
  a dump leaves out what is not declared,
* `("model", class, {field: shape})`: another model, of which a dump makes a dict.
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
_MAX_SIZE = 2000


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
        shape = _Schema().shape(cls.__pydantic_core_schema__)
    except (_NotPlain, AttributeError, KeyError, TypeError):
        return None
    return shape[2] if shape and shape[:2] == ("model", cls) else None


class _Schema:
    """Reads a core schema."""

    def __init__(self) -> None:
        self.definitions: dict[str, Any] = {}
        self.depth = 0
        self.size = 0

    def shape(self, schema: Mapping[str, Any]) -> Any:
        """The shape of what is under this schema."""
        self.depth += 1
        self.size += 1
        if self.depth > _MAX_DEPTH or self.size > _MAX_SIZE:  # it may contain itself
            raise _NotPlain
        schema = self._peel(schema)
        kind = schema["type"]
        if kind in _LEAVES or kind == "dataclass":
            # An instance of a dataclass is not plain: it never comes to this shape.
            shape = None
        else:
            shape = getattr(self, "_of_" + kind.replace("-", "_"), self._refuse)(schema)
        self.depth -= 1
        return shape

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

    def _refuse(self, schema: Mapping[str, Any]) -> Any:
        raise _NotPlain

    def _of_model(self, schema: Mapping[str, Any]) -> Any:
        config = schema.get("config") or {}
        if schema.get("root_model") or config.get("serialize_by_alias"):
            raise _NotPlain
        inner = self._peel(schema["schema"])
        if inner["type"] != "model-fields" or inner.get("computed_fields"):
            raise _NotPlain
        return "model", schema["cls"], self._fields(inner["fields"])

    def _of_typed_dict(self, schema: Mapping[str, Any]) -> Any:
        if schema.get("computed_fields"):
            raise _NotPlain
        config = schema.get("config") or {}
        others = "allow" in (schema.get("extra_behavior"), config.get("extra_fields_behavior"))
        fields, total = schema["fields"], schema.get("total", True)
        required = [name for name in fields if fields[name].get("required", total)]
        return "dict", self._fields(fields), tuple(required), others

    def _fields(self, fields: Mapping[str, Any]) -> dict[str, Any]:
        shapes = {}
        for name, field in fields.items():
            if field.get("serialization_exclude") or "serialization_exclude_if" in field:
                raise _NotPlain
            shapes[name] = self.shape(field["schema"])
        return shapes

    def _of_list(self, schema: Mapping[str, Any]) -> Any:
        items = schema.get("items_schema")
        shape = self.shape(items) if items else None
        return shape and ("list", shape)

    def _of_dict(self, schema: Mapping[str, Any]) -> Any:
        keys, values = schema.get("keys_schema"), schema.get("values_schema")
        self._refuse_typed_dict(self.shape(keys) if keys else None)
        shape = self.shape(values) if values else None
        return shape and ("map", shape)

    def _of_union(self, schema: Mapping[str, Any]) -> None:
        for choice in schema["choices"]:
            self._refuse_typed_dict(self.shape(choice[0] if isinstance(choice, tuple) else choice))

    def _of_tagged_union(self, schema: Mapping[str, Any]) -> None:
        for choice in schema["choices"].values():
            self._refuse_typed_dict(self.shape(choice))

    def _of_tuple(self, schema: Mapping[str, Any]) -> None:
        items = schema.get("items_schema") or ()
        for item in (items,) if isinstance(items, Mapping) else items:
            self._refuse_typed_dict(self.shape(item))

    _of_set = _of_frozenset = _of_tuple

    def _refuse_typed_dict(self, shape: Any) -> None:
        """Where a value may have one of several shapes, only plain ones are written here.

        All shapes take a plain value as it is, but a typed dict does not.
        """
        if shape is None:
            return
        if shape[0] == "dict":
            raise _NotPlain
        if shape[0] != "model":
            self._refuse_typed_dict(shape[1])
