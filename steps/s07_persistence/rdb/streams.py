"""A stream as RDB files hold it, for a step that has streams. You may skip this file.

This server has streams from step 10 on, as a challenge, and whoever writes it may keep them in
memory as they like. So files know a neutral form, `Picture`: `encode_stream` makes bytes of it and
`read_stream` makes it of bytes. Redis keeps the entries of a stream in blocks, each of which is a
listpack, and writes these as they are.

    a block     id of its first entry, as a string of 16 bytes; a listpack:
    its head    how many entries, how many deleted ones, how many fields; the fields; 0
    an entry    flags; id minus that of the block: milliseconds, sequence number;
                if the fields are those of the head: the values, else: how many fields, then field,
                value, field, value; how many items the entry has up to here

An id is one number here: the milliseconds times 2**64, plus the sequence number.

Source: rdb.c (rdbSaveObject, rdbLoadObject) and t_stream.c (streamAppendItem) of Redis 7.0.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from itertools import chain, pairwise
from struct import pack
from typing import Final

from steps.s07_persistence.rdb import format as rdb
from steps.s07_persistence.rdb.packed import listpack, pack_listpack
from steps.s07_persistence.rdb.reader import read_count, read_length, read_string, shown
from steps.s07_persistence.rdb.source import Source
from steps.s07_persistence.rdb.writer import encode_length, encode_string

Entry = tuple[int, Sequence[bytes]]
"""The id of an entry, and its fields and values in turn."""

SEQUENCE: Final = 1 << 64
DELETED: Final = 1
SAME_FIELDS: Final = 2


@dataclass
class Consumer:
    """One consumer of a group."""

    seen: int
    """When it was last active, in milliseconds since 1970."""
    pending: Sequence[int]
    """The ids of the entries that it has not acknowledged, in order."""


@dataclass
class Pending:
    """An entry that was delivered and not acknowledged."""

    delivered: int
    """When, in milliseconds since 1970."""
    count: int
    """How many times."""


@dataclass
class Group:
    """One consumer group."""

    last: int
    """The id of the entry that was delivered last."""
    read: int | None
    """How many entries it has read; None: unknown, or written before Redis 7."""
    pending: Mapping[int, Pending] = field(default_factory=dict)
    """By id, in order; each of them belongs to exactly one consumer."""
    consumers: Mapping[bytes, Consumer] = field(default_factory=dict)


@dataclass
class Picture:
    """All that a file says of a stream."""

    blocks: Iterable[Sequence[Entry]]
    """The entries, in order and in blocks as large as a server likes, none of which is empty."""
    last: int
    """The id that was generated last."""
    max_deleted: int
    added: int
    """How many entries were ever added."""
    groups: Mapping[bytes, Group] = field(default_factory=dict)


# --- writing -------------------------------------------------------------------------------------


def encode_stream(stream: Picture) -> bytes:
    """What follows the key, in the form of Redis 7.0: the type is `rdb.STREAM_2`."""
    blocks = list(stream.blocks)
    first = blocks[0][0][0] if blocks else 0
    parts = [encode_length(len(blocks))]
    for block in blocks:
        parts += [encode_string(_raw(block[0][0])), encode_string(pack_listpack(_packed(block)))]
    parts.append(encode_length(sum(map(len, blocks))))
    parts += map(_encode_id, (stream.last, first, stream.max_deleted))
    parts += [encode_length(stream.added), encode_length(len(stream.groups))]
    for name, group in stream.groups.items():
        read = SEQUENCE - 1 if group.read is None else group.read
        parts += [encode_string(name), _encode_id(group.last), encode_length(read)]
        parts.append(encode_length(len(group.pending)))
        for number, pending in group.pending.items():
            parts += [_raw(number), pack("<q", pending.delivered), encode_length(pending.count)]
        parts.append(encode_length(len(group.consumers)))
        for who, consumer in group.consumers.items():
            parts += [encode_string(who), pack("<q", consumer.seen)]
            parts += [encode_length(len(consumer.pending)), *map(_raw, consumer.pending)]
    return b"".join(parts)


def _packed(block: Sequence[Entry]) -> Iterator[bytes]:
    """The items of the listpack of a block."""
    first, words = block[0]
    names = list(words[::2])
    yield from _digits(len(block), 0, len(names))
    yield from names
    yield b"0"
    for number, words in block:
        same = names == list(words[::2])
        flags = SAME_FIELDS if same else 0
        content = words[1::2] if same else [b"%d" % (len(words) // 2), *words]
        # Either difference is a signed number of 64 bits.
        milliseconds = number // SEQUENCE - first // SEQUENCE
        yield from _digits(flags, _signed(milliseconds), _signed(number - first))
        yield from content
        yield b"%d" % (3 + len(content))


def _digits(*numbers: int) -> Iterator[bytes]:
    return (b"%d" % number for number in numbers)


def _signed(number: int) -> int:
    """The lowest 64 bits, as a signed number."""
    return (number + SEQUENCE // 2) % SEQUENCE - SEQUENCE // 2


def _raw(number: int) -> bytes:
    return number.to_bytes(16, "big")


def _encode_id(number: int) -> bytes:
    return encode_length(number // SEQUENCE) + encode_length(number % SEQUENCE)


# --- reading -------------------------------------------------------------------------------------


def read_stream(source: Source, kind: int) -> Picture:
    """The stream that comes next. Raises ValueError if it makes no sense.

    Redis 5 wrote `rdb.STREAM`, which knows neither how many entries were added nor which were
    deleted; Redis 7.2 writes `rdb.STREAM_3`.
    """
    blocks = [_read_block(source) for _ in range(read_count(source, 23))]
    ids = [number for block in blocks for number, _ in block]
    if any(one >= other for one, other in pairwise(ids)):
        raise ValueError("the entries are not in order")
    if read_length(source) != len(ids):
        raise ValueError(f"it has {len(ids)} entries and says something else")
    last = _read_id(source)
    added, max_deleted = len(ids), 0
    if kind != rdb.STREAM:
        _read_id(source)  # the first entry, which can be seen
        max_deleted = _read_id(source)
        added = read_length(source)
    if ids and last < ids[-1]:
        raise ValueError("the last entry has a greater id than was ever generated")
    stream = Picture([block for block in blocks if block], last, max_deleted, added)
    groups: dict[bytes, Group] = {}
    for _ in range(read_count(source, 5)):
        name = read_string(source)
        if name in groups:
            raise ValueError(f"the group {shown(name)} is there twice")
        groups[name] = _read_group(source, kind, stream)
    stream.groups = groups
    return stream


def _read_block(source: Source) -> list[Entry]:
    key = read_string(source)
    if len(key) != 16:
        raise ValueError(f"the id of a block has {len(key)} bytes")
    first = int.from_bytes(key, "big")
    items = iter(listpack(read_string(source)))
    try:
        return _unpacked(first, items)
    except StopIteration:
        raise ValueError("a block ends too early") from None


def _unpacked(first: int, items: Iterator[bytes]) -> list[Entry]:
    """The entries of a block that are not deleted."""
    count, deleted, fields = [_number(items) for _ in range(3)]
    names = _several(items, fields)
    if next(items) != b"0":
        raise ValueError("the head of a block does not end where it should")
    entries: list[Entry] = []
    for _ in range(count + deleted):
        flags = _number(items)
        number = (first // SEQUENCE + _number(items)) % SEQUENCE * SEQUENCE
        number += (first + _number(items)) % SEQUENCE
        if flags & SAME_FIELDS:
            values = _several(items, fields)
            words = list(chain.from_iterable(zip(names, values, strict=True)))
            size = 3 + fields
        else:
            words = _several(items, 2 * _number(items))
            size = 4 + len(words)
        if _number(items) != size:
            raise ValueError("an entry of a block is longer or shorter than it says")
        if not flags & DELETED:
            entries.append((number, words))
    if len(entries) != count or next(items, None) is not None:
        raise ValueError(f"a block says {count} entries and has something else")
    return entries


def _number(items: Iterator[bytes]) -> int:
    return int(next(items))


def _several(items: Iterator[bytes], count: int) -> list[bytes]:
    if count < 0:
        raise ValueError(f"a block has {count} fields")
    return [next(items) for _ in range(count)]


def _read_id(source: Source) -> int:
    return read_length(source) * SEQUENCE + read_length(source)


def _read_raw(source: Source) -> int:
    return int.from_bytes(source.take(16), "big")


def _read_group(source: Source, kind: int, stream: Picture) -> Group:
    last = _read_id(source)
    read = _estimated(stream, last) if kind == rdb.STREAM else read_length(source)
    pending: dict[int, Pending] = {}
    for _ in range(read_count(source, 25)):
        number = _read_raw(source)
        pending[number] = Pending(source.integer(8, signed=True), read_length(source))
    consumers: dict[bytes, Consumer] = {}
    for _ in range(read_count(source, 10)):
        name = read_string(source)
        if name in consumers:
            raise ValueError(f"the consumer {shown(name)} is there twice")
        consumers[name] = _read_consumer(source, kind)
    owned = [number for consumer in consumers.values() for number in consumer.pending]
    if sorted(owned) != list(pending):
        raise ValueError("the pending entries of a group are not those of its consumers")
    return Group(last, None if read == SEQUENCE - 1 else read, pending, consumers)


def _estimated(stream: Picture, last: int) -> int:
    """How many entries a group had read when Redis 5 wrote it, if nothing was deleted."""
    ids = [number for block in stream.blocks for number, _ in block]
    before = [last < ids[0], last == ids[0], last >= ids[-1]] if ids else [False, False, True]
    known = dict(zip(before, (0, 1, stream.added), strict=True))
    return known.get(True, SEQUENCE - 1)


def _read_consumer(source: Source, kind: int) -> Consumer:
    seen = source.integer(8, signed=True)
    if kind == rdb.STREAM_3:
        source.take(8)  # when it last got an entry, which Redis 7.0 does not keep
    return Consumer(seen, [_read_raw(source) for _ in range(read_count(source, 16))])
