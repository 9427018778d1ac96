"""Asks the clock on the wall instead of the one that was handed in.

Caught by: test_the_clock_is_handed_in
"""

from __future__ import annotations

from steps.s07_persistence import keyspace


class Keyspace(keyspace.Keyspace):
    def expire_at(self, key: bytes, deadline: int, condition: str | None = None) -> bool:
        import time

        if self.find(key) is None:
            return False
        present = self.expires.get(key)
        lasts = float("inf") if present is None else present
        refused = {
            "NX": present is not None,
            "XX": present is None,
            "GT": deadline <= lasts,
            "LT": deadline >= lasts,
        }
        if condition is not None and refused[condition]:
            return False
        if deadline <= time.time_ns() // 1_000_000 and not self.keep_expired:
            return self.discard(key)
        self.expires[key] = deadline
        self.touch(key)
        return True
