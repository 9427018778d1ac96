"""Answers to steps/s06_types/commands/hashes.py."""

from __future__ import annotations

from steps.s02_resp.values import INT64_MAX, INT64_MIN, CommandError, parse_int64
from steps.s03_store.store import OVERFLOW
from steps.s06_types.commands.hashes import NOT_AN_INTEGER
from steps.s06_types.keyspace import Keyspace


def increment_field(keyspace: Keyspace, key: bytes, field: bytes, amount: int) -> int:
    # Everything that can go wrong goes wrong before the first change. Putting an empty dict into the
    # keyspace at the start would be shorter, and an error would leave it there. The stored dict
    # itself is changed: a copy would be a new key for every observer.
    stored = keyspace.lookup(key, dict)
    if stored is None:
        stored = {}
    number = parse_int64(stored.get(field, b"0"))
    if number is None:
        raise CommandError(NOT_AN_INTEGER)
    total = number + amount
    if not INT64_MIN <= total <= INT64_MAX:
        raise CommandError(OVERFLOW)
    stored[field] = b"%d" % total
    keyspace.settle(key, stored)
    return total
