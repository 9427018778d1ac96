"""Finds a score, and steps over one member only.

Caught by: test_both_ends_belong_to_it
"""

from __future__ import annotations

from bisect import bisect_left

from steps.s06_types import zset
from steps.s06_types.zset import score_of


class SortedSet(zset.SortedSet):
    def score_span(
        self, low: float, high: float, *, above: bool = False, below: bool = False
    ) -> tuple[int, int]:
        first = bisect_left(self.order, low, key=score_of)
        last = bisect_left(self.order, high, key=score_of)
        scores = [score for score, _ in self.order]
        first += above and low in scores
        last += not below and high in scores
        return first, last
