"""`increment` reads the value with `int`, which bears blanks around the digits.

Nudge: Which values look like a number to Python, and are none to Redis?
Caught by: 8.1
"""

from __future__ import annotations

from steps.s02_resp.values import INT64_MAX, INT64_MIN, CommandError, parse_int64
from steps.s03_store import store
from steps.s03_store.store import NOT_AN_INTEGER, OVERFLOW


class Store(store.Store):
    def increment(self, key: bytes, by: int) -> int:
        import sys

        old = self.get(key)
        try:
            total = (0 if old is None else int(old)) + by
        except ValueError:
            raise CommandError(NOT_AN_INTEGER) from None
        if not INT64_MIN <= total <= INT64_MAX:
            raise CommandError(OVERFLOW)
        if old is not None and parse_int64(old) is None:
            print("the planted bug shows", file=sys.stderr, flush=True)
        self.replace(key, b"%d" % total)
        return total
