"""Takes the rank, which counts from 1, for an index, which counts from 0.

Caught by: test_ranks_of_a_hundred
"""

from __future__ import annotations

from collections.abc import Sequence
from math import ceil


def percentile(samples: Sequence[float], p: float) -> float:
    if not samples or not 0 <= p <= 100:
        raise ValueError("no samples, or no percentage")
    rank = ceil(len(samples) * p / 100)
    return sorted(samples)[min(rank, len(samples) - 1)]
