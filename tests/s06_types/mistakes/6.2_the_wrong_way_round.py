"""Returns an empty range as it comes, the second position before the first.

Caught by: test_an_empty_range
"""

from __future__ import annotations


def slice_bounds(start: int, stop: int, length: int) -> tuple[int, int]:
    first = max(start + length if start < 0 else start, 0)
    return first, min(stop + length if stop < 0 else stop, length - 1) + 1
