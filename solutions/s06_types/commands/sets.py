"""Answers to steps/s06_types/commands/sets.py."""

from __future__ import annotations

from collections.abc import Iterable, Sequence

from steps.s06_types.commands.sets import INTER, UNION
from steps.s06_types.keyspace import Keyspace


def add_members(keyspace: Keyspace, key: bytes, members: Iterable[bytes]) -> int:
    # The change in the set's size is the number of new members. Counting the members that are not
    # in it yet, and adding them afterwards, counts one that is named twice two times.
    stored = keyspace.lookup(key, set)
    if stored is None:
        stored = set()
    before = len(stored)
    stored.update(members)
    added = len(stored) - before
    if added:
        keyspace.settle(key, stored)
    return added


def algebra(operation: str, sets: Sequence[set[bytes]]) -> set[bytes]:
    # `union` and the others make a new set, where `|=` would write into the first stored one. For
    # a single set, `first.union()` is a copy; returning `first` would put the same set under two
    # keys.
    first, *others = sets
    if operation == UNION:
        return first.union(*others)
    if operation == INTER:
        return first.intersection(*others)
    return first.difference(*others)
