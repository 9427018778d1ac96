"""Leaves the value of a field that is there already.

Caught by: test_the_last_value_counts
"""

from __future__ import annotations

from collections.abc import Iterable

from steps.s06_types.keyspace import Keyspace


def set_fields(keyspace: Keyspace, key: bytes, items: Iterable[tuple[bytes, bytes]]) -> int:
    stored = keyspace.lookup(key, dict)
    if stored is None:
        stored = {}
    before = len(stored)
    for field, value in items:
        stored.setdefault(field, value)
    keyspace.settle(key, stored)
    return len(stored) - before
