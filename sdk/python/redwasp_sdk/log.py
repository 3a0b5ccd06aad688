"""The host's log. Lines are cut at 1 KiB and limited to 16 KiB a call; writing never fails.

A plugin of the world "pure" has no log: its lines are warnings of its report, which
the daemon tells once as long as each report has them.
"""

from __future__ import annotations

from typing import Any

from . import host
from .label import whole


def trace(message: str, /, **fields: Any) -> None:
    """Writes a line that is of use to who looks at every step."""
    _write("trace", message, fields)


def debug(message: str, /, **fields: Any) -> None:
    """Writes a line that is of use to who looks for a fault."""
    _write("debug", message, fields)


def info(message: str, /, **fields: Any) -> None:
    """Writes a line that is worth to be known."""
    _write("info", message, fields)


def warn(message: str, /, **fields: Any) -> None:
    """Writes a line about what somebody should look at."""
    _write("warn", message, fields)


def error(message: str, /, **fields: Any) -> None:
    """Writes a line about what failed."""
    _write("error", message, fields)


def _write(level: str, message: str, fields: dict[str, Any]) -> None:
    texts = [(whole(name), whole(str(value))) for name, value in fields.items()]
    host.current.log(level, whole(str(message)), texts)
