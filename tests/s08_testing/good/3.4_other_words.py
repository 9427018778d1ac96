"""A good store: only the words of its errors are others, and nobody promised those.

Good for: 8.1
"""

from __future__ import annotations

from steps.s02_resp.values import INT64_MAX, INT64_MIN, CommandError, parse_int64
from steps.s03_store import store


class Store(store.Store):
    def increment(self, key: bytes, by: int) -> int:
        old = self.get(key)
        number = 0 if old is None else parse_int64(old)
        if number is None or not INT64_MIN <= number + by <= INT64_MAX:
            raise CommandError("ERR no sum of 64 bits comes of this")
        self.replace(key, b"%d" % (number + by))
        return number + by
