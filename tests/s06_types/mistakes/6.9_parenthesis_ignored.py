"""Takes every end for one that belongs to the range.

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
        first = bisect_left(self.order, low, key=score_of)
        return first, bisect_right(self.order, high, key=score_of)
