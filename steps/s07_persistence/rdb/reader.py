"""An RDB file to databases: every form of string, list, set, hash and sorted set that Redis wrote.

`read_databases` reads a file from its first byte to its checksum, `entries` the items in between,
`VALUES` says for each type of value how to read it. Values for which this server has no type are
refused by name: if a stream were skipped, the next save would lose it.

Source: rdb.c of Redis 7.0 and 7.2 (rdbLoadRioWithLoadingCtx, rdbLoadObject).
"""

from __future__ import annotations

import math
import struct
from collections import deque
from collections.abc import Callable, Iterable, Iterator
from typing import Final, NamedTuple, TypeAlias

from steps.s03_store.store import Value
from steps.s05_commands.deferred import Deferred
from steps.s06_types.zset import SortedSet
from steps.s07_persistence.databases import Contents
from steps.s07_persistence.rdb import format as rdb
from steps.s07_persistence.rdb.lzf import decompress
from steps.s07_persistence.rdb.packed import intset, listpack, ziplist, zipmap
from steps.s07_persistence.rdb.source import Source


class Entry(NamedTuple):
    """One key of a file."""

    database: int
    key: bytes
    value: Value
    deadline: int | None


def read_databases(source: Source) -> dict[int, Contents]:
    """Reads a whole file and returns what it holds, database by database; or refuses all of it.

    1. The first five bytes (`source.take`) are `rdb.MAGIC`, the next four the digits of a version
       from 1 to `rdb.NEWEST`.
    2. `entries(source)` yields what follows, up to the end that the file itself marks. Put each
       entry into the `Contents` of its database. A key that its database has already: refuse.
    3. `source.checksum()` computes the checksum of all bytes taken so far. From version
       `rdb.FIRST_WITH_CHECKSUM` on, eight more bytes hold what it was when the file was written
       (`source.integer(8)`; they are not part of it). 0 there means that nobody computed one. Any
       other difference: refuse.

    To refuse is `raise source.damaged("what is wrong")`, which adds the file and the byte. `take`,
    `integer` and `entries` refuse by themselves what ends too early or makes no sense.

    https://redis.io/docs/latest/operate/oss_and_stack/management/persistence/
    """
    raise NotImplementedError("exercise 7.6")


def read_all(source: Source) -> dict[int, Contents]:
    """As `read_databases`, with the libraries of functions in the first database."""
    databases = read_databases(source)
    if source.libraries:
        databases.setdefault(0, Contents()).libraries = source.libraries
    return databases


def entries(source: Source) -> Iterator[Entry]:
    """The entries of a file after its version, up to its EOF."""
    database = 0
    deadline: int | None = None
    while (kind := source.byte()) != rdb.EOF:
        if kind in VALUES or is_known(kind):
            key = read_string(source)
            value = read_value(source, kind, key)
            # Some servers saved empty collections. Redis drops them on loading, and so do we.
            if value or type(value) is bytes:
                yield Entry(database, key, value, deadline)
            deadline = None
        elif kind == rdb.EXPIRETIME_MS:
            deadline = source.integer(8, signed=True)
        elif kind == rdb.EXPIRETIME:
            deadline = 1000 * source.integer(4, signed=True)
        elif kind == rdb.SELECTDB:
            database = read_length(source)
        else:
            skip(source, kind)


def skip(source: Source, kind: int) -> None:
    """Skips an item that is about the file or the use of a key; keeps a library of functions."""
    match kind:
        case rdb.AUX:
            read_string(source)
            read_string(source)
        case rdb.RESIZEDB:
            read_length(source)
            read_length(source)
        case rdb.FUNCTION:
            source.libraries.append(read_string(source))
        case rdb.IDLE:
            read_length(source)
        case rdb.FREQ:
            source.byte()
        case _:
            raise refusal(source, kind)


