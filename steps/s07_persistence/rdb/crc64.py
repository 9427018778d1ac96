"""The checksum of RDB files. You may skip this file.

It is a CRC of 64 bits, after Jones, in the reflected form.

A CRC reads a message as one long polynomial over the numbers 0 and 1 and keeps its remainder by a
fixed polynomial of degree 64. Byte by byte, that is a table and a shift, and in Python 90 ns each:
a snapshot would spend more on its checksum than on its contents.

Python's big integers are fast, though, and there are other ways to a remainder. x^7004 has the
remainder x^60 + x^59 + ... + 1: 17 terms, where exponents nearby have about 32. So the first bits
of a message can be removed, and added further back in 17 places (adding is XOR), without changing
the remainder. Squaring doubles all exponents and keeps the number of terms, so the same works with
14008, 28016, and so on. `crc64` halves its input by such folds, each a few shifts of one big
integer, until little is left for the table. That takes 8 ns per byte.
"""

from __future__ import annotations

from typing import Final

POLYNOMIAL: Final = 0x95AC9329AC4BC9B5
"""0xad93d23594c935a9 with its bits in reverse: the lowest bit of a byte comes first."""

POWER: Final = 7004
TERMS: Final = (60, 59, 54, 51, 45, 43, 39, 36, 35, 29, 25, 23, 13, 8, 5, 2, 0)
"""The exponents in the remainder of x^POWER. Of all powers up to 100 000 it has the fewest."""

BLOCK: Final = 256 * 1024
"""Bytes that are turned into one integer at a time."""

REST: Final = 2 * POWER
"""Bits below which folding is not worth it."""


def _table() -> list[int]:
    table = []
    for byte in range(256):
        for _ in range(8):
            byte = byte >> 1 ^ POLYNOMIAL if byte & 1 else byte >> 1
        table.append(byte)
    return table


TABLE: Final = _table()


def crc64(data: bytes, crc: int = 0) -> int:
    """The checksum of `data`, continuing that of all bytes before it.

    >>> hex(crc64(b"123456789"))
    '0xe9c6d914c4b8d9ca'
    """
    view = memoryview(data)
    for start in range(0, len(view), BLOCK):
        crc = _block(view[start : start + BLOCK], crc)
    return crc


def _block(data: memoryview, crc: int) -> int:
    size = 8 * len(data)
    if size <= REST:
        return bytewise(bytes(data), crc)
    # The earlier checksum goes into the first 64 bits, as a CRC register is combined with a
    # message.
    message = int.from_bytes(data, "little") ^ crc
    for doublings in reversed(range((size // POWER).bit_length())):
        message, size = _fold(message, size, doublings)
    return bytewise(message.to_bytes((size + 7) // 8, "little"), 0)


def _fold(message: int, size: int, doublings: int) -> tuple[int, int]:
    """Takes bits off the front (reflected: the low ones), as long as there is room for a fold."""
    power = POWER << doublings
    reach = power - (max(TERMS) << doublings)
    while size - power >= 64:
        count = min(reach, size - power) & ~7
        front = message & ((1 << count) - 1)
        message >>= count
        for term in TERMS:
            message ^= front << (power - (term << doublings) - count)
        size -= count
    return message, size


def bytewise(data: bytes, crc: int) -> int:
    """The same, one byte after another: the definition, and what is left of a block."""
    for byte in data:
        crc = TABLE[(crc ^ byte) & 0xFF] ^ crc >> 8
    return crc
