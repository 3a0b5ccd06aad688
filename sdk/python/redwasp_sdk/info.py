"""INFO text (https://redis.io/docs/latest/commands/info/): sections of `name:value` lines."""

from __future__ import annotations

from collections.abc import Iterator
from typing import NamedTuple

from . import number as numbers
from .resp import Reply

SPACE = numbers.SPACE


class Field(NamedTuple):
    """One `name:value` line."""

    section: str
    """The section it stands in, as the server writes it; "" before the first."""
    name: str
    """Before the first colon."""
    value: str
    """After the first colon, which may hold more of them."""


class Info:
    """The text of an INFO reply. Raises `Mismatch` when the reply is not a string."""

    __slots__ = ("_text",)

    def __init__(self, reply: Reply) -> None:
        self._text = reply.text()

    def fields(self) -> Iterator[Field]:
        """Every field, in the server's order, without the spaces around its line."""
        section = ""
        for line in self._text.split("\n"):
            line = line.strip(SPACE)
            if line.startswith("# "):
                section = line[2:]
                continue
            name, colon, value = line.partition(":")
            if colon:
                yield Field(section, name, value)

    def section(self, title: str) -> Iterator[Field]:
        """The fields of one section, in the server's order; the others are passed over, which is faster than reading
        them."""
        text, wanted = self._text, f"# {title}"
        place = text.find(wanted)
        while place >= 0:
            end = _end_of_line(text, place)
            begin = text.rfind("\n", 0, place) + 1
            place = text.find(wanted, place + 1)
            if text[begin:end].strip(SPACE) != wanted:
                continue
            for line in _lines(text, end + 1):
                if line.startswith("# "):
                    break
                name, colon, value = line.partition(":")
                if colon:
                    yield Field(title, name, value)

    def get(self, name: str) -> str | None:
        """The value of the first field of that name, in whatever section; None when there is none."""
        if ":" in name or name.startswith("# "):
            return None
        text, wanted = self._text, f"{name}:"
        place = text.find(wanted)
        while place >= 0:
            begin = text.rfind("\n", 0, place) + 1
            # Only spaces stand before it: the name begins the line.
            if begin == place or not text[begin:place].strip(SPACE):
                return text[place + len(wanted) : _end_of_line(text, place)].rstrip(SPACE)
            place = text.find(wanted, place + 1)
        return None


def _lines(text: str, begin: int) -> Iterator[str]:
    while begin < len(text):
        end = _end_of_line(text, begin)
        yield text[begin:end].strip(SPACE)
        begin = end + 1


def _end_of_line(text: str, place: int) -> int:
    end = text.find("\n", place)
    return len(text) if end < 0 else end


_WORDS = {"ok": 1.0, "true": 1.0, "err": 0.0, "fail": 0.0, "false": 0.0}


def number(value: str) -> float | None:
    """A value as a number. Redis also writes words: ok and true are 1, err, fail and false are 0. None for the rest."""
    word = _WORDS.get(value)
    return numbers.parse(value) if word is None else word


def parts(value: str) -> list[tuple[str, str]]:
    """The parts of a value like `keys=1,expires=0`, in their order. A part without `=` has an empty value."""
    return [(part.partition("=")[0], part.partition("=")[2]) for part in value.split(",")]


def whole_parts(value: str) -> list[tuple[str, str]] | None:
    """The parts of a value of which each is `name=value`, with one `=`. None when one of them is not."""
    if any(part.count("=") != 1 for part in value.split(",")):
        return None
    return parts(value)
