"""Bytes to values. Trusts nothing: lengths are checked against what is there, nesting is bounded.

Values are Python's own (None, bool, int, float, bytes, list), with types of their own for what Python has no two of. One
function reads all of them: a call in Python costs more than what it does.
"""

from __future__ import annotations

from typing import Any, NamedTuple

from . import label, number
from .errors import Malformed

# The deepest nesting that is read. Redis's own replies stay below ten.
MAX_DEPTH = 32


class Simple(bytes):
    """`+OK`"""


class BigNumber(bytes):
    """Digits of an integer beyond 64 bits."""


class Verbatim(bytes):
    """Text with a format of three letters, e.g. `txt`."""

    format: bytes


class ErrorReply(NamedTuple):
    """An error, alone or inside of a reply."""

    code: str
    message: str


class Set(list[Any]):
    """Values without order."""


class Map(list[Any]):
    """Keys and values in turn."""


def decode_value(data: bytes) -> Any:
    """The one value that the bytes are. Raises `Malformed`."""
    value, end = _value(data, 0, MAX_DEPTH)
    if end != len(data):
        raise Malformed(end, "more bytes follow the value")
    return value


def _value(data: bytes, offset: int, depth: int) -> tuple[Any, int]:
    """The value at this place, and where it ends."""
    if depth == 0:
        raise Malformed(offset, "nested too deeply")
    if offset >= len(data):
        raise Malformed(offset, "the value ends early")
    kind = data[offset]
    offset += 1
    if kind not in b"+-:,(_#$!=*>~%|":
        raise Malformed(offset, "no type begins with this byte")
    end = data.find(b"\r\n", offset)
    if end < 0:
        raise Malformed(offset, "the line has no end")
    line = data[offset:end]
    after = end + 2
    if kind == 0x24:  # $
        size = _length(line, offset)
        return (None, after) if size < 0 else _string(data, after, size)
    if kind == 0x3A:  # :
        integer = number.integer(line)
        if integer is None:
            raise Malformed(offset, "not an integer")
        return integer, after
    if kind in b"*>~%|":
        return _aggregate(data, kind, _length(line, offset), after, depth)
    if kind in b"!=":
        size = _length(line, offset)
        if size < 0:
            return None, after
        string, after = _string(data, after, size)
        return (_error(string) if kind == 0x21 else _verbatim(string, offset)), after
    return _simple(kind, line, offset), after


def _simple(kind: int, line: bytes, offset: int) -> Any:
    """What is one line."""
    if kind == 0x2B:  # +
        return Simple(line)
    if kind == 0x2D:  # -
        return _error(line)
    if kind == 0x2C:  # ,
        double = number.parse(line)
        if double is None:
            raise Malformed(offset, "not a double")
        return double
    if kind == 0x28:  # (
        return BigNumber(line)
    if kind == 0x5F:  # _
        return None
    if line == b"t":
        return True
    if line == b"f":
        return False
    raise Malformed(offset, "not a boolean")


def _length(line: bytes, offset: int) -> int:
    """A length of -1 is RESP2's null."""
    length = number.integer(line)
    if length is None or length < -1:
        raise Malformed(offset, "not a length")
    return length


def _string(data: bytes, begin: int, size: int) -> tuple[bytes, int]:
    end = begin + size
    after = data[end : end + 2]
    if after == b"\r\n":
        return data[begin:end], end + 2
    if len(after) == 2:
        raise Malformed(begin, "the string is longer than its length")
    raise Malformed(begin, "the string ends early")


def _aggregate(data: bytes, kind: int, length: int, offset: int, depth: int) -> tuple[Any, int]:
    is_pairs = kind in b"%|"
    count = length * 2 if is_pairs else length
    # The shortest value has three bytes: a length that cannot be true must not become an allocation.
    if count > (len(data) - offset) // 3:
        raise Malformed(offset, "fewer elements than announced")
    # A push cannot be an answer; inside of one it reads like the array it is.
    values: list[Any] = Map() if kind == 0x25 else Set() if kind == 0x7E else []
    append, find = values.append, data.find
    for _ in range(count):
        # Most elements are bulk strings and integers: they are read here, without a call.
        first = data[offset : offset + 1]
        end = find(b"\r\n", offset) if depth > 1 and (first == b"$" or first == b":") else -1
        if end >= 0:
            line = data[offset + 1 : end]
            if line.isdigit() and len(line) < 19:
                if first == b":":
                    append(int(line))
                    offset = end + 2
                    continue
                begin = end + 2
                end = begin + int(line)
                if data[end : end + 2] == b"\r\n":
                    append(data[begin:end])
                    offset = end + 2
                    continue
        value, offset = _value(data, offset, depth - 1)
        append(value)
    if kind == 0x7C:  # |: facts about the value that follows
        return _value(data, offset, depth - 1)
    return (None if length < 0 else values), offset


def _verbatim(string: bytes, offset: int) -> Verbatim:
    if string[3:4] != b":":
        raise Malformed(offset, "not a verbatim string")
    verbatim = Verbatim(string[4:])
    verbatim.format = string[:3]
    return verbatim


def _error(line: bytes) -> ErrorReply:
    """The first word of an error line is its code."""
    code, _, message = label.text(line).partition(" ")
    return ErrorReply(code, message)
