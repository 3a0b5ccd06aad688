"""Patterns of keys, for the bench."""

from __future__ import annotations


def matches(pattern: bytes, key: bytes) -> bool:
    """Whether a key fits a pattern of SCAN MATCH. In the few keys of a test, trying again is cheap."""
    if not pattern:
        return not key
    first = pattern[:1]
    if first == b"*":
        return any(matches(pattern[1:], key[skipped:]) for skipped in range(len(key) + 1))
    if not key:
        return False
    if first == b"?":
        return matches(pattern[1:], key[1:])
    if first == b"[":
        fits, rest = _class(pattern[1:], key[0])
        return fits and matches(rest, key[1:])
    if first == b"\\" and len(pattern) > 1:
        pattern = pattern[1:]
    return pattern[0] == key[0] and matches(pattern[1:], key[1:])


def _class(pattern: bytes, byte: int) -> tuple[bool, bytes]:
    """Whether a byte is in the class that begins after its bracket, and what follows the class."""
    is_not = pattern[:1] == b"^"
    rest = pattern[1:] if is_not else pattern
    is_in = False
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
        is_in = is_in or min(first, last) <= byte <= max(first, last)
    return is_in != is_not, rest
