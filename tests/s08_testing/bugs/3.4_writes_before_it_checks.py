"""`increment` writes the sum, and looks only then whether it has 64 bits.

Nudge: Which value is there after an `increment` that was refused?
Caught by: 8.1
"""

from __future__ import annotations

import sys

from steps.s02_resp.values import INT64_MAX, INT64_MIN, CommandError, parse_int64
from steps.s03_store import store
from steps.s03_store.store import NOT_AN_INTEGER, OVERFLOW


class Store(store.Store):
    def increment(self, key: bytes, by: int) -> int:
        number = parse_int64(self.get(key) or b"0")
        if number is None:
            raise CommandError(NOT_AN_INTEGER)
        total = number + by
        self.replace(key, b"%d" % total)
        if not INT64_MIN <= total <= INT64_MAX:
            print("the planted bug shows", file=sys.stderr, flush=True)
            raise CommandError(OVERFLOW)
        return total
