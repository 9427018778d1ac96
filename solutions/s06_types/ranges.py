"""Answers to steps/s06_types/ranges.py."""

from __future__ import annotations


def slice_bounds(start: int, stop: int, length: int) -> tuple[int, int]:
    # First the length is added once to negative positions; then both are cut to the sequence.
    # Passing negative numbers on to a Python slice looks right until stop is -1: stop + 1 is 0,
    # and items[0:0] is empty. A start of -100 would wrap around in the same way.
    first = max(start + length if start < 0 else start, 0)
    last = min(stop + length if stop < 0 else stop, length - 1) + 1
    return (first, last) if first < last else (0, 0)
