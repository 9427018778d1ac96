"""Invents a value between two samples.

Caught by: test_nearest_rank
"""

from __future__ import annotations

from collections.abc import Sequence


def percentile(samples: Sequence[float], p: float) -> float:
    if not samples or not 0 <= p <= 100:
        raise ValueError("no samples, or no percentage")
    ordered = sorted(samples)
    place = (len(ordered) - 1) * p / 100
    low = int(place)
    high = min(low + 1, len(ordered) - 1)
    return ordered[low] + (ordered[high] - ordered[low]) * (place - low)
