"""Answers to steps/s06_types/commands/hashes.py."""

from __future__ import annotations

from collections.abc import Iterable

from steps.s06_types.keyspace import Keyspace


def set_fields(keyspace: Keyspace, key: bytes, items: Iterable[tuple[bytes, bytes]]) -> int:
    # The change in size is the number of new fields; len(items) would count updates as well. The
    # stored dict is changed in place: a new one would look the same, but be a new key for every
    # observer, and a copy of all fields for the sake of one.
    stored = keyspace.lookup(key, dict)
    if stored is None:
        stored = {}
    before = len(stored)
    stored.update(items)
    keyspace.settle(key, stored)
    return len(stored) - before
