"""Replies as RESP3 bytes."""

from __future__ import annotations

from collections.abc import Mapping

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


def error(code: str, message: str) -> bytes:
    """An error reply, alone or inside of another."""
    return b"-%s %s\r\n" % (code.encode(), message.encode())


def array(*elements: bytes) -> bytes:
    """Ordered values, each RESP3 bytes."""
    return b"*%d\r\n" % len(elements) + b"".join(elements)


def mapping(pairs: Mapping[str, bytes]) -> bytes:
    """A map with bulk strings as keys and RESP3 bytes as values; RESP2 has a flat array in its place."""
    return b"%%%d\r\n" % len(pairs) + b"".join(bulk(key) + value for key, value in pairs.items())