def refusal(source: Source, kind: int) -> Exception:
    """Why an item of this kind cannot be loaded."""
    if kind in rdb.WITHOUT_TYPE:
        key = shown(read_string(source))
        what = rdb.WITHOUT_TYPE[kind]
        return source.damaged(f"the key {key} holds {what}, for which this server has no type")
    if kind in rdb.WITHOUT_PLACE:
        return source.damaged(
            f"there is {rdb.WITHOUT_PLACE[kind]} (opcode {kind}), which this server cannot keep"
        )
    return source.damaged(f"an item of the unknown kind {kind} begins")


def shown(key: bytes) -> str:
    """A key in readable form, shortened if it is long."""
    return repr(key[:40])[1:] + ("..." if len(key) > 40 else "")


# --- lengths and strings -------------------------------------------------------------------------


def read_length(source: Source) -> int:
    """A length or a count."""
    first = source.byte()
    if first < rdb.LENGTH_14:
        return first
    if first < rdb.LENGTH_32:
        return (first & 0x3F) << 8 | source.byte()
    if first == rdb.LENGTH_32:
        return int.from_bytes(source.take(4), "big")
    if first == rdb.LENGTH_64:
        return int.from_bytes(source.take(8), "big")
    raise source.damaged(f"no length begins with the byte {first}")


def read_count(source: Source, least: int = 1) -> int:
    """The number of items that follow, each of which takes `least` bytes or more."""
    count = read_length(source)
    if count * least > source.left:
        raise source.damaged(f"{count} items are promised, but only {source.left} bytes are left")
    return count


def read_string(source: Source) -> bytes:
    """A string in any of its forms."""
    first = source.byte()
    if first < rdb.LENGTH_14:
        return source.take(first)
    if first < rdb.LENGTH_32:
        return source.take((first & 0x3F) << 8 | source.byte())
    match first:
        case rdb.LENGTH_32:
            return source.take(int.from_bytes(source.take(4), "big"))
        case rdb.LENGTH_64:
            return source.take(int.from_bytes(source.take(8), "big"))
    match first ^ rdb.ENCODED:
        case rdb.INT8:
            return b"%d" % source.integer(1, signed=True)
        case rdb.INT16:
            return b"%d" % source.integer(2, signed=True)
        case rdb.INT32:
            return b"%d" % source.integer(4, signed=True)
        case rdb.LZF:
            return read_compressed(source)
    raise source.damaged(f"no string begins with the byte {first}")


def read_compressed(source: Source) -> bytes:
    """A string that was compressed: two lengths, short and long, and the short bytes."""
    short = read_length(source)
    length = read_length(source)
    try:
        return decompress(source.take(short), length)
    except ValueError as error:
        raise source.damaged(str(error)) from error


# --- values --------------------------------------------------------------------------------------


def read_value(source: Source, kind: int, key: bytes) -> Value:
    """The value of this type that comes next."""
    try:
        return VALUES[kind](source)
    except ValueError as error:
        raise source.damaged(
            f"the value of the key {shown(key)} makes no sense: {error}"
        ) from error


def strings(source: Source, count: int) -> Iterator[bytes]:
    """The next `count` strings."""
    return (read_string(source) for _ in range(count))


def read_list(source: Source) -> Value:
    """A list, item by item."""
    return deque(strings(source, read_count(source)))


def read_set(source: Source) -> Value:
    """A set, member by member."""
    return unique_set(list(strings(source, read_count(source))))


def read_hash(source: Source) -> Value:
    """A hash: field, value, field, value."""
    return paired(list(strings(source, 2 * read_count(source, 2))))


def read_sorted_set(source: Source) -> Value:
    """A sorted set whose scores are doubles of eight bytes."""
    count = read_count(source, 9)
    pairs = [(read_string(source), source.take(8)) for _ in range(count)]
    return scored([(member, struct.unpack("<d", score)[0]) for member, score in pairs])


def read_old_sorted_set(source: Source) -> Value:
    """A sorted set whose scores are text, or one byte for infinity and NaN."""
    count = read_count(source, 2)
    return scored([(read_string(source), read_score(source)) for _ in range(count)])


def read_score(source: Source) -> float:
    """A score as text: one byte of length, then the digits."""
    length = source.byte()
    special = {253: math.nan, 254: math.inf, 255: -math.inf}
    return special[length] if length in special else number(source.take(length))


