"""Moves an open end by a little, over its neighbours.

Caught by: test_neighbours
"""

from __future__ import annotations

from bisect import bisect_left, bisect_right

from steps.s06_types import zset
from steps.s06_types.zset import score_of


class SortedSet(zset.SortedSet):
    def score_span(
        self, low: float, high: float, *, above: bool = False, below: bool = False
    ) -> tuple[int, int]:
        first = bisect_left(self.order, low + 1e-9 * above, key=score_of)
        return first, bisect_right(self.order, high - 1e-9 * below, key=score_of)
