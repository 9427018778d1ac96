"""Answers to steps/s03_store/store.py."""

from __future__ import annotations

from collections.abc import Iterable

from steps.s02_resp.values import INT64_MAX, INT64_MIN, NOT_AN_INTEGER, CommandError, parse_int64
from steps.s03_store import store
from steps.s03_store.store import OVERFLOW


class Store(store.Store):
    def set(self, key: bytes, value: bytes) -> bytes | None:
        # Read before write: afterwards the old value is gone. `self.data[key] = value` would work
        # today and bypass whatever a later step adds to `put`: a time to live, a waiting client.
        old = self.get(key)
        self.put(key, value)
        return old

    def delete(self, keys: Iterable[bytes]) -> int:
        # Calling `exists(keys)` first and deleting afterwards counts a key named twice two times.
        return sum(self.discard(key) for key in keys)

    def set_if(
        self, key: bytes, value: bytes, *, nx: bool = False, xx: bool = False
    ) -> tuple[bool, bytes | None]:
        # `is None`, not a test for truth: an empty string is a value.
        old = self.get(key)
        if (nx and old is not None) or (xx and old is None):
            return False, old
        self.put(key, value)
        return True, old

    def increment(self, key: bytes, by: int) -> int:
        # All checks come before the only write, so an error leaves nothing half done. `int(old)`
        # would accept b" 7" and b"1_000" and count on from a value that Redis refuses. `put` would
        # drop the time to live that step 7 gives a key.
        old = self.get(key)
        number = 0 if old is None else parse_int64(old)
        if number is None:
            raise CommandError(NOT_AN_INTEGER)
        total = number + by
        if not INT64_MIN <= total <= INT64_MAX:
            raise CommandError(OVERFLOW)
        self.replace(key, b"%d" % total)
        return total
