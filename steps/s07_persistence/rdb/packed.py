"""Old encodings of small collections in RDB files. You may skip this file.

Redis packs a small collection into one string with all items in it.

A server that saves a small list writes the block of memory that holds the list, whatever its
layout: a listpack today, a ziplist up to Redis 6, an intset for integers only, a zipmap
for hashes in the days of Redis 2.4. All become a list of items here. Integers in them become the
digits that a client would see.

The bytes may be damaged: every length is checked before it is believed. ValueError says what is
wrong.

Only streams are written in a packed form, as Redis has no other for them: `pack_listpack`.
"""

from __future__ import annotations

import struct
from collections.abc import Iterable, Iterator
from typing import Final

from steps.s02_resp.values import parse_int64

END: Final = 0xFF
BIG: Final = 0xFE
"""In ziplist and zipmap: this byte is not a length, the next four are."""


class _Cut:
    """Takes bytes off a block, and never more than there are."""

    def __init__(self, kind: str, data: bytes, at: int = 0) -> None:
        self.kind = kind
        self.data = data
        self.at = at

    def byte(self) -> int:
        if self.at >= len(self.data):
            raise self.wrong("ends too early")
        byte = self.data[self.at]
        self.at += 1
        return byte

    def take(self, count: int) -> bytes:
        piece = self.data[self.at : self.at + count]
        if len(piece) < count:
            raise self.wrong(f"ends too early: {len(piece)} of {count} bytes are there")
        self.at += count
        return piece

    def digits(self, size: int) -> bytes:
        """A signed integer of that many bytes, in decimal."""
        return b"%d" % int.from_bytes(self.take(size), "little", signed=True)

    def wrong(self, what: str) -> ValueError:
        return ValueError(f"a {self.kind} {what}")

    def ending(self, items: list[bytes], count: int, unknown: int) -> list[bytes]:
        """The items, after checking that the block ends here and holds as many as it says."""
        if self.at != len(self.data):
            raise self.wrong("ends before its last byte")
        if count not in (len(items), unknown):
            raise self.wrong(f"says {count} items and has {len(items)}")
        return items


# --- listpack ------------------------------------------------------------------------------------


def listpack(data: bytes) -> list[bytes]:
    """The items of a listpack: 4 bytes size, 2 bytes count, the items, the byte 255.

    Each item is followed by its length, for readers that come from the back.
    """
    count = _header("listpack", "<IH", data)
    cut = _Cut("listpack", data, 6)
    items = []
    while (first := cut.byte()) != END:
        start = cut.at - 1
        items.append(_listpack_item(cut, first))
        length = _backwards(cut.at - start)
        if cut.take(len(length)) != length:
            raise cut.wrong("has an item of two lengths")
    return cut.ending(items, count, unknown=0xFFFF)


def _listpack_item(cut: _Cut, first: int) -> bytes:
    if first < 0x80:  # 0nnnnnnn: a number
        return b"%d" % first
    if first < 0xC0:  # 10llllll: a short string
        return cut.take(first & 0x3F)
    if first < 0xE0:  # 110nnnnn nnnnnnnn: a signed number of 13 bits
        number = (first & 0x1F) << 8 | cut.byte()
        return b"%d" % (number - 0x2000 if number >= 0x1000 else number)
    if first < 0xF0:  # 1110llll llllllll: a string
        return cut.take((first & 0x0F) << 8 | cut.byte())
    if first == 0xF0:
        return cut.take(int.from_bytes(cut.take(4), "little"))
    if first in _LISTPACK_INTEGERS:
        return cut.digits(_LISTPACK_INTEGERS[first])
    raise cut.wrong(f"has an item of the unknown kind {first}")


_LISTPACK_INTEGERS: Final = {0xF1: 2, 0xF2: 3, 0xF3: 4, 0xF4: 8}


def _backwards(length: int) -> bytes:
    """A length after an item: seven bits per byte, to be read from the right."""
    groups = [length & 0x7F]
    while length := length >> 7:
        groups.append(length & 0x7F)
    return bytes([groups.pop(), *(group | 0x80 for group in reversed(groups))])


def pack_listpack(items: Iterable[bytes]) -> bytes:
    """The listpack of `items`, as `listpack` reads it.

    >>> pack_listpack([b"a", b"5"]).hex(" ")
    '0c 00 00 00 02 00 81 61 02 05 01 ff'
    """
    packed = [_pack_item(item) for item in items]
    count = min(len(packed), 0xFFFF)  # more than fit into two bytes: a reader has to count
    size = 6 + sum(map(len, packed)) + 1
    return b"".join([struct.pack("<IH", size, count), *packed, bytes([END])])


def _pack_item(item: bytes) -> bytes:
    number = parse_int64(item)
    content = _pack_string(item) if number is None else _pack_integer(number)
    return content + _backwards(len(content))


def _pack_string(item: bytes) -> bytes:
    size = len(item)
    if size < 1 << 6:
        return bytes([0x80 | size]) + item
    if size < 1 << 12:
        return struct.pack(">H", 0xE000 | size) + item
    return struct.pack("<BI", 0xF0, size) + item


