"""A digest of data, for DEBUG DIGEST: two servers that hold the same data have the same.

It is the digest of Redis. Parts in order are mixed into what came before; the digests of parts in any
order are combined by exclusive or, so that every order leads to the same. Types that a later
module has brought are digested as the bytes of an RDB file, which another server may write differently.
"""

from __future__ import annotations

from collections import deque
from collections.abc import Mapping
from hashlib import sha1
from struct import pack
from typing import Final

from steps.s03_store.store import Value
from steps.s06_types.zset import SortedSet
from steps.s07_persistence.keyspace import Keyspace
from steps.s07_persistence.rdb.writer import encode_any

SIZE: Final = 20
NOTHING: Final = bytes(SIZE)


def of_databases(databases: Mapping[int, Keyspace]) -> bytes:
    """The digest of all keys of all databases."""
    total = NOTHING
    for index, keyspace in databases.items():
        if keyspace.data:
            total = mixed(total, pack(">I", index))
        for key, value in keyspace.data.items():
            start = mixed(NOTHING, key)
            total = combined(total, of_value(value, keyspace.expires.get(key) is not None, start))
    return total


def of_value(value: Value, expires: bool, digest: bytes = NOTHING) -> bytes:
    """The digest of a value, after a `digest` of what belongs before it."""
    match value:
        case bytes() | bytearray():
            digest = mixed(mixed(digest, pack(">I", 0)), value)
        case deque():
            digest = mixed(digest, pack(">I", 1))
            for item in value:
                digest = mixed(digest, item)
        case SortedSet():
            digest = mixed(digest, pack(">I", 3))
            for member, score in value.items():
                digest = combined(digest, pair(member, b"%.17g" % score))
        case dict():
            digest = mixed(digest, pack(">I", 4))
            for field, held in value.items():
                digest = combined(digest, pair(field, held))
        case set():
            digest = mixed(digest, pack(">I", 2))
            for item in value:
                digest = combined(digest, item)
        case _:
            digest = mixed(digest, encode_any(b"", value))
    return combined(digest, b"!!expire!!") if expires else digest


def either(one: bytes, other: bytes) -> bytes:
    """Exclusive or, byte by byte."""
    return (int.from_bytes(one) ^ int.from_bytes(other)).to_bytes(SIZE)


def combined(digest: bytes, part: bytes) -> bytes:
    """With a part that may come in any order."""
    return either(digest, sha1(part).digest())


def mixed(digest: bytes, part: bytes | bytearray) -> bytes:
    """With a part that comes after all others."""
    return sha1(either(digest, sha1(part).digest())).digest()


def pair(first: bytes, second: bytes) -> bytes:
    """The digest of two things that belong together."""
    return mixed(mixed(NOTHING, first), second)
