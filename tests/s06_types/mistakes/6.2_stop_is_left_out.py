"""Takes stop for the end of a Python slice.

Caught by: test_a_range_inside_the_list
"""

from __future__ import annotations


def slice_bounds(start: int, stop: int, length: int) -> tuple[int, int]:
    first = max(start + length if start < 0 else start, 0)
    last = min(stop + length if stop < 0 else stop, length)
    return (first, last) if first < last else (0, 0)
