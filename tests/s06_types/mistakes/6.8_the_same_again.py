"""Adds a second entry for the score that a member has already.

Caught by: test_the_same_score_again
"""

from __future__ import annotations

from bisect import bisect_left, insort

from steps.s06_types import zset


class SortedSet(zset.SortedSet):
    def add(self, member: bytes, score: float) -> bool:
        old = self.scores.get(member)
        if old is not None and old != score:
            del self.order[bisect_left(self.order, (old, member))]
        self.scores[member] = score
        insort(self.order, (score, member))
        return old is None
