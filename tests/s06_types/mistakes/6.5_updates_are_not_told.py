"""Settles only if a field is new.

Caught by: test_a_hash_grows_in_place
"""

from __future__ import annotations

from collections.abc import Iterable

from steps.s06_types.keyspace import Keyspace


def set_fields(keyspace: Keyspace, key: bytes, items: Iterable[tuple[bytes, bytes]]) -> int:
    stored = keyspace.lookup(key, dict)
    if stored is None:
        stored = {}
    before = len(stored)
    stored.update(items)
    if len(stored) > before:
        keyspace.settle(key, stored)
    return len(stored) - before
