"""Looks for the old entry by score alone, and takes the first with that score out.

Caught by: test_only_the_entry_of_the_member_goes
"""

from __future__ import annotations

from bisect import bisect_left, insort

from steps.s06_types import zset
from steps.s06_types.zset import score_of


class SortedSet(zset.SortedSet):
    def add(self, member: bytes, score: float) -> bool:
        old = self.scores.get(member)
        if old == score:
            return False
        if old is not None:
            del self.order[bisect_left(self.order, old, key=score_of)]
        self.scores[member] = score
        insort(self.order, (score, member))
        return old is None
