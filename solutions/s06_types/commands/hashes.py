"""Answers to steps/s06_types/commands/hashes.py."""

from __future__ import annotations

from collections.abc import Iterable

from steps.s06_types.keyspace import Keyspace


def set_fields(keyspace: Keyspace, key: bytes, items: Iterable[tuple[bytes, bytes]]) -> int:
    # What is new shows in the size, before and after; len(items) would count updates as well. The
    # stored dict is changed in place: a new one under the key would be right to look at, but a new
    # key for everybody who watches, and a copy of all fields for the sake of one.
    stored = keyspace.lookup(key, dict)
    if stored is None:
        stored = {}
    before = len(stored)
    stored.update(items)
    keyspace.settle(key, stored)
    return len(stored) - before
