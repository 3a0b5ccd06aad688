"""Where an exception was raised, and when a call is."""

from __future__ import annotations

import os
import sys
import types
from types import FrameType, TracebackType

# Lines of a text: the author's frames, innermost first.
_MOST_FRAMES = 4
_LONGEST_MESSAGE = 2000

_SDK = os.path.dirname(__file__) + "/"
_STANDARD = (os.path.dirname(types.__file__) + "/", "<frozen ")

now_ms: int | None = None
"""When the scrape that is under way began; None while there is none."""


def of(error: BaseException) -> str:
    """File and line of the author's code that it was raised in, as another line; "" when it was not raised there."""
    own = [frame for frame in _frames(error.__traceback__) if is_own(frame[0])]
    return "\n" + _line(own[0]) if own else ""


def text(error: BaseException) -> str:
    """`<Type>: <message>`, then file and line of the author's code, innermost first.

    Made by hand: the standard library's tracebacks open the source files, which are not there in a component.
    """
    try:
        message = str(error)
    except Exception:
        message = "(its message cannot be told)"
    lines = [f"{type(error).__name__}: {message[:_LONGEST_MESSAGE]}" if message else type(error).__name__]
    frames = _frames(error.__traceback__)
    own = [frame for frame in frames if is_own(frame[0])]
    lines += [_line(frame) for frame in (own or frames)[:_MOST_FRAMES]]
    cause = error.__cause__ or (None if error.__suppress_context__ else error.__context__)
    if cause is not None and isinstance(cause, Exception):
        lines.append(f"  from {type(cause).__name__}: {str(cause)[:200]}")
    return "\n".join(lines)


def _line(frame: tuple[str, int, str]) -> str:
    file, line, name = frame
    return f"  at {_short(file)}:{line} in {name}"


def _frames(traceback: TracebackType | None) -> list[tuple[str, int, str]]:
    frames = []
    while traceback is not None:
        frame: FrameType = traceback.tb_frame
        frames.append((frame.f_code.co_filename, traceback.tb_lineno or 0, frame.f_code.co_qualname))
        traceback = traceback.tb_next
    frames.reverse()
    return frames


def is_own(file: str) -> bool:
    """Whether a file is the author's, or of a package that the author installed."""
    return not file.startswith(_SDK) and ("/site-packages/" in file or not file.startswith(_STANDARD))


def _short(file: str) -> str:
    """The file as the author knows it: without the folder that it was imported from."""
    folders = [folder for folder in sys.path if folder and file.startswith(f"{folder}/")]
    return file[len(max(folders, key=len)) + 1 :] if folders else os.path.basename(file)
