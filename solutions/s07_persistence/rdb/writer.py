"""Answers to steps/s07_persistence/rdb/writer.py."""

from __future__ import annotations

from collections import deque
from itertools import chain
from struct import pack

from steps.s03_store.store import Value
from steps.s06_types.zset import SortedSet
from steps.s07_persistence.rdb import format as rdb
from steps.s07_persistence.rdb.writer import encode_length, encode_string


def encode_entry(key: bytes, value: Value, deadline: int | None = None) -> bytes:
    # The type comes before the key and the value after it, so both are worked out first and put
    # together at the end, in one join: adding to bytes piece by piece copies a long list over and
    # over. A count is the number of items and goes through encode_length too: one plain byte would
    # work in every small test, and mean something else from 64 items on.
    match value:
        case bytes():
            kind, parts = rdb.STRING, [encode_string(value)]
        case deque():
            kind, parts = rdb.LIST, [encode_length(len(value)), *map(encode_string, value)]
        case set():
            kind, parts = rdb.SET, [encode_length(len(value)), *map(encode_string, value)]
        case dict():
            items = chain.from_iterable(value.items())
            kind, parts = rdb.HASH, [encode_length(len(value)), *map(encode_string, items)]
        case SortedSet():
            # Eight bytes keep a score exactly. As text, 0.1 + 0.2 would need 17 digits to survive.
            pairs = [encode_string(member) + pack("<d", score) for score, member in value.order]
            kind, parts = rdb.ZSET_2, [encode_length(len(value)), *pairs]
        case _:
            raise TypeError(f"an RDB file has no type for {type(value).__name__}")
    expiry = b"" if deadline is None else pack("<Bq", rdb.EXPIRETIME_MS, deadline)
    return b"".join([expiry, pack("B", kind), encode_string(key), *parts])
