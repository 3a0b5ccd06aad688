"""Typed configuration: a dataclass is the JSON Schema of a configuration, and what JSON is read into.

    @dataclass
    class Config:
        pattern: str = option("order:*", help="Keys to look at.")
        buckets: list[float] = option([10, 50], min_items=1)
        limit: int = option(10, minimum=1, maximum=100)

Fields are bool, int, float, str, Enum, Literal, list, tuple[X, ...], dict[str, X], Optional, unions and dataclasses. One
without default is required. `minimum` and `maximum` are of numbers, `min_length` and `max_length` of texts, `min_items` and
`max_items` of lists, tuples and sets.
"""

from __future__ import annotations

import copy
import dataclasses
import enum
import json
import types
import typing
from typing import Any, Literal

from .contract import Problem
from .label import whole
from .schema import choices, is_enum

# Characters of a value that is shown.
_MOST_SHOWN = 60

_REQUIRED: Any = dataclasses.MISSING


def option(
    default: Any = _REQUIRED,
    *,
    help: str = "",
    minimum: float | None = None,
    maximum: float | None = None,
    min_length: int | None = None,
    max_length: int | None = None,
    min_items: int | None = None,
    max_items: int | None = None,
) -> Any:
    """A field of a configuration: its default (also a list or a dict; each configuration gets its own), a sentence for
    people, and bounds. Without a default it is required."""
    given = {
        "help": help,
        "minimum": minimum,
        "maximum": maximum,
        "min_length": min_length,
        "max_length": max_length,
        "min_items": min_items,
        "max_items": max_items,
    }
    metadata = {"redwasp": {name: value for name, value in given.items() if value not in (None, "")}}
    if isinstance(default, (list, dict, set)) or dataclasses.is_dataclass(default):
        return dataclasses.field(default_factory=lambda: copy.deepcopy(default), metadata=metadata)
    return dataclasses.field(default=default, metadata=metadata)


def parse(config: type | None, text: str, problems: list[Problem]) -> Any:
    """A configuration in JSON as a typed value. What does not fit is noted, every problem at once."""
    try:
        value = json.loads(text or "{}")
    except ValueError as error:
        problems.append(Problem("", f"the configuration is not JSON: {error}"))
        return None
    if config is not None:
        return decode(config, value, "", problems)
    if not isinstance(value, dict):
        problems.append(_expected("", "an object", value))
    else:
        for key in value:
            problems.append(Problem(_pointer("", key), "this plugin takes no configuration"))
    return None


def decode(kind: Any, value: Any, pointer: str, problems: list[Problem]) -> Any:
    """A value of JSON as a value of a type. What does not fit is noted with its place, and None stands for it."""
    origin, arguments = typing.get_origin(kind), typing.get_args(kind)
    if kind is Any:
        return value
    if origin in (typing.Union, types.UnionType):
        return _union(arguments, value, pointer, problems)
    if origin is Literal or is_enum(kind):
        return _choice(kind, value, pointer, problems)
    if dataclasses.is_dataclass(kind):
        return _record(kind, value, pointer, problems)
    container = origin or kind
    if container in (list, tuple, set, frozenset):
        return _sequence(container, arguments, value, pointer, problems)
    if container is dict:
        return _mapping(arguments, value, pointer, problems)
    return _scalar(kind, value, pointer, problems)


def _scalar(kind: Any, value: Any, pointer: str, problems: list[Problem]) -> Any:
    is_number = isinstance(value, (int, float)) and not isinstance(value, bool)
    if kind is bool and isinstance(value, bool):
        return value
    if kind is str and isinstance(value, str):
        return value
    if kind is int and is_number:
        if isinstance(value, int) or value.is_integer():
            return int(value)
        problems.append(_shown(pointer, "an integer", value))
        return None
    if kind is float and is_number:
        try:
            return float(value)
        except OverflowError:
            problems.append(_shown(pointer, "a number of 64 bits", value))
            return None
    if kind in (type(None), None) and value is None:
        return None
    problems.append(_expected(pointer, _name(kind), value))
    return None


def _choice(kind: Any, value: Any, pointer: str, problems: list[Problem]) -> Any:
    for choice in list(kind) if is_enum(kind) else typing.get_args(kind):
        known = choice.value if isinstance(choice, enum.Enum) else choice
        # 1 equals True and 1.0.
        if type(known) is type(value) and known == value:
            return choice
    is_of_kind = any(type(value) is type(choice) for choice in choices(kind))
    problems.append((_shown if is_of_kind else _expected)(pointer, _name(kind), value))
    return None


def _union(kinds: tuple[Any, ...], value: Any, pointer: str, problems: list[Problem]) -> Any:
    attempts = []
    for kind in kinds:
        told: list[Problem] = []
        typed = decode(kind, value, pointer, told)
        if not told:
            return typed
        attempts.append((kind, told))
    # Of a value that may be left out: what is wrong with it as a value.
    meant = [told for kind, told in attempts if kind is not type(None)]
    if len(meant) == 1 and value is not None:
        problems.extend(meant[0])
    else:
        problems.append(_expected(pointer, " or ".join(_name(kind) for kind in kinds), value))
    return None


