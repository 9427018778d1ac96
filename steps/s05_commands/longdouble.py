"""The arithmetic of INCRBYFLOAT: C's long double. You may skip this file.

Redis adds in the 80-bit format of x86 processors: 64 bits of mantissa where Python's float has 53.
So 0.1 + 0.2 is 0.3 there, and 0.30000000000000004 with floats. Python has no such type; a Fraction
is exact, and rounding it to 64 significant bits after each step gives the same digits.
https://redis.io/docs/latest/commands/incrbyfloat/
"""

from __future__ import annotations

import re
from decimal import Decimal
from fractions import Fraction

from steps.s02_resp.values import CommandError
from steps.s05_commands.fields import NOT_A_FLOAT

MANTISSA = 64
"""Significant bits of a long double on x86."""
LIMIT = 1 << 16384
"""Beyond the largest long double, about 1.2e4932."""
TINY = Fraction(1, 1 << 16446)
"""Up to here a number becomes zero as a long double; Redis calls it invalid."""
EXPONENTS = range(-5000, 5000)
"""Powers of ten that have to be looked at; any other number is certainly too large or too small."""
PLACES = 17
"""Digits after the point that Redis writes, before it strips zeros at the end."""
MAX_TEXT = 5 * 1024
"""Longer texts are not numbers for Redis (MAX_LONG_DOUBLE_CHARS)."""
NOT_FINITE = "ERR increment would produce NaN or Infinity"

_DECIMAL = re.compile(rb"[+-]?(\d+\.?\d*|\.\d+)([eE][+-]?\d{1,9})?")
_HEXADECIMAL = re.compile(rb"([+-]?)0[xX]([0-9a-fA-F]*)\.?([0-9a-fA-F]*)(?:[pP]([+-]?\d{1,5}))?")
_INFINITE = re.compile(rb"[+-]?inf(inity)?", re.IGNORECASE)


def add_long_doubles(one: bytes, other: bytes, error: str = NOT_A_FLOAT) -> bytes:
    """The sum of two numbers in text, as Redis would write it.

    Raises CommandError: `error` if `one` is not a number, NOT_A_FLOAT if `other` is not, and
    NOT_FINITE if the sum does not fit into a long double.
    """
    left, right = parse_long_double(one), parse_long_double(other)
    if left is None:
        raise CommandError(error)
    if right is None:
        raise CommandError(NOT_A_FLOAT)
    total = rounded(left + right)
    if abs(total) >= LIMIT:
        raise CommandError(NOT_FINITE)
    return format_long_double(total)


def parse_long_double(raw: bytes) -> Fraction | None:
    """The long double that `raw` spells, or None. Infinity comes as a number beyond LIMIT."""
    if len(raw) >= MAX_TEXT:
        return None
    if _INFINITE.fullmatch(raw):
        return Fraction(LIMIT) ** 2  # too large for any sum to come back below LIMIT
    value = _hexadecimal(raw) if b"x" in raw.lower() else _decimal(raw)
    if value is None or abs(value) >= LIMIT or 0 < abs(value) <= TINY:
        return None
    return rounded(value)


def _decimal(raw: bytes) -> Fraction | None:
    if not _DECIMAL.fullmatch(raw):
        return None
    number = Decimal(raw.decode("ascii"))
    # Before 10 is raised to any power: `1e999999999` would take all memory.
    if number and number.adjusted() not in EXPONENTS:
        return None
    return Fraction(number)


def _hexadecimal(raw: bytes) -> Fraction | None:
    match = _HEXADECIMAL.fullmatch(raw)
    if match is None or not match[2] + match[3]:
        return None
    exponent = int(match[4] or 0) - 4 * len(match[3])
    if abs(exponent) > 4 * MAX_TEXT:
        return None
    value = int(match[2] + match[3], 16) * Fraction(2) ** exponent
    return -value if match[1] == b"-" else value


def rounded(value: Fraction) -> Fraction:
    """The nearest number with 64 significant bits; of two equally near, the even one."""
    if not value:
        return value
    size = abs(value)
    exponent = size.numerator.bit_length() - size.denominator.bit_length()
    if Fraction(2) ** exponent > size:
        exponent -= 1
    unit = Fraction(2) ** (exponent - MANTISSA + 1)
    return round(value / unit) * unit


def format_long_double(value: Fraction) -> bytes:
    """Up to 17 digits after the point, none if they would all be zeros: `10.5`, `3`."""
    scaled = round(value * 10**PLACES)
    # Through Decimal, since Python refuses str() of an int with more than 4300 digits.
    digits = str(Decimal(abs(scaled))).rjust(PLACES + 1, "0")
    text = f"{digits[:-PLACES]}.{digits[-PLACES:]}".rstrip("0").rstrip(".")
    return (f"-{text}" if scaled < 0 else text).encode()
