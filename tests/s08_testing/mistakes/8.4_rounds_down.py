"""Rounds the rank down.

Caught by: test_nearest_rank
"""

from __future__ import annotations

from collections.abc import Sequence


def percentile(samples: Sequence[float], p: float) -> float:
    if not samples or not 0 <= p <= 100:
        raise ValueError("no samples, or no percentage")
    rank = int(len(samples) * p / 100)
    return sorted(samples)[max(rank, 1) - 1]
