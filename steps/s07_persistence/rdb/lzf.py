"""LZF, the compression of long strings in RDB files. You may skip this file.

A compressed string is a sequence of two things: bytes to copy as they are, and references to
earlier output.

    000LLLLL                     L + 1 bytes follow as they are
    LLLooooo oooooooo            L + 2 bytes, from o + 1 bytes back; L is 1 to 6
    111ooooo LLLLLLLL oooooooo   the same with L + 9 bytes

A reference may overlap its own output: 1 byte back and 100 bytes long repeats a byte.
"""

from __future__ import annotations

from typing import Final

MOST: Final = 264 // 3 + 1
"""How many times longer a string can get: three bytes make 264 at most."""


def decompress(data: bytes, length: int) -> bytes:
    """The string of `length` bytes that was compressed into `data`. Raises ValueError."""
    if length > MOST * len(data):
        raise ValueError(f"{len(data)} compressed bytes cannot hold {length}")
    out = bytearray()
    try:
        _decompress(data, out)
    except IndexError:
        raise ValueError("a compressed string ends too early") from None
    if len(out) != length:
        raise ValueError(f"a compressed string gives {len(out)} bytes and not {length}")
    return bytes(out)


def _decompress(data: bytes, out: bytearray) -> None:
    at = 0
    while at < len(data):
        control = data[at]
        at += 1
        if control < 32:
            out += data[at : at + control + 1]
            at += control + 1
            continue
        count = control >> 5
        if count == 7:
            count += data[at]
            at += 1
        back = (control & 31) << 8 | data[at]
        at += 1
        _repeat(out, back + 1, count + 2)
    if at != len(data):
        raise IndexError(at)


def _repeat(out: bytearray, back: int, count: int) -> None:
    start = len(out) - back
    if start < 0:
        raise ValueError("a compressed string refers to bytes before its beginning")
    piece = out[start : start + count]
    while len(piece) < count:
        piece += piece[: count - len(piece)]
    out += piece
