"""A string takes its deadline along, in one request; a list is filled from its other end."""

from __future__ import annotations

from collections import deque

from steps.s06_types.zset import SortedSet

MOST = 64


class Exporter:
    def __init__(self, now):
        self.now = now
        self.database = 0

    def contents(self, number, contents):
        for key, value in contents.data.items():
            deadline = contents.expires.get(key)
            if deadline is None or deadline > self.now:
                if number != self.database:
                    self.database = number
                    yield [b"SELECT", b"%d" % number]
                yield from self.entry(key, value, deadline)

    def entry(self, key, value, deadline):
        if isinstance(value, bytes | bytearray):
            more = [] if deadline is None else [b"PXAT", b"%d" % deadline]
            yield [b"SET", key, value, *more]
            return
        if isinstance(value, deque):
            yield from self.parts(b"LPUSH", key, [(item,) for item in reversed(value)])
        elif isinstance(value, set):
            yield from self.parts(b"SADD", key, [(item,) for item in value])
        elif isinstance(value, SortedSet):
            yield from self.parts(b"ZADD", key, [(b"%a" % s, m) for s, m in value.order])
        else:
            yield from self.parts(b"HMSET", key, list(value.items()))
        if deadline is not None:
            yield [b"PEXPIREAT", key, b"%d" % deadline]

    def parts(self, name, key, items):
        while items:
            some, items = items[:MOST], items[MOST:]
            yield [name, key] + [word for item in some for word in item]


def requests_of(databases, now):
    exporter = Exporter(now)
    for number, contents in sorted(databases.items()):
        yield from exporter.contents(number, contents)
