"""What the libraries for scripts can't do in Lua 5.1 itself: the bits of integers, the bytes of doubles.

Each takes and returns numbers and strings, and raises nothing.
"""

from __future__ import annotations

import struct
from collections.abc import Callable
from typing import Final

WORD: Final = 0xFFFFFFFF
"""The library `bit` works on 32 bits."""


def signed(word: int) -> int:
    """The 32 bits of `word` as a number from -2**31 on."""
    word &= WORD
    return word - (1 << 32) if word & 0x80000000 else word


MAGIC: Final = float(2**52 + 2**51)
"""Added to a number below 2**51, it leaves the nearest integer in the lowest bits of the double."""


def whole(number: float) -> int:
    """The lowest 32 bits of the integer nearest to a number, as LuaBitOp finds them.

    Beyond 2**51 they are bits of something else, but the same as there.
    """
    return int.from_bytes(struct.pack("<d", number + MAGIC)[:4], "little")


def bits(operation: str, left: float, right: float) -> int:
    """An operation on 32 bits. `right` is the other operand, or how far to shift."""
    a, b = whole(left), whole(right)
    by = b & 31
    match operation:
        case b"and":
            return signed(a & b)
        case b"or":
            return signed(a | b)
        case b"xor":
            return signed(a ^ b)
        case b"left":
            return signed(a << by)
        case b"right":
            return signed(a >> by)
        case b"arithmetic":
            return signed(signed(a) >> by)
    return signed(a << by | a >> (32 - by))  # a rotation


def double_bytes(number: float, size: int) -> bytes:
    """A number as a float of 4 or 8 bytes, the lowest byte first."""
    try:
        return struct.pack("<d" if size == 8 else "<f", number)
    except OverflowError:
        return struct.pack("<f", float("inf") if number > 0 else float("-inf"))


def double_of(data: bytes) -> float:
    """The number that `double_bytes` made bytes of."""
    (number,) = struct.unpack("<d" if len(data) == 8 else "<f", data)
    return float(number)


def integer_bytes(number: float, size: int) -> bytes:
    """An integer in `size` bytes, the lowest first, of which eight at most are not 0."""
    try:
        value = int(number)
    except (ValueError, OverflowError):
        value = -(2**63)
    return (value & ((1 << 8 * min(size, 8)) - 1)).to_bytes(size, "little")


def integer_of(data: bytes, is_signed: bool) -> float:
    """The number that `integer_bytes` made bytes of; beyond 2**53 the nearest that Lua has."""
    return float(int.from_bytes(data, "little", signed=is_signed))


def find_plain(text: bytes, part: bytes, start: float) -> int:
    """Where `part` begins in `text`, from a place on, as Lua counts; 0 if it is not there.

    Python needs time for the sum of both lengths, and Lua for their product.
    """
    begins = int(start) - 1 if start > 0 else max(len(text) + int(start), 0)
    return text.find(part, begins) + 1


ALL: Final[dict[bytes, Callable[..., float | bytes]]] = {
    b"bits": bits,
    b"double_bytes": double_bytes,
    b"double_of": double_of,
    b"integer_bytes": integer_bytes,
    b"integer_of": integer_of,
}
