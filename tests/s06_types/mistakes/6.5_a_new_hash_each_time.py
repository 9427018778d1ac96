"""Puts a copy with the new fields in the place of the hash.

Caught by: test_a_hash_grows_in_place
"""

from __future__ import annotations

from collections.abc import Iterable

from steps.s06_types.keyspace import Keyspace


def set_fields(keyspace: Keyspace, key: bytes, items: Iterable[tuple[bytes, bytes]]) -> int:
    old = keyspace.lookup(key, dict) or {}
    new = {**old, **dict(items)}
    keyspace.settle(key, new)
    return len(new) - len(old)
