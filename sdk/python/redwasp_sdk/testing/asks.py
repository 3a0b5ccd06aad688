"""What a plan asks for: what is wrong with it, and which commands it covers."""

from __future__ import annotations

from typing import Any

from ..contract import Command
from . import rules
from .glob import matches
from .rules import Forbidden, Read

# Bytes of a pattern that is taken, and of all asks of a plan.
_LONGEST_PATTERN = 1 << 10
_MOST_BYTES = 16 << 10
# Problems that are told of one plan.
_MOST_PROBLEMS = 16
# Bytes of a key that a text repeats.
_LONGEST_KEY = 64


def fault(asks: list[Any]) -> str | None:
    """All that is wrong with asks."""
    size = sum(map(_size, asks))
    if size > _MOST_BYTES:
        return f"asks: {size} bytes of commands, keys and databases, more than the {_MOST_BYTES} allowed"
    problems = [problem for place, ask in enumerate(asks) for problem in _problems(f"asks[{place}]", ask)]
    return "; ".join(problems[:_MOST_PROBLEMS]) or None


def denied(asks: list[Any], command: Command) -> str | None:
    """Why a command is not sent for a call whose plan asks for these; None when it may be."""
    try:
        read = rules.read(command.args)
    except Forbidden as forbidden:
        return f"{forbidden}; no grant allows it"
    if read.reads == "statistics" or any(_covers(ask, read, command) for ask in asks):
        return None
    what = read.name
    if read.key:
        key = command.args[read.key]
        what += f" {rules.escaped(key)}{'…' if len(key) > _LONGEST_KEY else ''}"
    if command.database != 0:
        what += f" in database {command.database}"
    patterns = ", with patterns that its keys fit" if read.reads == "keys" else ""
    return f"{what} is not among what the plugin asks for: let its plan ask for {read.name}{patterns}"


def _covers(ask: Any, read: Read, command: Command) -> bool:
    names = [" ".join(name.split()).upper() for name in ask.commands]
    if read.name not in names and read.name.partition(" ")[0] not in names:
        return False
    if read.reads != "keys":
        # What is about no keys is about no database either.
        return True
    if command.database not in (ask.databases or [0]):
        return False
    return not read.key or any(matches(pattern.encode(), command.args[read.key]) for pattern in ask.keys)


def _problems(at: str, ask: Any) -> list[str]:
    problems = []
    reads_keys = False
    for name in ask.commands:
        try:
            of_keys = [read.reads == "keys" for read in rules.named(name)]
        except Forbidden as forbidden:
            problems.append(f"{at}.commands: {forbidden}")
            continue
        reads_keys |= any(of_keys)
        if not ask.keys and all(of_keys):
            problems.append(f"{at}.keys: {name} reads keys, and no pattern says which")
    if ask.keys and not reads_keys:
        problems.append(f"{at}.commands: none of them reads keys, and there are patterns of keys")
    for size in (len(pattern.encode()) for pattern in ask.keys):
        if size > _LONGEST_PATTERN:
            problems.append(f"{at}.keys: a pattern of {size} bytes matches nothing: {_LONGEST_PATTERN} are taken")
    return problems


def _size(ask: Any) -> int:
    texts = sum(len(text.encode()) + 1 for text in (*ask.commands, *ask.keys))
    return texts + (len(ask.databases) + 1) * 4
