"""Counts every pair, updates too.

Caught by: test_only_new_fields_count
"""

from __future__ import annotations

from collections.abc import Iterable

from steps.s06_types.keyspace import Keyspace


def set_fields(keyspace: Keyspace, key: bytes, items: Iterable[tuple[bytes, bytes]]) -> int:
    stored = keyspace.lookup(key, dict)
    if stored is None:
        stored = {}
    pairs = list(items)
    stored.update(pairs)
    keyspace.settle(key, stored)
    return len(pairs)
