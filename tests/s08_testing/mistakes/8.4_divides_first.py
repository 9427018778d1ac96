"""Divides before it multiplies: 0.07 * 100 is a little more than 7.

Caught by: test_ranks_of_a_hundred
"""

from __future__ import annotations

from collections.abc import Sequence
from math import ceil


def percentile(samples: Sequence[float], p: float) -> float:
    if not samples or not 0 <= p <= 100:
        raise ValueError("no samples, or no percentage")
    rank = ceil(p / 100 * len(samples))
    return sorted(samples)[max(rank, 1) - 1]
