"""Numbers in texts. Python's own int() and float() take more: `1_000`, digits of other scripts."""

from __future__ import annotations

import math
import re

# What Unicode calls white space; str.strip() without it would also take U+001C to U+001F.
SPACE = "\t\n\x0b\x0c\r \x85\xa0\u1680\u2000\u2001\u2002\u2003\u2004\u2005\u2006\u2007\u2008\u2009\u200a\u2028\u2029\u202f\u205f\u3000"

# Nothing is tried twice: whoever writes values to Redis chooses how long they are.
_FLOAT = re.compile(
    rb"[+-]?(?:(?:[0-9]++(?:\.[0-9]*+)?|\.[0-9]++)(?:[eE][+-]?[0-9]++)?|[iI][nN][fF](?:[iI][nN][iI][tT][yY])?|[nN][aA][nN])"
)


def integer(text: bytes) -> int | None:
    """An integer of 64 bits in decimal digits, with or without sign; None for everything else."""
    if len(text) < 19 and text.isdigit():
        return int(text)
    digits = text[1:] if text[:1] in (b"+", b"-") else text
    if not digits.isdigit():
        return None
    digits = digits.lstrip(b"0") or b"0"
    # More digits than these are no 64 bits, and int() would refuse thousands of them with an error of its own.
    if len(digits) > 19:
        return None
    value = -int(digits) if text[0] == 0x2D else int(digits)
    return value if -0x8000000000000000 <= value <= 0x7FFFFFFFFFFFFFFF else None


def parse(text: bytes | str) -> float | None:
    """A decimal number, with or without exponent, `inf`, `infinity` or `nan`; None for everything else.

    What is too large is infinite.
    """
    if isinstance(text, str):
        text = text.encode("utf-8", "surrogatepass")
    return float(text) if _FLOAT.fullmatch(text) else None


def text(value: float) -> str:
    """A number as redwasp writes it: as few digits as tell it, no exponent, no `.0`; `+Inf`, `-Inf`, `NaN`."""
    value = float(value)
    if math.isnan(value):
        return "NaN"
    if math.isinf(value):
        return "+Inf" if value > 0 else "-Inf"
    written = repr(value)
    if "e" in written:
        written = _plain(written)
    return written.removesuffix(".0")


def _plain(written: str) -> str:
    """`-1.5e-07` without its exponent."""
    mantissa, exponent = written.split("e")
    sign = "-" if mantissa.startswith("-") else ""
    whole, _, fraction = mantissa.lstrip("-").partition(".")
    digits, point = whole + fraction, len(whole) + int(exponent)
    if point <= 0:
        return f"{sign}0.{'0' * -point}{digits}"
    return sign + digits[:point].ljust(point, "0") + (f".{digits[point:]}" if digits[point:] else "")


def version(text: str) -> tuple[int, int]:
    """Major and minor version of a text like `7.0.15`; 0 for what is no number."""
    numbers = [int(part) if len(part) < 10 and part.isascii() and part.isdigit() else 0 for part in text.split(".", 2)[:2]]
    return numbers[0], numbers[1] if len(numbers) > 1 else 0
