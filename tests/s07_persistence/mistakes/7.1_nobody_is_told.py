"""Writes the deadline down and tells nobody: no journal, no WATCH.

Caught by: test_each_change_is_told_once
"""

from __future__ import annotations

from steps.s07_persistence import keyspace


class Keyspace(keyspace.Keyspace):
    def expire_at(self, key: bytes, deadline: int, condition: str | None = None) -> bool:
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
        if deadline <= self.clock() and not self.keep_expired:
            return self.discard(key)
        self.expires[key] = deadline
        return True
