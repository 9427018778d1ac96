"""Goes on at the other end, as a machine word does.

Caught by: test_the_sum_has_64_bits
"""

from __future__ import annotations

from steps.s02_resp.values import CommandError, parse_int64
from steps.s03_store import store
from steps.s03_store.store import NOT_AN_INTEGER


class Store(store.Store):
    def increment(self, key: bytes, by: int) -> int:
        old = self.get(key)
        number = 0 if old is None else parse_int64(old)
        if number is None:
            raise CommandError(NOT_AN_INTEGER)
        total = number + by
        total = (total + 2**63) % 2**64 - 2**63
        self.replace(key, b"%d" % total)
        return total
