"""What is printed: each line is one of the host's log."""

from __future__ import annotations

import io
import sys
from typing import Any

from . import host
from .label import whole


class Lines(io.TextIOBase):
    """A stream whose lines are logged, and also written elsewhere if there is such a place."""

    encoding = "utf-8"
    errors = "backslashreplace"

    def __init__(self, level: str, also: Any = None) -> None:
        self._level = level
        self._also = also
        self._rest = ""

    def writable(self) -> bool:
        """It is."""
        return True

    def write(self, text: str, /) -> int:
        """Logs the lines that end in this text; the rest waits for its end, or that of the call."""
        if self._also is not None:
            self._also.write(text)
        *lines, self._rest = (self._rest + text).split("\n")
        for line in lines:
            host.current.log(self._level, whole(line), [])
        return len(text)

    def flush(self) -> None:
        """Not the end of a line."""
        if self._also is not None:
            self._also.flush()

    def end(self) -> None:
        """Logs a line that has no end."""
        if self._rest:
            rest, self._rest = self._rest, ""
            host.current.log(self._level, whole(rest), [])


def end() -> None:
    """Ends the lines of a call."""
    for stream in (sys.stdout, sys.stderr):
        if isinstance(stream, Lines):
            stream.end()


class Logged:
    """While it lasts, what is printed is logged too."""

    def __enter__(self) -> None:
        self._before = sys.stdout, sys.stderr
        sys.stdout, sys.stderr = Lines("info", sys.stdout), Lines("warn", sys.stderr)

    def __exit__(self, *_: object) -> None:
        end()
        sys.stdout, sys.stderr = self._before
