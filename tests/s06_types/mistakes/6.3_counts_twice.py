"""Looks which members are missing before it adds them: one named twice counts twice.

Caught by: test_only_new_members_count
"""

from __future__ import annotations

from collections.abc import Iterable

from steps.s06_types.keyspace import Keyspace


def add_members(keyspace: Keyspace, key: bytes, members: Iterable[bytes]) -> int:
    stored = keyspace.lookup(key, set)
    if stored is None:
        stored = set()
    new = [member for member in members if member not in stored]
    stored.update(new)
    if new:
        keyspace.settle(key, stored)
    return len(new)
