"""The daemon's table of commands, as `rules.json` has it: which it sends for nobody, and how a read is written."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any, NamedTuple

_RULES: dict[str, Any] = json.loads((Path(__file__).parent / "rules.json").read_text(encoding="utf-8"))

OWN_FAMILIES: frozenset[str] = frozenset(_RULES["own_families"])
"""Names of families, without the namespace, that are the exporter's own."""

OWN_PREFIX: str = _RULES["own_prefix"]
"""How the others begin that are."""

_COMMANDS: dict[str, dict[str, Any]] = _RULES["commands"]
# Commands that have subcommands.
_CONTAINERS = frozenset(name.partition(" ")[0] for name in _COMMANDS if " " in name)

# Bytes of a name, more than any command's.
_LONGEST_NAME = 64
# Words of one command.
_MOST_WORDS = 10_000

_ESCAPES = {0x09: "\\t", 0x0A: "\\n", 0x0D: "\\r", 0x22: '\\"', 0x27: "\\'", 0x5C: "\\\\"}


class Forbidden(Exception):
    """A command that is sent for nobody: its name, and why."""


class Read(NamedTuple):
    """A command that may be sent."""

    name: str
    """As it is granted: `GET`, `XINFO STREAM`."""
    reads: str
    """"keys", "statistics", which need no ask, or "server"."""
    key: int
    """The place of its first key, counted from the name; 0 where there is none, or none at a fixed place."""


def read(args: list[bytes]) -> Read:
    """What a command reads. Raises `Forbidden` when it is no read, or is written in another way."""
    name, row = _row(args)
    if "refused" in row:
        raise Forbidden(f"{name} {row['refused']}")
    if len(args) > _MOST_WORDS:
        raise Forbidden(f"{name} has more than {_MOST_WORDS} arguments: send it in parts")
    arguments = len(args) - len(name.split(" "))
    if arguments < row["least"] or arguments > row["most"] >= 0:
        raise Forbidden(f"{name} is written otherwise: {row['usage']}")
    return _read(name, row)


def named(name: str) -> list[Read]:
    """What an ask of this name is for: one read, or those of all subcommands. Raises `Forbidden` when there are none."""
    words = [word.encode() for word in name.split()]
    container = _upper(words[0]) if len(words) == 1 else None
    if container in _CONTAINERS:
        of_it = [(each, row) for each, row in _COMMANDS.items() if each.partition(" ")[0] == container]
        reads = [_read(each, row) for each, row in of_it if "refused" not in row]
        if not reads:
            raise Forbidden(f"{container} has no reads")
        return reads
    known, row = _row(words)
    if len(words) > len(known.split(" ")):
        raise _unknown(words)
    if "refused" in row:
        raise Forbidden(f"{known} {row['refused']}")
    return [_read(known, row)]


def escaped(word: bytes) -> str:
    """A word for a text: what is not printable is written `\\xNN`. What is longer than 64 bytes is cut."""
    shown = word[:_LONGEST_NAME]
    return "".join(_ESCAPES.get(byte) or (chr(byte) if 0x20 <= byte < 0x7F else f"\\x{byte:02x}") for byte in shown)


def _read(name: str, row: dict[str, Any]) -> Read:
    return Read(name, row["reads"], row["key"])


def _row(args: list[bytes]) -> tuple[str, dict[str, Any]]:
    """The name and the row of a command."""
    words = args[:1]
    name = _upper(words[0]) if words else None
    if name in _CONTAINERS and len(args) > 1:
        words = args[:2]
        subcommand = _upper(words[1])
        name = None if subcommand is None else f"{name} {subcommand}"
    if name is not None and name in _COMMANDS:
        return name, _COMMANDS[name]
    if name in _CONTAINERS:
        raise Forbidden(f"{name} needs a subcommand")
    raise _unknown(words)


def _upper(word: bytes) -> str | None:
    """A word as the table has it; None for what can be none."""
    is_word = len(word) <= _LONGEST_NAME and all(0x21 <= byte < 0x7F for byte in word)
    return word.decode("ascii").upper() if is_word else None


def _unknown(words: list[bytes]) -> Forbidden:
    """For what is in no row."""
    name = " ".join(map(escaped, words))
    if words and b" " in words[0]:
        return Forbidden(f'"{escaped(words[0])}" is one word: give the name and each argument as a word of its own')
    return Forbidden(f"{name or 'a command without a name'} is not in redwasp's table of reads")
