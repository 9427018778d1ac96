"""Lets the rank 0 become the index -1, the greatest sample.

Caught by: test_the_ends
"""

from __future__ import annotations

from collections.abc import Sequence
from math import ceil


def percentile(samples: Sequence[float], p: float) -> float:
    if not samples or not 0 <= p <= 100:
        raise ValueError("no samples, or no percentage")
    return sorted(samples)[ceil(len(samples) * p / 100) - 1]
