"""Leaves a start before the first item negative: Python counts it from the end.

Caught by: test_a_range_that_reaches_beyond
"""

from __future__ import annotations


def slice_bounds(start: int, stop: int, length: int) -> tuple[int, int]:
    first = start + length if start < 0 else start
    last = min(stop + length if stop < 0 else stop, length - 1) + 1
    return (first, last) if first < last else (0, 0)
