"""Answers to steps/s08_testing/latency.py."""

from __future__ import annotations

from collections.abc import Sequence
from math import ceil


def percentile(samples: Sequence[float], p: float) -> float:
    # A rank counts from 1, an index from 0: without the - 1 the 100th percentile is out of range.
    # `int` would round down, and `round` to the nearest even number; both can return a p99 that 2
    # percent exceed. `sorted` makes a new list, where `samples.sort()` would change the caller's.
    if not samples:
        raise ValueError("there are no samples")
    if not 0 <= p <= 100:
        raise ValueError(f"{p} is not a percentage from 0 to 100")
    rank = ceil(len(samples) * p / 100)
    return sorted(samples)[max(rank, 1) - 1]
