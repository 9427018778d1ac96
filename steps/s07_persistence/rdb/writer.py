"""Databases to the bytes of an RDB file, as redis-server 7.0 reads them.

Values are written in their plain forms (type 1 for a list, and so on), which every server reads;
the packed forms that Redis writes are its own memory layouts. Only the current entry and a chunk
of output are held in memory, so a snapshot of ten gigabytes needs no more than a small one.
"""

from __future__ import annotations

from collections import deque
from collections.abc import Callable, Iterable, Iterator
from itertools import chain
from struct import pack
from typing import Any, Final

from steps.s02_resp.values import parse_int64
from steps.s03_store.store import Value
from steps.s06_types.zset import SortedSet
from steps.s07_persistence.databases import Databases
from steps.s07_persistence.rdb import format as rdb
from steps.s07_persistence.rdb.crc64 import crc64

PIECE: Final = 64 * 1024
"""Bytes per write. Small, as other threads get their turn during a write."""

SHORT: Final = [bytes([length]) for length in range(1 << 6)]
"""Lengths that take one byte: nearly all there are."""

REDIS_VERSION: Final = b"7.0.0"
"""What the file says about its writer: the first Redis with this version of the format."""


def encode_length(length: int) -> bytes:
    """A length, or a count, in as few bytes as it takes: the two highest bits say how many.

    >>> encode_length(5), encode_length(300)
    (b'\\x05', b'A,')
    """
    if length < 1 << 6:
        return SHORT[length]
    if length < 1 << 14:
        return pack(">H", rdb.LENGTH_14 << 8 | length)
    if length < 1 << 32:
        return pack(">BI", rdb.LENGTH_32, length)
    return pack(">BQ", rdb.LENGTH_64, length)


def encode_string(data: bytes) -> bytes:
    """A string: its length and its bytes. A number of up to 32 bits is stored as a number.

    >>> encode_string(b"abc"), encode_string(b"-5"), encode_string(b"007")
    (b'\\x03abc', b'\\xc0\\xfb', b'\\x03007')
    """
    size = len(data)
    if size <= 11 and data[:1] <= b"9" and (number := parse_int64(data)) is not None:
        if -(1 << 7) <= number < 1 << 7:
            return pack("<Bb", rdb.ENCODED | rdb.INT8, number)
        if -(1 << 15) <= number < 1 << 15:
            return pack("<Bh", rdb.ENCODED | rdb.INT16, number)
        if -(1 << 31) <= number < 1 << 31:
            return pack("<Bi", rdb.ENCODED | rdb.INT32, number)
    return (SHORT[size] if size < 1 << 6 else encode_length(size)) + data


def encode_entry(key: bytes, value: Value, deadline: int | None = None) -> bytes:
    """One key as it is in an RDB file: its deadline if it has one, type, key, value.

    - A deadline: the byte `rdb.EXPIRETIME_MS`, then the milliseconds as a signed integer of eight
      bytes, the lowest first (`pack("<q", deadline)`).
    - One byte: the type of the value. Then the key, as `encode_string` gives it. Then the value:

      | value | type | what follows the key |
      |---|---|---|
      | `bytes` | `rdb.STRING` | the string |
      | `deque` | `rdb.LIST` | how many items; the items, as strings |
      | `set` | `rdb.SET` | how many members; the members, as strings |
      | `dict` | `rdb.HASH` | how many fields; then field, value, field, value, as strings |
      | `SortedSet` | `rdb.ZSET_2` | how many members; then member, score, member, score |

      A member is a string. A score is a double of eight bytes, the lowest first: `pack("<d", score)`.

    Every string goes through `encode_string`, every count through `encode_length`. `value` is the
    stored one, or of a class that derives from these, and stays as it is.

    >>> encode_entry(b"k", b"v")
    b'\\x00\\x01k\\x01v'
    >>> encode_entry(b"l", deque([b"a", b"bc"]))
    b'\\x01\\x01l\\x02\\x01a\\x02bc'
    """
    raise NotImplementedError("exercise 7.4")


def encode_library(code: bytes) -> bytes:
    """A library of functions."""
    return pack("B", rdb.FUNCTION) + encode_string(code)


WRITERS: Final[dict[type, Callable[[Any], tuple[int, bytes]]]] = {}
"""What later steps add to the types of `encode_entry`: the type byte, and what follows the key."""


def encode_any(key: bytes, value: Value, deadline: int | None = None) -> bytes:
    """As `encode_entry`, for any type of value there is."""
    if type(value) is bytearray:  # so step 10 keeps a string that it writes to in place
        value = bytes(value)
    if type(value) not in WRITERS:
        return encode_entry(key, value, deadline)
    kind, data = WRITERS[type(value)](value)
    expiry = b"" if deadline is None else pack("<Bq", rdb.EXPIRETIME_MS, deadline)
    return b"".join([expiry, pack("B", kind), encode_string(key), data])


def rdb_chunks(databases: Databases, now: int, *, aof_base: bool = False) -> Iterator[bytes]:
    """The whole file in chunks: header, entries, end, checksum. `now` is in milliseconds.

    `aof_base` notes in the file that it is the base of an append-only file.
    """
    crc = 0
    for chunk in gathered(_pieces(databases, now, aof_base)):
        crc = crc64(chunk, crc)
        yield chunk
    yield pack("<Q", crc)


def gathered(pieces: Iterable[bytes]) -> Iterator[bytes]:
    """The same bytes in chunks of PIECE bytes and a little more."""
    chunk = bytearray()
    for piece in pieces:
        chunk += piece
        if len(chunk) >= PIECE:
            yield bytes(chunk)
            chunk.clear()
    yield bytes(chunk)


def _pieces(databases: Databases, now: int, aof_base: bool) -> Iterator[bytes]:
    yield b"%b%04d" % (rdb.MAGIC, rdb.VERSION)
    yield _aux(b"redis-ver", REDIS_VERSION)
    yield _aux(b"redis-bits", b"64")
    yield _aux(b"ctime", b"%d" % (now // 1000))
    yield _aux(b"aof-base", b"%d" % aof_base)
    for holder in databases.values():
        yield from map(encode_library, holder.libraries)
    for number, holder in sorted(databases.items()):
        data, expires = holder.data, holder.expires
        if not data:
            continue
        yield pack("B", rdb.SELECTDB) + encode_length(number)
        yield pack("B", rdb.RESIZEDB) + encode_length(len(data)) + encode_length(len(expires))
        for key, value in data.items():
            yield encode_any(key, value, expires.get(key))
    yield pack("B", rdb.EOF)


def _aux(name: bytes, text: bytes) -> bytes:
    return pack("B", rdb.AUX) + encode_string(name) + encode_string(text)
