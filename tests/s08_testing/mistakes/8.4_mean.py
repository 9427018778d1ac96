"""Takes the mean for a percentile.

Caught by: test_a_percentile_is_no_mean
"""

from __future__ import annotations

from collections.abc import Sequence


def percentile(samples: Sequence[float], p: float) -> float:
    if not samples or not 0 <= p <= 100:
        raise ValueError("no samples, or no percentage")
    return sum(samples) / len(samples)
