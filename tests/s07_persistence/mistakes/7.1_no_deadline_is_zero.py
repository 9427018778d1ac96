"""A key without a deadline counts as if it ended at 0: GT always, LT never.

Caught by: test_no_deadline_is_for_ever
"""

from __future__ import annotations

from steps.s07_persistence import keyspace


class Keyspace(keyspace.Keyspace):
    def expire_at(self, key: bytes, deadline: int, condition: str | None = None) -> bool:
        if self.find(key) is None:
            return False
        present = self.expires.get(key)
        lasts = present or 0
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
        self.touch(key)
        return True
