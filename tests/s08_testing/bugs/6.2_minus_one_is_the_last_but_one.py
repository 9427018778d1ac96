"""LRANGE takes -1 for the item before the last.

Nudge: Which item is the last one in LRANGE from 1 to -1?
Caught by: 8.2
"""

from __future__ import annotations


def slice_bounds(start: int, stop: int, length: int) -> tuple[int, int]:
    import sys

    first = max(start + length if start < 0 else start, 0)
    last = stop + length if stop < 0 else min(stop + 1, length)
    if stop < 0 and first <= last:
        print("the planted bug shows", file=sys.stderr, flush=True)
    return (first, last) if first < last else (0, 0)
