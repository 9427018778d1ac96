"""Counts with %, so that a position outside the list comes in again.

Caught by: test_a_range_that_reaches_beyond
"""

from __future__ import annotations


def slice_bounds(start: int, stop: int, length: int) -> tuple[int, int]:
    if not length:
        return 0, 0
    first, last = start % length, stop % length + 1
    return (first, last) if first < last else (0, 0)
