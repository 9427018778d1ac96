"""Looks for (high, b""), which stands before all members with that score.

Caught by: test_both_ends_belong_to_it
"""

from __future__ import annotations

from bisect import bisect_left, bisect_right

from steps.s06_types import zset


class SortedSet(zset.SortedSet):
    def score_span(
        self, low: float, high: float, *, above: bool = False, below: bool = False
    ) -> tuple[int, int]:
        first = (
            bisect_left(self.order, (low, b""))
            if not above
            else bisect_right(self.order, (low, b""))
        )
        return first, bisect_right(self.order, (high, b""))
