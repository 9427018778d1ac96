"""Settles even if nothing was new.

Caught by: test_only_a_change_is_told
"""

from __future__ import annotations

from collections.abc import Iterable

from steps.s06_types.keyspace import Keyspace


def add_members(keyspace: Keyspace, key: bytes, members: Iterable[bytes]) -> int:
    stored = keyspace.lookup(key, set)
    if stored is None:
        stored = set()
    before = len(stored)
    stored.update(members)
    keyspace.settle(key, stored)
    return len(stored) - before
