"""Moves a stop before the first item to the first item.

Caught by: test_an_empty_range
"""

from __future__ import annotations


def slice_bounds(start: int, stop: int, length: int) -> tuple[int, int]:
    first = max(start + length if start < 0 else start, 0)
    last = min(max(stop + length if stop < 0 else stop, 0), length - 1) + 1
    return (first, last) if first < last else (0, 0)
