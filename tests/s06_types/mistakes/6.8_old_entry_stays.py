"""Leaves the entry with the old score where it is.

Caught by: test_another_score_moves_a_member
"""

from __future__ import annotations

from bisect import insort

from steps.s06_types import zset


class SortedSet(zset.SortedSet):
    def add(self, member: bytes, score: float) -> bool:
        old = self.scores.get(member)
        if old == score:
            return False
        self.scores[member] = score
        insort(self.order, (score, member))
        return old is None
