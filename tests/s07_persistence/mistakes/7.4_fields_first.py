"""A hash has all its fields first, and then all its values.

Caught by: test_a_hash
"""

from __future__ import annotations

from collections import deque
from itertools import chain
from struct import pack

from steps.s03_store.store import Value
from steps.s06_types.zset import SortedSet
from steps.s07_persistence.rdb import format as rdb
from steps.s07_persistence.rdb.writer import encode_length, encode_string


def encode_entry(key: bytes, value: Value, deadline: int | None = None) -> bytes:
    match value:
        case bytes():
            kind, parts = rdb.STRING, [encode_string(value)]
        case deque():
            kind, parts = rdb.LIST, [encode_length(len(value)), *map(encode_string, value)]
        case set():
            kind, parts = rdb.SET, [encode_length(len(value)), *map(encode_string, value)]
        case dict():
            items = chain(value.keys(), value.values())
            kind, parts = rdb.HASH, [encode_length(len(value)), *map(encode_string, items)]
        case SortedSet():
            pairs = [encode_string(member) + pack("<d", score) for score, member in value.order]
            kind, parts = rdb.ZSET_2, [encode_length(len(value)), *pairs]
        case _:
            raise TypeError(f"an RDB file has no type for {type(value).__name__}")
    expiry = b"" if deadline is None else pack("<Bq", rdb.EXPIRETIME_MS, deadline)
    return b"".join([expiry, pack("B", kind), encode_string(key), *parts])
