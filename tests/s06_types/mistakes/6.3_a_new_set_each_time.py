"""Puts a new set in the place of the old one.

Caught by: test_a_set_grows_in_place
"""

from __future__ import annotations

from collections.abc import Iterable

from steps.s06_types.keyspace import Keyspace


def add_members(keyspace: Keyspace, key: bytes, members: Iterable[bytes]) -> int:
    stored = keyspace.lookup(key, set) or set()
    grown = stored.union(members)
    if len(grown) > len(stored):
        keyspace.settle(key, grown)
    return len(grown) - len(stored)
