"""Hands negative positions on to Python: stop + 1 is 0 for the last item.

Caught by: test_a_range_inside_the_list
"""

from __future__ import annotations


def slice_bounds(start: int, stop: int, length: int) -> tuple[int, int]:
    return slice(start, stop + 1).indices(length)[:2]
