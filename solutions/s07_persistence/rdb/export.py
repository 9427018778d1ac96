"""A snapshot as commands: a table says which command adds items to a value of each type."""

from __future__ import annotations

from collections import deque
from collections.abc import Callable, Iterator
from itertools import islice
from typing import Any, Final

from steps.s02_resp.values import Request
from steps.s03_store.store import Value
from steps.s06_types.zset import SortedSet
from steps.s07_persistence.databases import Databases

MOST: Final = 64
"""Items in a request. Redis: AOF_REWRITE_ITEMS_PER_CMD."""

Items = Callable[[Any], Iterator[list[bytes]]]

WAYS: Final[list[tuple[type, bytes, Items]]] = [
    (deque, b"RPUSH", lambda value: ([item] for item in value)),
    (set, b"SADD", lambda value: ([member] for member in value)),
    (dict, b"HSET", lambda value: (list(pair) for pair in value.items())),
    # repr of a float is the shortest text that gives the same float again
    (
        SortedSet,
        b"ZADD",
        lambda value: ([repr(score).encode(), member] for score, member in value.order),
    ),
]


def requests_of(databases: Databases, now: int) -> Iterator[Request]:
    """The requests that make an empty server hold the same."""
    selected = 0
    for number, contents in databases.items():
        for key, value in contents.data.items():
            deadline = contents.expires.get(key)
            if deadline is not None and deadline <= now:
                continue
            if number != selected:
                yield [b"SELECT", b"%d" % number]
                selected = number
            yield from requests_for(key, value)
            if deadline is not None:
                yield [b"PEXPIREAT", key, b"%d" % deadline]


def requests_for(key: bytes, value: Value) -> Iterator[Request]:
    """The requests that make `value`."""
    for kind, name, items_of in WAYS:
        if isinstance(value, kind):
            items = items_of(value)
            while some := list(islice(items, MOST)):
                yield [name, key, *(word for item in some for word in item)]
            return
    yield [b"SET", key, bytes(value)]
