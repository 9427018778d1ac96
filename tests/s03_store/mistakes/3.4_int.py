"""Reads the value with int(), which takes b' 7' and b'1_0'.

Caught by: test_a_value_that_is_no_number
"""

from __future__ import annotations

from steps.s02_resp.values import INT64_MAX, INT64_MIN, CommandError
from steps.s03_store import store
from steps.s03_store.store import NOT_AN_INTEGER, OVERFLOW


class Store(store.Store):
    def increment(self, key: bytes, by: int) -> int:
        old = self.get(key)
        try:
            number = 0 if old is None else int(old)
        except ValueError:
            raise CommandError(NOT_AN_INTEGER) from None
        total = number + by
        if not INT64_MIN <= total <= INT64_MAX:
            raise CommandError(OVERFLOW)
        self.replace(key, b"%d" % total)
        return total
