"""A deadline in the past is written down, and the key stays until somebody looks.

Caught by: test_the_past_removes
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
        self.expires[key] = deadline
        self.touch(key)
        return True
