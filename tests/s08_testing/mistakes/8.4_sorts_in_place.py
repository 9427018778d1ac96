"""Sorts the caller's list.

Caught by: test_samples_in_any_order
"""

from __future__ import annotations

from collections.abc import Sequence
from math import ceil


def percentile(samples: Sequence[float], p: float) -> float:
    if not samples or not 0 <= p <= 100:
        raise ValueError("no samples, or no percentage")
    samples.sort()  # type: ignore[attr-defined]
    return samples[max(ceil(len(samples) * p / 100), 1) - 1]
