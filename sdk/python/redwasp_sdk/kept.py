"""The state that a collect hands to the next, as JSON: a recording of a stranger may be read with it, so that what it is
read with must not be able to run code."""

from __future__ import annotations

import dataclasses
import json
from typing import Any

from . import config


def write(value: Any) -> bytes:
    """A value as bytes."""
    return json.dumps(value, default=_plain, separators=(",", ":")).encode("utf-8", "surrogatepass")


def read(state: bytes, kind: Any) -> Any:
    """The value; None when it is something else."""
    try:
        value = json.loads(state)
    except ValueError:
        return None
    if kind is None:
        return value
    problems: list[Any] = []
    typed = config.decode(kind, value, "", problems)
    return None if problems else typed


def _plain(value: Any) -> Any:
    if dataclasses.is_dataclass(value) and not isinstance(value, type):
        return {field.name: getattr(value, field.name) for field in dataclasses.fields(value)}
    if isinstance(value, (set, frozenset)):
        return sorted(value)
    raise TypeError(f"the state cannot be kept: JSON has no {type(value).__name__}")
