"""RESP3 replies (https://redis.io/docs/latest/develop/reference/protocol-spec/).

A server that speaks RESP2 gives RESP2 shapes for the same command: numbers as bulk strings, maps as flat arrays. The
accessors of `Reply` take both, so that a collector reads one way.
"""

from __future__ import annotations

from typing import Any, Final

from . import label, number
from ._decode import BigNumber, ErrorReply, Map, Set, Simple, Verbatim, decode_value
from .errors import Mismatch

Bytes = bytes

_KINDS: Final = {
    type(None): "null",
    bool: "boolean",
    int: "integer",
    float: "double",
    BigNumber: "big-number",
    Simple: "simple",
    bytes: "bulk",
    Verbatim: "verbatim",
    ErrorReply: "error",
    list: "array",
    Set: "set",
    Map: "map",
}

_FOUND: Final = {
    "null": "null",
    "boolean": "a boolean",
    "integer": "an integer",
    "double": "a double",
    "big-number": "a big number",
    "simple": "a string",
    "bulk": "a string",
    "verbatim": "a string",
    "error": "an error",
    "array": "an array",
    "set": "a set",
    "map": "a map",
}


def decode(bytes: Bytes) -> Reply:
    """Reads exactly one value.

    Raises `Malformed` when the bytes are something else, less or more than one value.
    """
    return Reply(decode_value(bytes))


class Reply:
    """One reply, or a value inside of one."""

    __slots__ = ("_value",)

    def __init__(self, value: Any) -> None:
        self._value = value

    @property
    def kind(self) -> str:
        """ "null", "boolean", "integer", "double", "big-number", "simple", "bulk", "verbatim", "error", "array", "set" or
        "map"."""
        return _KINDS[type(self._value)]

    @property
    def value(self) -> Any:
        """The value as Python has it, undecoded: None, bool, int, float, bytes, lists of such values and of pairs."""
        return self._value

    @property
    def is_null(self) -> bool:
        """Whether there is nothing."""
        return self._value is None

    @property
    def format(self) -> Bytes:
        """Three letters that tell the format of a verbatim string, e.g. b"txt"; b"" for everything else."""
        return self._value.format if type(self._value) is Verbatim else b""

    @property
    def error(self) -> tuple[str, str] | None:
        """Code and message of an error inside of a reply; None for everything else."""
        value = self._value
        return (value.code, value.message) if type(value) is ErrorReply else None

    def bytes(self) -> Bytes:
        """The bytes of a string of any kind. Raises `Mismatch` for everything else."""
        value = self._value
        # Not a number of many digits: bytes, too, but no string.
        if isinstance(value, Bytes) and type(value) is not BigNumber:
            return value
        raise self._not("a string")

    def text(self) -> str:
        """A string of any kind as text; bytes that are not UTF-8 are written `\\xNN`. Raises `Mismatch` for everything
        else."""
        return label.text(self.bytes())

    def integer(self) -> int:
        """An integer, also one written as a string. Raises `Mismatch` for everything else, also for a number with a
        fraction and for one beyond 64 bits."""
        value = self._value
        if isinstance(value, int):
            return int(value)
        if isinstance(value, Bytes):
            found = number.integer(value)
            if found is None:
                found = number.integer(_trimmed(value))
            if found is not None:
                return found
        raise self._not("an integer")

    def number(self) -> float:
        """A number, also one written as a string. Raises `Mismatch` for everything else."""
        value = self._value
        if isinstance(value, (int, float)):
            return float(value)
        if isinstance(value, Bytes):
            found = number.parse(_trimmed(value))
            if found is not None:
                return found
        raise self._not("a number")

    def elements(self) -> list[Reply]:
        """The elements of an array or a set. Raises `Mismatch` for everything else."""
        value = self._value
        if type(value) is list or type(value) is Set:
            return [Reply(element) for element in value]
        raise self._not("an array")

    def entries(self) -> list[tuple[Reply, Reply]]:
        """The pairs of a map, or of the flat array that RESP2 has instead. Raises `Mismatch` for everything else, also
        for an array of odd length."""
        value = self._value
        # Both are flat.
        if type(value) is Map or type(value) is list and len(value) % 2 == 0:
            replies = iter([Reply(element) for element in value])
            return list(zip(replies, replies, strict=True))
        raise self._not("a map")

    def get(self, key: str | Bytes) -> Reply | None:
        """The value of a key in a map; None when it is not there or this is no map."""
        value = self._value
        if not (type(value) is Map or type(value) is list and len(value) % 2 == 0):
            return None
        wanted = key.encode("utf-8", "surrogateescape") if isinstance(key, str) else key
        for place in range(0, len(value), 2):
            name = value[place]
            if isinstance(name, Bytes) and name == wanted and type(name) is not BigNumber:
                return Reply(value[place + 1])
        return None

    def _not(self, expected: str) -> Mismatch:
        return Mismatch(expected, _FOUND[self.kind])

    def __eq__(self, other: object) -> bool:
        return isinstance(other, Reply) and self.kind == other.kind and self._value == other._value

    __hash__ = None  # type: ignore[assignment]

    def __repr__(self) -> str:
        return f"Reply({self.kind}, {self._value!r})"


def _trimmed(value: Bytes) -> Bytes:
    """Without the white space of Unicode around it, if it is text."""
    if value.isascii():
        return value.strip(b"\t\n\x0b\x0c\r ")
    try:
        return value.decode("utf-8").strip(number.SPACE).encode("utf-8")
    except UnicodeDecodeError:
        return value