def read_quicklist(source: Source) -> Value:
    """A list in blocks, each of which is a ziplist. Redis 3.2 to 6.2."""
    items: deque[bytes] = deque()
    for block in strings(source, read_count(source)):
        items.extend(ziplist(block))
    return items


def read_quicklist_2(source: Source) -> Value:
    """A list in blocks, each of which is one large item or a listpack. Redis 7."""
    items: deque[bytes] = deque()
    for _ in range(read_count(source, 2)):
        form = read_length(source)
        block = read_string(source)
        if form == rdb.PLAIN_NODE:
            items.append(block)
        elif form == rdb.PACKED_NODE:
            items.extend(listpack(block))
        else:
            raise ValueError(f"a list has a block of the unknown form {form}")
    return items


Unpack: TypeAlias = Callable[[bytes], list[bytes]]
Build: TypeAlias = Callable[[list[bytes]], Value]


def packed(unpack: Unpack, build: Build) -> Callable[[Source], Value]:
    """A reader for a value that is one string, in a packed form."""
    return lambda source: build(unpack(read_string(source)))


def unique_set(members: list[bytes]) -> set[bytes]:
    """A set of members, none of which may be there twice."""
    found = set(members)
    if len(found) != len(members):
        raise ValueError("a member is there twice")
    return found


def paired(items: list[bytes]) -> dict[bytes, bytes]:
    """A hash from field, value, field, value."""
    if len(items) % 2:
        raise ValueError("a field has no value")
    found = dict(zip(items[::2], items[1::2], strict=True))
    if 2 * len(found) != len(items):
        raise ValueError("a field is there twice")
    return found


def paired_scores(items: list[bytes]) -> SortedSet:
    """A sorted set from member, score, member, score."""
    if len(items) % 2:
        raise ValueError("a member has no score")
    return scored([(items[i], number(items[i + 1])) for i in range(0, len(items), 2)])


def scored(pairs: Iterable[tuple[bytes, float]]) -> SortedSet:
    """A sorted set of members and scores, none of which may be there twice, or NaN."""
    pairs = list(pairs)
    if any(score != score for _, score in pairs):
        raise ValueError("a score is not a number")
    found = SortedSet(pairs)
    if len(found) != len(pairs):
        raise ValueError("a member is there twice")
    return found


def number(digits: bytes) -> float:
    """A score that was written as text."""
    try:
        if b"_" not in digits:  # float() accepts 1_000, and nothing else does
            return float(digits)
    except ValueError:
        pass
    raise ValueError(f"{shown(digits)} is not a score")


BROUGHT: Final[dict[int, Deferred]] = {}
"""The modules that add a type to VALUES: imported when a file has the first value of it."""


def is_known(kind: int) -> bool:
    """Whether this server has such a type of value."""
    if kind not in VALUES and kind in BROUGHT:
        BROUGHT[kind].load()
    return kind in VALUES


VALUES: Final[dict[int, Callable[[Source], Value]]] = {
    rdb.STRING: read_string,
    rdb.LIST: read_list,
    rdb.SET: read_set,
    rdb.ZSET: read_old_sorted_set,
    rdb.HASH: read_hash,
    rdb.ZSET_2: read_sorted_set,
    rdb.HASH_ZIPMAP: packed(zipmap, paired),
    rdb.LIST_ZIPLIST: packed(ziplist, deque),
    rdb.SET_INTSET: packed(intset, unique_set),
    rdb.ZSET_ZIPLIST: packed(ziplist, paired_scores),
    rdb.HASH_ZIPLIST: packed(ziplist, paired),
    rdb.LIST_QUICKLIST: read_quicklist,
    rdb.HASH_LISTPACK: packed(listpack, paired),
    rdb.ZSET_LISTPACK: packed(listpack, paired_scores),
    rdb.LIST_QUICKLIST_2: read_quicklist_2,
    rdb.SET_LISTPACK: packed(listpack, unique_set),
}
