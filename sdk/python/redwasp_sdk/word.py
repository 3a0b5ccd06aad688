"""Words of commands."""

from __future__ import annotations


def word(value: str | bytes | int | float) -> bytes:
    """A word of a command as bytes. Texts are UTF-8; half characters become the bytes that they were read from."""
    if isinstance(value, str):
        return value.encode("utf-8", "surrogateescape")
    if isinstance(value, (bytes, bytearray, memoryview)):
        return bytes(value)
    if isinstance(value, (int, float)) and not isinstance(value, bool):
        return str(value).encode()
    raise TypeError(f"a word of a command is a text or bytes, not {type(value).__name__}")


def database(number: int) -> int:
    """The number of a database as the contract has it."""
    if not isinstance(number, int) or not 0 <= number <= 0xFFFFFFFF:
        raise ValueError(f"{number!r} is no number of a database")
    return number