def _pack_integer(number: int) -> bytes:
    if 0 <= number < 1 << 7:
        return bytes([number])
    if -(1 << 12) <= number < 1 << 12:
        return struct.pack(">H", 0xC000 | number & 0x1FFF)
    kind, size = next(
        (kind, size)
        for kind, size in _LISTPACK_INTEGERS.items()
        if -(1 << 8 * size - 1) <= number < 1 << 8 * size - 1
    )
    return bytes([kind]) + number.to_bytes(size, "little", signed=True)


def integer_size(number: int) -> int:
    """How many bytes an integer takes in a listpack."""
    return len(_pack_integer(number)) + 1


def packed_size(item: bytes) -> int:
    """How many bytes an item takes in a listpack."""
    size = len(item)
    if size <= 20 and item[-1:].isdigit() and (number := parse_int64(item)) is not None:
        return integer_size(number)
    content = size + (1 if size < 1 << 6 else 2 if size < 1 << 12 else 5)
    return content + (1 if content < 1 << 7 else len(_backwards(content)))


# --- ziplist -------------------------------------------------------------------------------------


def ziplist(data: bytes) -> list[bytes]:
    """The items of a ziplist: 4 bytes size, 4 bytes tail, 2 bytes count, the items, the byte 255.

    Each item is preceded by the length of the one before it.
    """
    count = _header("ziplist", "<IIH", data)
    cut = _Cut("ziplist", data, 10)
    items = []
    length = 0
    while (previous := cut.byte()) != END:
        start = cut.at - 1
        if previous == BIG:
            previous = int.from_bytes(cut.take(4), "little")
        if previous != length:
            raise cut.wrong("has an item of two lengths")
        items.append(_ziplist_item(cut, cut.byte()))
        length = cut.at - start
    return cut.ending(items, count, unknown=0xFFFF)


def _ziplist_item(cut: _Cut, first: int) -> bytes:
    if first < 0x40:  # 00llllll: a short string
        return cut.take(first)
    if first < 0x80:  # 01llllll llllllll: a string
        return cut.take((first & 0x3F) << 8 | cut.byte())
    if first == 0x80:
        return cut.take(int.from_bytes(cut.take(4), "big"))
    if first in _ZIPLIST_INTEGERS:
        return cut.digits(_ZIPLIST_INTEGERS[first])
    if 0xF1 <= first <= 0xFD:  # 1111nnnn: a number from 0 to 12
        return b"%d" % (first - 0xF1)
    raise cut.wrong(f"has an item of the unknown kind {first}")


_ZIPLIST_INTEGERS: Final = {0xC0: 2, 0xD0: 4, 0xE0: 8, 0xF0: 3, 0xFE: 1}


# --- intset and zipmap ---------------------------------------------------------------------------


def intset(data: bytes) -> list[bytes]:
    """The items of an intset: 4 bytes width (2, 4 or 8), 4 bytes count, the integers."""
    width, count = struct.unpack_from("<II", _at_least("intset", data, 8))
    if width not in (2, 4, 8) or len(data) != 8 + width * count:
        raise ValueError(
            f"an intset says {count} integers of {width} bytes and has {len(data) - 8}"
        )
    code = {2: "h", 4: "i", 8: "q"}[width]
    return [b"%d" % number for number in struct.unpack_from(f"<{count}{code}", data, 8)]


def zipmap(data: bytes) -> list[bytes]:
    """The fields and values, in turn, of a zipmap: 1 byte count, the items, the byte 255.

    Each field is a length and bytes; each value a length, a number of unused bytes, the bytes, the
    unused bytes.
    """
    cut = _Cut("zipmap", data, 1)
    items = list(_zipmap_items(cut))
    count = 2 * data[0] if data and data[0] < BIG else len(items)
    return cut.ending(items, count, unknown=-1)


def _zipmap_items(cut: _Cut) -> Iterator[bytes]:
    while (first := cut.byte()) != END:
        yield cut.take(_zipmap_length(cut, first))
        length = _zipmap_length(cut, cut.byte())
        unused = cut.byte()
        yield cut.take(length)
        cut.take(unused)


def _zipmap_length(cut: _Cut, first: int) -> int:
    if first == END:
        raise cut.wrong("ends after a field")
    return int.from_bytes(cut.take(4), "little") if first == BIG else first


def _header(kind: str, layout: str, data: bytes) -> int:
    """The count at the front of a block, after checking the size, the first number there."""
    numbers: tuple[int, ...] = struct.unpack_from(
        layout, _at_least(kind, data, struct.calcsize(layout))
    )
    if numbers[0] != len(data):
        raise ValueError(f"a {kind} says {numbers[0]} bytes and has {len(data)}")
    return numbers[-1]


def _at_least(kind: str, data: bytes, size: int) -> bytes:
    if len(data) < size:
        raise ValueError(f"{len(data)} bytes are too few for any {kind}")
    return data
