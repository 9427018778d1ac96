"""Counts the members of the request.

Caught by: test_only_new_members_count
"""

from __future__ import annotations

from collections.abc import Iterable

from steps.s06_types.keyspace import Keyspace


def add_members(keyspace: Keyspace, key: bytes, members: Iterable[bytes]) -> int:
    stored = keyspace.lookup(key, set)
    if stored is None:
        stored = set()
    members = set(members)
    changed = not members <= stored
    stored.update(members)
    if changed:
        keyspace.settle(key, stored)
    return len(members)
