"""Says of a member that has moved that it is new.

Caught by: test_another_score_moves_a_member
"""

from __future__ import annotations

from bisect import bisect_left, insort

from steps.s06_types import zset


class SortedSet(zset.SortedSet):
    def add(self, member: bytes, score: float) -> bool:
        old = self.scores.get(member)
        if old == score:
            return False
        if old is not None:
            del self.order[bisect_left(self.order, (old, member))]
        self.scores[member] = score
        insort(self.order, (score, member))
        return True
