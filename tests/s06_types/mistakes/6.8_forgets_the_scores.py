"""Updates the order, and for a known member not the scores.

Caught by: test_another_score_moves_a_member
"""

from __future__ import annotations

from bisect import bisect_left, insort

from steps.s06_types import zset


class SortedSet(zset.SortedSet):
    def add(self, member: bytes, score: float) -> bool:
        old = self.scores.setdefault(member, score)
        if (old, member) in self.order:
            if old == score:
                return False
            del self.order[bisect_left(self.order, (old, member))]
            insort(self.order, (score, member))
            return False
        insort(self.order, (score, member))
        return True
