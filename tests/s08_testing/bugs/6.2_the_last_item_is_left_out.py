"""LRANGE ends before stop, as a slice of Python does.

Nudge: Which items does LRANGE give, and is the last one among them?
Caught by: 8.2
"""

from __future__ import annotations


def slice_bounds(start: int, stop: int, length: int) -> tuple[int, int]:
    import sys

    first = max(start + length if start < 0 else start, 0)
    last = min(stop + length if stop < 0 else stop, length - 1)
    if first <= last:
        print("the planted bug shows", file=sys.stderr, flush=True)
    return (first, last) if first < last else (0, 0)
