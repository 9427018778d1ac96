"""Puts the sum as a new value; what hangs on the key is lost.

Caught by: test_counting_goes_through_the_door
"""

from __future__ import annotations

from steps.s02_resp.values import INT64_MAX, INT64_MIN, CommandError, parse_int64
from steps.s03_store import store
from steps.s03_store.store import NOT_AN_INTEGER, OVERFLOW


class Store(store.Store):
    def increment(self, key: bytes, by: int) -> int:
        old = self.get(key)
        number = 0 if old is None else parse_int64(old)
        if number is None:
            raise CommandError(NOT_AN_INTEGER)
        total = number + by
        if not INT64_MIN <= total <= INT64_MAX:
            raise CommandError(OVERFLOW)
        self.put(key, b"%d" % total)
        return total
