"""Sorts by score alone: equal scores stand in the order of their arrival.

Caught by: test_equal_scores_stand_in_order_of_member
"""

from __future__ import annotations

from bisect import insort

from steps.s06_types import zset
from steps.s06_types.zset import score_of


class SortedSet(zset.SortedSet):
    def add(self, member: bytes, score: float) -> bool:
        old = self.scores.get(member)
        if old == score:
            return False
        if old is not None:
            self.order.remove((old, member))
        self.scores[member] = score
        insort(self.order, (score, member), key=score_of)
        return old is None
