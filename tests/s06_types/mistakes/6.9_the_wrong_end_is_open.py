"""Mixes up which end above and below are about.

Caught by: test_open_ends
"""

from __future__ import annotations

from bisect import bisect_left, bisect_right

from steps.s06_types import zset
from steps.s06_types.zset import score_of


class SortedSet(zset.SortedSet):
    def score_span(
        self, low: float, high: float, *, above: bool = False, below: bool = False
    ) -> tuple[int, int]:
        left = bisect_right if below else bisect_left
        right = bisect_left if above else bisect_right
        first = left(self.order, low, key=score_of)
        return first, right(self.order, high, key=score_of)
