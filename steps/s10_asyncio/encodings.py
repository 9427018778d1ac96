"""How Redis would keep a value: OBJECT ENCODING.

Redis has several representations of each type: small values are packed one behind the other
(listpack, intset), large ones get a hash table or a skip list. This server has one a type, and
answers what Redis 7.0 would have chosen for such a value under its default settings. (Redis does not
go back when a value shrinks again; from the value alone that cannot be told.)

Source: https://redis.io/docs/latest/commands/object-encoding/
"""

from __future__ import annotations

from collections import deque
from collections.abc import Callable, Iterable
from typing import Any, Final

from steps.s02_resp.values import parse_int64
from steps.s03_store.store import Value
from steps.s06_types.zset import SortedSet

MAX_EMBEDDED: Final = 44
"""Bytes of a string that Redis puts into one piece of memory with its header."""

MAX_INTSET: Final = 512
"""Numbers in an intset. Redis: set-max-intset-entries."""

MAX_HASH: Final = 512
"""Fields in a packed hash. Redis: hash-max-listpack-entries."""

MAX_SORTED_SET: Final = 128
"""Members in a packed sorted set. Redis: zset-max-listpack-entries."""

MAX_PACKED: Final = 64
"""Bytes in one item of a packed hash or sorted set. Redis: hash-max-listpack-value and so on."""


def encoding(value: Value) -> bytes:
    """The name of the representation that Redis would choose for `value`."""
    return _ENCODINGS[type(value)](value)


def packed(value: Value) -> bool:
    """Whether Redis would keep `value` in one piece, of which a scan returns all at once."""
    return encoding(value) in (b"intset", b"listpack")


def _string(value: bytes) -> bytes:
    if parse_int64(value) is not None:
        return b"int"
    return b"embstr" if len(value) <= MAX_EMBEDDED else b"raw"


def _list(value: deque[bytes]) -> bytes:
    return b"quicklist"


def _set(value: set[bytes]) -> bytes:
    numbers = len(value) <= MAX_INTSET and all(parse_int64(item) is not None for item in value)
    return b"intset" if numbers else b"hashtable"


def _hash(value: dict[bytes, bytes]) -> bytes:
    small = len(value) <= MAX_HASH and _short(value) and _short(value.values())
    return b"listpack" if small else b"hashtable"


def _sorted_set(value: SortedSet) -> bytes:
    small = len(value) <= MAX_SORTED_SET and _short(value.scores)
    return b"listpack" if small else b"skiplist"


def _short(items: Iterable[bytes]) -> bool:
    return all(len(item) <= MAX_PACKED for item in items)


_ENCODINGS: Final[dict[type, Callable[[Any], bytes]]] = {
    bytes: _string,
    deque: _list,
    set: _set,
    dict: _hash,
    SortedSet: _sorted_set,
}
