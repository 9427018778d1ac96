"""One match over the types, and slices of a flat list of words."""

from __future__ import annotations

from collections import deque
from collections.abc import Iterator

from steps.s02_resp.values import Request
from steps.s06_types.zset import SortedSet


def requests_of(databases, now) -> Iterator[Request]:
    here = 0
    for index in databases:
        data, expires = databases[index].data, databases[index].expires
        for key in data:
            if expires.get(key, now + 1) <= now:
                continue
            if here != index:
                here = index
                yield [b"SELECT", str(index).encode()]
            match data[key]:
                case deque() as items:
                    command, words, size = b"RPUSH", list(items), 64
                case set() as members:
                    command, words, size = b"SADD", list(members), 64
                case dict() as fields:
                    command, words, size = (
                        b"HSET",
                        [x for pair in fields.items() for x in pair],
                        128,
                    )
                case SortedSet() as board:
                    pairs = ((float.__repr__(s).encode(), m) for m, s in board.scores.items())
                    command, words, size = b"ZADD", [x for pair in pairs for x in pair], 128
                case string:
                    command, words, size = b"SET", [string], 1
            for at in range(0, len(words), size):
                yield [command, key, *words[at : at + size]]
            if key in expires:
                yield [b"PEXPIREAT", key, b"%d" % expires[key]]
