"""The JSON Schema of a dataclass."""

from __future__ import annotations

import dataclasses
import enum
import json
import types
import typing
from typing import Any, Literal

# Keys of `option` and what JSON Schema calls them.
_BOUNDS = {
    "minimum": "minimum",
    "maximum": "maximum",
    "min_length": "minLength",
    "max_length": "maxLength",
    "min_items": "minItems",
    "max_items": "maxItems",
}


def of(config: type | None) -> str:
    """The JSON Schema of a configuration; "" accepts only {}."""
    if config is None:
        return ""
    return json.dumps({"$schema": "https://json-schema.org/draft/2020-12/schema", **_schema(config)}, ensure_ascii=False)


def _schema(kind: Any) -> dict[str, Any]:
    origin, arguments = typing.get_origin(kind), typing.get_args(kind)
    if kind is Any:
        return {}
    if origin in (typing.Union, types.UnionType):
        return {"anyOf": [_schema(argument) for argument in arguments]}
    if origin is Literal or is_enum(kind):
        return {"enum": choices(kind)}
    if dataclasses.is_dataclass(kind):
        return _object(kind)
    container = origin or kind
    if container is tuple and not (len(arguments) == 2 and arguments[1] is ...):
        many = len(arguments)
        return {"type": "array", "prefixItems": [_schema(each) for each in arguments], "minItems": many, "maxItems": many}
    if container in (list, tuple, set, frozenset):
        return {"type": "array", "items": _schema(arguments[0]) if arguments else {}}
    if container is dict:
        return {"type": "object", "additionalProperties": _schema(arguments[1]) if arguments else {}}
    names = {bool: "boolean", int: "integer", float: "number", str: "string", type(None): "null"}
    if kind not in names:
        raise TypeError(f"a configuration cannot hold {kind!r}")
    return {"type": names[kind]}


def _object(kind: Any) -> dict[str, Any]:
    hints, properties, required = typing.get_type_hints(kind), {}, []
    for field in dataclasses.fields(kind):
        if not field.init:
            continue
        given = field.metadata.get("redwasp", {})
        property = _schema(hints[field.name])
        property.update({_BOUNDS[name]: bound for name, bound in given.items() if name in _BOUNDS})
        if given.get("help"):
            property["description"] = given["help"]
        if field.default is not dataclasses.MISSING:
            property["default"] = _json(field.default)
        elif field.default_factory is not dataclasses.MISSING:
            property["default"] = _json(field.default_factory())
        else:
            required.append(field.name)
        properties[field.name] = property
    written = {"type": "object", "properties": properties, "additionalProperties": False}
    return {**written, "required": required} if required else written


def _json(value: Any) -> Any:
    """A default as JSON has it."""
    if isinstance(value, enum.Enum):
        return value.value
    if dataclasses.is_dataclass(value) and not isinstance(value, type):
        return {field.name: _json(getattr(value, field.name)) for field in dataclasses.fields(value) if field.init}
    if isinstance(value, (list, tuple, set, frozenset)):
        return [_json(item) for item in value]
    if isinstance(value, dict):
        return {key: _json(item) for key, item in value.items()}
    return value


def is_enum(kind: Any) -> bool:
    """Whether a type is an enumeration."""
    return isinstance(kind, type) and issubclass(kind, enum.Enum)


def choices(kind: Any) -> list[Any]:
    """The values of an enumeration or a Literal, as JSON has them."""
    return [choice.value for choice in kind] if is_enum(kind) else list(typing.get_args(kind))
