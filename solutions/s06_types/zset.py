"""Answers to steps/s06_types/zset.py."""

from __future__ import annotations

from bisect import bisect_left, bisect_right, insort

from steps.s06_types import zset
from steps.s06_types.zset import score_of


class SortedSet(zset.SortedSet):
    def add(self, member: bytes, score: float) -> bool:
        # The pair (score, member) is the sort key, so equal scores are in the order of their
        # members and the old entry can be found by bisection. `self.order.remove(...)` and
        # `.sort()` give the same list, but look at all of it.
        old = self.scores.get(member)
        if old == score:
            return False
        if old is not None:
            del self.order[bisect_left(self.order, (old, member))]
        self.scores[member] = score
        insort(self.order, (score, member))
        return old is None

    def score_span(
        self, low: float, high: float, *, above: bool = False, below: bool = False
    ) -> tuple[int, int]:
        # bisect_left stops before all equal scores, bisect_right after them: an open end needs the
        # other one of the two. Adding a little to an open bound instead goes wrong if two scores
        # are as close as doubles can be.
        left = bisect_right if above else bisect_left
        right = bisect_left if below else bisect_right
        first = left(self.order, low, key=score_of)
        return first, right(self.order, high, key=score_of)
