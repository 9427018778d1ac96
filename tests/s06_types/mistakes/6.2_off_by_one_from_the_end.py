"""Takes -1 for the item before the last.

Caught by: test_a_range_inside_the_list
"""

from __future__ import annotations


def slice_bounds(start: int, stop: int, length: int) -> tuple[int, int]:
    first = max(start + length - 1 if start < 0 else start, 0)
    last = min(stop + length - 1 if stop < 0 else stop, length - 1) + 1
    return (first, last) if first < last else (0, 0)