def _sequence(container: Any, kinds: tuple[Any, ...], value: Any, pointer: str, problems: list[Problem]) -> Any:
    if not isinstance(value, list):
        problems.append(_expected(pointer, "an array", value))
        return None
    if container is tuple and not (len(kinds) == 2 and kinds[1] is ...):
        if len(kinds) != len(value):
            problems.append(Problem(pointer, f"expected {len(kinds)} items, found {len(value)}"))
            return None
        each: Any = kinds
    else:
        each = [kinds[0] if kinds else Any] * len(value)
    before = len(problems)
    pairs = enumerate(zip(each, value, strict=True))
    items = [decode(kind, item, f"{pointer}/{place}", problems) for place, (kind, item) in pairs]
    return None if len(problems) > before else container(items)


def _mapping(kinds: tuple[Any, ...], value: Any, pointer: str, problems: list[Problem]) -> Any:
    if not isinstance(value, dict):
        problems.append(_expected(pointer, "an object", value))
        return None
    if kinds and kinds[0] is not str:
        raise TypeError(f"the keys of an object are texts, and dict[{kinds[0]!r}, …] has others")
    kind = kinds[1] if kinds else Any
    return {key: decode(kind, item, _pointer(pointer, key), problems) for key, item in value.items()}


def _record(kind: Any, value: Any, pointer: str, problems: list[Problem]) -> Any:
    if not isinstance(value, dict):
        problems.append(_expected(pointer, "an object", value))
        return None
    before = len(problems)
    hints, fields = typing.get_type_hints(kind), {field.name: field for field in dataclasses.fields(kind) if field.init}
    for key in value:
        if key not in fields:
            known = f"there are {', '.join(fields)}" if fields else "there are none"
            problems.append(Problem(_pointer(pointer, key), f"there is no such key; {known}"))
    typed = {}
    for name, field in fields.items():
        if name in value:
            place, told = _pointer(pointer, name), len(problems)
            typed[name] = decode(hints[name], value[name], place, problems)
            if len(problems) == told:
                _check(field.metadata.get("redwasp", {}), value[name], typed[name], place, problems)
        elif field.default is dataclasses.MISSING and field.default_factory is dataclasses.MISSING:
            problems.append(Problem(pointer, f'"{name}" is missing'))
    if len(problems) > before:
        return None
    try:
        return kind(**typed)
    except ValueError as error:
        problems.append(Problem(pointer, whole(str(error))))
        return None


def _check(bounds: dict[str, Any], value: Any, typed: Any, pointer: str, problems: list[Problem]) -> None:
    """Notes where a value, as it is in JSON and as it was read, is outside of its bounds."""
    size: float
    if isinstance(value, str):
        size, least, most, what = len(value), bounds.get("min_length"), bounds.get("max_length"), "a string of %s characters"
    elif isinstance(value, list):
        size, least, most, what = len(value), bounds.get("min_items"), bounds.get("max_items"), "%s items"
    elif isinstance(value, (int, float)) and not isinstance(value, bool):
        size, least, most = value, bounds.get("minimum"), bounds.get("maximum")
        what = "an integer of %s" if isinstance(typed, int) else "a number of %s"
    else:
        return
    if least is not None and not size >= least:
        wanted = what % f"at least {least}"
    elif most is not None and not size <= most:
        wanted = what % f"at most {most}"
    else:
        return
    problems.append(_shown(pointer, wanted, size if isinstance(value, list) else value))


def _pointer(pointer: str, key: str) -> str:
    return whole(f"{pointer}/{key.replace('~', '~0').replace('/', '~1')}")


def _expected(pointer: str, expected: str, value: Any) -> Problem:
    return Problem(pointer, whole(f"expected {expected}, found {_found(value)}"))


def _name(kind: Any) -> str:
    names = {bool: "a boolean", int: "an integer", float: "a number", str: "a string", type(None): "null"}
    if kind in names:
        return names[kind]
    if dataclasses.is_dataclass(kind) or (typing.get_origin(kind) or kind) is dict:
        return "an object"
    if typing.get_origin(kind) is Literal or is_enum(kind):
        return "one of " + ", ".join(json.dumps(choice, ensure_ascii=False) for choice in choices(kind))
    return "an array"


def _shown(pointer: str, expected: str, value: Any) -> Problem:
    """As `_expected`, for a value whose type is right."""
    return Problem(pointer, whole(f"expected {expected}, found {json.dumps(value, ensure_ascii=False)[:_MOST_SHOWN]}"))


def _found(value: Any) -> str:
    if value is None:
        return "null"
    if isinstance(value, bool):
        return "a boolean"
    if isinstance(value, (int, float)):
        return "a number"
    return "a string" if isinstance(value, str) else "an array" if isinstance(value, list) else "an object"
