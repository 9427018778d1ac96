"""Each request grows word by word, and leaves when it is full."""

from __future__ import annotations

from collections import deque
from itertools import chain

from steps.s06_types.zset import SortedSet


def requests_of(databases, now):
    database = 0
    for number, contents in databases.items():
        for key, value in contents.data.items():
            end = contents.expires.get(key)
            if end is not None and end <= now:
                continue
            if number != database:
                database = number
                yield [b"SELECT", b"%d" % number]
            yield from filled(key, value)
            if end is not None:
                yield [b"PEXPIREAT", key, b"%d" % end]


def filled(key, value):
    if isinstance(value, bytes):
        yield [b"SET", key, value]
        return
    if isinstance(value, deque):
        first, words, most = b"RPUSH", iter(value), 64
    elif isinstance(value, set):
        first, words, most = b"SADD", iter(value), 64
    elif isinstance(value, dict):
        first, words, most = b"HSET", chain.from_iterable(value.items()), 128
    else:
        assert isinstance(value, SortedSet)
        first, most = b"ZADD", 128
        words = chain.from_iterable((str(score).encode(), name) for score, name in value.order)
    request = [first, key]
    for word in words:
        request.append(word)
        if len(request) == most + 2:
            yield request
            request = [first, key]
    if len(request) > 2:
        yield request
