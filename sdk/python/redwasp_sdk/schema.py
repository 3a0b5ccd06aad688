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
    """The JSON Schema of a configuration; "" accepts only {}. Raises `TypeError`, with the field, for one that has none."""
    if config is None:
        return ""
    if not dataclasses.is_dataclass(config):
        raise TypeError(f"a configuration is a dataclass, not {config!r}")
    try:
        written = _object(config, ())
    except _Unfit as unfit:
        raise TypeError(str(unfit)) from None
    return json.dumps({"$schema": "https://json-schema.org/draft/2020-12/schema", **written}, ensure_ascii=False)


class _Unfit(TypeError):
    """Why a type is none of a configuration, and of which field it is: the innermost."""

    def __init__(self, why: str, field: str = "") -> None:
        super().__init__(f"{field}: {why}" if field else why)
        self.why, self.field = why, field


def _schema(kind: Any, outer: tuple[Any, ...]) -> dict[str, Any]:
    """The schema of a type, inside of these dataclasses."""
    origin, arguments = typing.get_origin(kind), typing.get_args(kind)
    if kind is Any:
        return {}
    if origin in (typing.Union, types.UnionType):
        return {"anyOf": [_schema(argument, outer) for argument in arguments]}
    if origin is Literal or is_enum(kind):
        return {"enum": choices(kind)}
    if dataclasses.is_dataclass(kind):
        return _object(kind, outer)
    container = origin or kind
    if container is tuple and not (len(arguments) == 2 and arguments[1] is ...):
        many = len(arguments)
        return {
            "type": "array",
            "prefixItems": [_schema(each, outer) for each in arguments],
            "minItems": many,
            "maxItems": many,
        }
    if container in (list, tuple, set, frozenset):
        return {"type": "array", "items": _schema(arguments[0], outer) if arguments else {}}
    if container is dict:
        if arguments and arguments[0] is not str:
            raise _Unfit(f"the keys of an object are texts, not {_called(arguments[0])}: write dict[str, …]")
        return {"type": "object", "additionalProperties": _schema(arguments[1], outer) if arguments else {}}
    names = {bool: "boolean", int: "integer", float: "number", str: "string", type(None): "null"}
    if kind not in names:
        raise _Unfit(f"a configuration cannot hold {kind!r}")
    return {"type": names[kind]}


def _object(kind: Any, outer: tuple[Any, ...]) -> dict[str, Any]:
    if kind in outer:
        raise _Unfit(f"{kind.__name__} is inside of itself: a configuration has an end")
    hints, properties, required = typing.get_type_hints(kind), {}, []
    for field in dataclasses.fields(kind):
        if not field.init:
            continue
        given = field.metadata.get("redwasp", {})
        try:
            property = _schema(hints[field.name], (*outer, kind))
            _fitting(given, hints[field.name])
        except _Unfit as unfit:
            raise _Unfit(unfit.why, unfit.field or f"{kind.__name__}.{field.name}") from None
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


def _fitting(given: dict[str, Any], kind: Any) -> None:
    """Raises `TypeError` for a bound that would be of no effect."""
    kinds = list(typing.get_args(kind)) if typing.get_origin(kind) in (typing.Union, types.UnionType) else [kind]
    allowed: set[str] = {"help"}
    for each in kinds:
        container = typing.get_origin(each) or each
        if each in (int, float) or each is Any:
            allowed |= {"minimum", "maximum"}
        if each is str or each is Any:
            allowed |= {"min_length", "max_length"}
        if container in (list, tuple, set, frozenset) or each is Any:
            allowed |= {"min_items", "max_items"}
    for name in given:
        if name not in allowed:
            raise _Unfit(f"{name} is no option of {_called(kind)}")


def _called(kind: Any) -> str:
    return kind.__name__ if isinstance(kind, type) and typing.get_origin(kind) is None else str(kind)


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
