"""Replies as RESP3 bytes."""

from __future__ import annotations

from collections.abc import Iterable, Mapping

from .. import number


def bulk(value: str | bytes) -> bytes:
    """A string of bytes."""
    data = value.encode() if isinstance(value, str) else value
    return b"$%d\r\n%s\r\n" % (len(data), data)


def simple(text: str) -> bytes:
    """`+OK`"""
    return b"+%s\r\n" % text.encode()


def integer(value: int) -> bytes:
    """An integer of 64 bits."""
    return b":%d\r\n" % value


def double(value: float) -> bytes:
    """A double; RESP2 has a bulk string in its place."""
    return b",%s\r\n" % number.text(value).removeprefix("+").lower().encode()


def null() -> bytes:
    """Nothing; RESP2 has `$-1` in its place."""
    return b"_\r\n"


def boolean(value: bool) -> bytes:
    """A boolean; RESP2 has an integer in its place."""
    return b"#t\r\n" if value else b"#f\r\n"


def error(text: str) -> bytes:
    """An error reply, alone or inside of another: its code and its message, e.g. `WRONGTYPE not a set`."""
    return b"-%s\r\n" % text.encode()


def array(*elements: bytes) -> bytes:
    """Ordered values, each RESP3 bytes."""
    return b"*%d\r\n" % len(elements) + b"".join(elements)


def set(*elements: bytes) -> bytes:
    """Values without order, each RESP3 bytes; RESP2 has an array in its place."""
    return b"~%d\r\n" % len(elements) + b"".join(elements)


def map(pairs: Mapping[str, bytes] | Iterable[tuple[bytes, bytes]]) -> bytes:
    """A map: pairs of RESP3 bytes, or a dict whose texts become bulk strings; RESP2 has a flat array in its place."""
    if isinstance(pairs, Mapping):
        pairs = [(bulk(key), value) for key, value in pairs.items()]
    else:
        pairs = list(pairs)
    return b"%%%d\r\n" % len(pairs) + b"".join(key + value for key, value in pairs)
