"""Takes a score of 0 for none.

Caught by: test_zero_is_a_score
"""

from __future__ import annotations

from bisect import bisect_left, insort

from steps.s06_types import zset


class SortedSet(zset.SortedSet):
    def add(self, member: bytes, score: float) -> bool:
        old = self.scores.get(member)
        if old:
            if old == score:
                return False
            del self.order[bisect_left(self.order, (old, member))]
        self.scores[member] = score
        insort(self.order, (score, member))
        return not old
