"""Redis bytes as texts, for labels and messages."""

from __future__ import annotations


def text(value: bytes) -> str:
    """Bytes of Redis as text. What is not UTF-8 is written `\\xNN`, so that two different keys stay different."""
    return value.decode("utf-8", "backslashreplace")


def begin(value: bytes, most: int) -> bytes:
    """The beginning of bytes that are too long for a label value; not half a character."""
    if len(value) <= most:
        return value
    cut = value[:most]
    try:
        cut.decode("utf-8")
    except UnicodeDecodeError as error:
        if error.reason == "unexpected end of data":
            return cut[: error.start]
    return cut


def whole(value: str) -> str:
    """A text that can leave the component: half characters, which UTF-8 has no bytes for, are written `\\xNN`.

    Python has them after `decode(errors="surrogateescape")` and after `json.loads('"\\ud800"')`.
    """
    if value.isascii():
        return value
    try:
        value.encode("utf-8")
    except UnicodeEncodeError:
        try:
            return text(value.encode("utf-8", "surrogateescape"))
        except UnicodeEncodeError:
            return text(value.encode("utf-8", "surrogatepass"))
    return value
