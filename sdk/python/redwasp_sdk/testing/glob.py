"""Patterns of keys, for the bench."""

from __future__ import annotations

from collections.abc import Collection, Iterator

# Of a pattern: one byte of these, or any bytes where it is None.
_Part = Collection[int] | None

_ANY = range(256)


def matches(pattern: bytes, key: bytes) -> bool:
    """Whether a key fits a pattern of SCAN MATCH. A loop, as a pattern may be longer than Python lets calls be nested."""
    parts = list(_parts(pattern))
    if not key:
        # As the servers have it, which look no further when there is nothing to look at: `**` fits no empty key.
        return parts in ([], [None])
    part = place = 0
    # After the last star, and how far what it stands for reaches: only that one ever has to be tried again.
    again: tuple[int, int] | None = None
    while place < len(key):
        fits: _Part = parts[part] if part < len(parts) else ()
        if fits is None:
            part += 1
            again = part, place
        elif key[place] in fits:
            part, place = part + 1, place + 1
        elif again is None:
            return False
        else:
            part, place = again[0], again[1] + 1
            again = part, place
    return all(rest is None for rest in parts[part:])


def _parts(pattern: bytes) -> Iterator[_Part]:
    while pattern:
        first, pattern = pattern[:1], pattern[1:]
        if first == b"*":
            yield None
        elif first == b"?":
            yield _ANY
        elif first == b"[":
            fits, pattern = _class(pattern)
            yield fits
        elif first == b"\\" and pattern:
            yield pattern[:1]
            pattern = pattern[1:]
        else:
            yield first


def _class(pattern: bytes) -> tuple[Collection[int], bytes]:
    """The bytes of the class that begins after its bracket, and what follows the class."""
    is_not = pattern[:1] == b"^"
    rest = pattern[1:] if is_not else pattern
    fits: set[int] = set()
    while rest:
        if rest[:1] == b"]":
            rest = rest[1:]
            break
        if rest[:1] == b"\\" and len(rest) > 1:
            first, last, rest = rest[1], rest[1], rest[2:]
        elif rest[1:2] == b"-" and len(rest) > 2:
            first, last, rest = rest[0], rest[2], rest[3:]
        else:
            first, last, rest = rest[0], rest[0], rest[1:]
        fits.update(range(min(first, last), max(first, last) + 1))
    return fits.symmetric_difference(_ANY) if is_not else fits, rest
