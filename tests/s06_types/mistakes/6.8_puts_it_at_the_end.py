"""Appends: the order is that of arrival.

Caught by: test_members_stand_in_order_of_score
"""

from __future__ import annotations

from steps.s06_types import zset


class SortedSet(zset.SortedSet):
    def add(self, member: bytes, score: float) -> bool:
        old = self.scores.get(member)
        if old is not None:
            self.order.remove((old, member))
        self.scores[member] = score
        self.order.append((score, member))
        return old is None
