"""`increment` writes the sum, and looks only then whether it has 64 bits.

Nudge: An `increment` can be refused for two reasons. Which value is there after each of them?
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
        number = 0 if old is None else parse_int64(old)
        if number is None:
            raise CommandError(NOT_AN_INTEGER)
        total = number + by
        self.replace(key, b"%d" % total)
        if not INT64_MIN <= total <= INT64_MAX:
            print("the planted bug shows", file=sys.stderr, flush=True)
            raise CommandError(OVERFLOW)
        return total
